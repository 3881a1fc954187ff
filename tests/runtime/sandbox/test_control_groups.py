"""Control groups: limits that the kernel holds for all processes of a job together, where a machine hands them out."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import NoReturn

import pytest

from runtime.interface import RuntimeFaultError
from runtime.sandbox.control_groups import (
    TASKS_PER_PROCESS,
    Group,
    _remove_leftovers,
    find_hierarchy,
    held_limits,
    job_group,
)

HERE = find_hierarchy()
pytestmark = pytest.mark.skipif(HERE is None, reason="this machine gives us no control groups")
MEGABYTE = 1024**2
TAKE = f"{sys.executable} -S -c 'x = bytearray({60 * MEGABYTE}); import time; time.sleep(1)'"


def in_group(group: Group, script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*group.join_command(), "sh", "-c", script], capture_output=True, text=True, check=False)


def groups_of(pid: int | str) -> list[str]:
    return [line.split(":", 2)[2] for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines()]


def test_memory_of_several_processes_is_limited_together() -> None:
    with job_group(150 * MEGABYTE, 50) as group:
        assert group is not None
        assert in_group(group, f"{TAKE} & {TAKE}; wait").returncode == 0
        assert not group.has_run_out_of_memory
        assert not group.has_run_out_of_tasks
        in_group(group, f"{TAKE} & {TAKE} & {TAKE}; wait")
        assert group.has_run_out_of_memory


@pytest.mark.skipif("pids" not in held_limits(), reason="processes are not counted here")
def test_processes_are_limited_together() -> None:
    with job_group(500 * MEGABYTE, 2) as group:
        assert group is not None
        count = 2 * TASKS_PER_PROCESS + 5
        done = in_group(group, f"for i in $(seq {count}); do sleep 0.3 & done; wait; echo all")
        assert "all" not in done.stdout
        assert "fork" in done.stderr.lower()
        assert group.has_run_out_of_tasks
        deadline = time.monotonic() + 10  # until those that were started have ended
        while (group.folders["pids"] / "pids.current").read_text().strip() != "0" and time.monotonic() < deadline:
            time.sleep(0.05)
        assert in_group(group, "sleep 0 & sleep 0 & wait; echo all").stdout == "all\n"


def test_a_command_that_joins_is_in_the_group_with_what_it_starts_and_keeps_its_words() -> None:
    with job_group(500 * MEGABYTE, 50) as group:
        assert group is not None
        done = subprocess.run(
            [*group.join_command(), "sh", "-c", 'cat /proc/self/cgroup; echo "$1|$2"', "sh", "a b", "$x;'"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        *lines, words = done.stdout.splitlines()
        assert words == "a b|$x;'"
        for folder in set(group.folders.values()):
            assert any(line.endswith(f"/{folder.name}") for line in lines)


def test_a_process_can_be_moved_in_and_one_that_is_gone_cannot() -> None:
    with job_group(500 * MEGABYTE, 50) as group:
        assert group is not None
        with subprocess.Popen(["sleep", "60"]) as process:
            group.add(process.pid)
            name = next(iter(group.folders.values())).name
            assert any(place.endswith(name) for place in groups_of(process.pid))
            assert not any(place.endswith(name) for place in groups_of("self"))
            process.kill()
        with pytest.raises(OSError, match="No such process"):
            group.add(process.pid)


def test_groups_are_apart_and_are_removed_even_while_the_last_process_ends() -> None:
    with job_group(500 * MEGABYTE, 50) as one, job_group(500 * MEGABYTE, 50) as other:
        assert one is not None
        assert other is not None
        folders = {*one.folders.values(), *other.folders.values()}
        assert not set(one.folders.values()) & set(other.folders.values())
        process = subprocess.Popen([*one.join_command(), "sleep", "0.4"])
        time.sleep(0.2)
    assert not any(folder.exists() for folder in folders)
    process.wait()


def test_a_group_that_an_error_leaves_is_removed() -> None:
    folders: list[Path] = []

    def fail() -> None:
        with job_group(500 * MEGABYTE, 50) as group:
            assert group is not None
            folders.extend(group.folders.values())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert folders
    assert not any(folder.exists() for folder in folders)


def test_what_a_killed_lockgate_left_is_removed_and_what_a_running_one_holds_is_not(tmp_path: Path) -> None:
    for name in ("lockgate-left", "lockgate-held", "others"):
        (tmp_path / name).mkdir()
    held = os.open(tmp_path / "lockgate-held", os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_SH)
    _remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lockgate-held", "others"]
    os.close(held)
    _remove_leftovers(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["others"]


def test_a_kernel_that_counts_no_swapped_memory_is_no_obstacle() -> None:
    """The limit itself stands in the group that is there."""
    assert HERE is not None
    with job_group(123 * MEGABYTE, 50) as group:
        assert group is not None
        name = "memory.max" if HERE.version == 2 else "memory.limit_in_bytes"
        assert int((group.folders["memory"] / name).read_text()) == 123 * MEGABYTE


def test_a_machine_without_room_for_a_process_is_no_machine_without_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))

    find_hierarchy.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(subprocess, "Popen", refuse)
        with pytest.raises(RuntimeFaultError, match="Cannot allocate memory"):
            find_hierarchy()
    assert find_hierarchy() == HERE
