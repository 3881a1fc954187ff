"""Families of processes: nobody outlives the one that he belongs to, however he tries to slip away."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from runtime.processes import child_pids, descendants
from tests.helpers.processes import has_ended
from tests.helpers.scripts import child_of_killed_script, run_script


def wait_for(condition, seconds: float = 10) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def test_a_process_dies_with_a_parent_that_is_killed() -> None:
    script = """
import os, time
from runtime.processes import die_with_parent
parent = os.getpid()
ready, say = os.pipe()
child = os.fork()
if child == 0:
    die_with_parent(parent)
    os.write(say, b".")
    time.sleep(60)
os.read(ready, 1)
print(child, flush=True)
time.sleep(60)
"""
    child = child_of_killed_script(script)
    assert wait_for(lambda: has_ended(child))


def test_a_process_whose_parent_ended_before_it_could_ask_ends_at_once() -> None:
    """Between the fork and the request to the kernel the parent may end; the request would then never be met."""
    code = run_script(
        """
        import json, os
        from runtime.processes import die_with_parent
        child = os.fork()
        if child == 0:
            die_with_parent(os.getppid() + 1)
            os._exit(0)
        print(json.dumps(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
        """
    )
    assert code == 137


def test_every_generation_is_found_and_each_process_once(tmp_path: Path) -> None:
    shell = subprocess.Popen(["sh", "-c", "sh -c 'sleep 60 & sleep 60 & wait' & sleep 60 & wait"])
    try:
        assert wait_for(lambda: len(descendants(shell.pid)) == 4)
        found = descendants(shell.pid)
        assert set(found) == {child.pid for child in psutil.Process(shell.pid).children(recursive=True)}
        assert len(child_pids(shell.pid)) == 2
        proc = os.open("/proc", os.O_PATH)
        assert child_pids(shell.pid, proc) == child_pids(shell.pid)
        os.close(proc)
    finally:
        for pid in [*descendants(shell.pid), shell.pid]:
            os.kill(pid, signal.SIGKILL)
        shell.wait()


@pytest.mark.parametrize("uses_descriptor", [False, True])
def test_a_process_that_is_gone_has_no_children(uses_descriptor: bool) -> None:
    process = subprocess.Popen(["true"])
    process.wait()
    proc = os.open("/proc", os.O_PATH)
    assert child_pids(process.pid, proc if uses_descriptor else None) == []
    os.close(proc)


SLIPPING_AWAY = {
    "a session of its own": "setsid sleep 60 &",
    "a daemon whose parent has left": "(setsid sh -c 'sleep 60 & sleep 60 &' &) ",
    "deaf to every signal that it can ignore": "sh -c 'trap \"\" TERM HUP INT; sleep 60; sleep 60' &",
    "stopped": "sh -c 'kill -STOP $$; sleep 60' &",
    "a family that grows": "for i in 1 2 3 4 5 6 7 8; do sh -c 'sleep 60 & sleep 60 & wait' & done",
}


@pytest.mark.parametrize("how", SLIPPING_AWAY)
def test_a_family_is_killed_whole_and_leaves_no_zombie(how: str) -> None:
    found = run_script(
        """
        import json, os, subprocess, sys, time
        from runtime.processes import adopt_orphans, descendants, kill_family
        adopt_orphans()
        subprocess.run(["sh", "-c", sys.argv[1]], check=True)
        time.sleep(0.15)
        before = descendants(os.getpid())
        started = time.monotonic()
        kill_family()
        print(json.dumps([before, descendants(os.getpid()), time.monotonic() - started]))
        """,
        SLIPPING_AWAY[how],
    )
    before, after, seconds = found
    assert before, "the attempt does not bite"
    assert after == []
    assert not any(psutil.pid_exists(pid) for pid in before)
    assert seconds < 4


def test_killing_a_family_ends_at_its_time_even_if_nobody_can_be_killed() -> None:
    """A process that somebody else traces stays a zombie; waiting for it would hold the supervisor for ever."""
    seconds = run_script(
        """
        import json, os, sys, time
        from runtime import processes
        processes.descendants = lambda pid: [2**22 + 1]  # one that is there at every look and gone at every kill
        started = time.monotonic()
        processes.kill_family(0.3)
        print(json.dumps(time.monotonic() - started))
        """
    )
    assert 0.3 <= seconds < 2


@pytest.mark.parametrize("how", ["pipe", "socket"])
def test_a_busy_process_ends_with_who_holds_the_other_side(how: str) -> None:
    script = """
import os, sys, time
from runtime.processes import ended_with
with ended_with(0):
    print("busy", flush=True)
    time.sleep(60)
"""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        given = subprocess.PIPE if how == "pipe" else theirs.fileno()
        process = subprocess.Popen([sys.executable, "-c", script], stdin=given, stdout=subprocess.PIPE)
        theirs.close()
        with process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"busy\n"
            assert process.poll() is None
            if process.stdin is not None:
                process.stdin.close()
            ours.close()
            assert process.wait(10) == -signal.SIGIO


def test_who_is_gone_before_is_noticed_and_later_it_does_not_matter() -> None:
    script = """
import os, sys
from runtime.processes import ended_with
reader, writer = os.pipe()
with ended_with(reader):
    pass
os.close(writer)
print("still here", flush=True)
with ended_with(reader):
    print("too late", flush=True)
"""
    process = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, timeout=60, check=False)
    assert (process.returncode, process.stdout) == (0, b"still here\n")
