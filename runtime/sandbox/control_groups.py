"""Control groups: the kernel counts what all processes of a job use together, and holds the limits itself.

They see every kind of memory (shared, files in memory, buffers of sockets and pipes, page tables), and each group gets
an equal share of the processor. Version 2 is used where this process may make groups beside its own, version 1 where it
may make them below its own; where neither is so, `runtime.sandbox.usage` counts by process.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

from runtime.interface import RuntimeFaultError

_PREFIX = "lockgate-"
_CONTROLLERS = ("memory", "pids", "cpu")
TASKS_PER_PROCESS = 4
"""The kernel counts threads as well; a process may have this many on average."""
_REMOVE_SECONDS = 2.0
_JOIN = 'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 > "$1" || exit 125; shift; n=$((n-1)); done; exec "$@"'


@dataclass(frozen=True)
class Hierarchy:
    """The places where control groups can be made."""

    version: int
    parents: Mapping[str, Path]
    """Controller -> folder; in version 2 it is the same for all."""


@dataclass(frozen=True)
class Group:
    """The control group of one job."""

    hierarchy: Hierarchy
    folders: Mapping[str, Path]
    """Controller -> folder."""

    def add(self, pid: int) -> None:
        """Move a process into it; what it starts from then on is in it, too.

        Raises:
            OSError: The process is gone.
        """
        for folder in self._distinct():
            (folder / "cgroup.procs").write_text(str(pid), encoding="ascii")

    def join_command(self) -> list[str]:
        """Return the words to put before a command so that it runs in the group."""
        files = [str(folder / "cgroup.procs") for folder in self._distinct()]
        return ["/bin/sh", "-c", _JOIN, "sh", str(len(files)), *files]

    @property
    def has_run_out_of_memory(self) -> bool:
        """Whether the kernel ended a process of it for its memory."""
        folder = self.folders.get("memory")
        if folder is None:
            return False
        name = "memory.events" if self.hierarchy.version == 2 else "memory.oom_control"
        return _count(folder / name, "oom_kill") > 0

    @property
    def has_run_out_of_tasks(self) -> bool:
        """Whether the kernel refused it a process or thread."""
        folder = self.folders.get("pids")
        return folder is not None and _count(folder / "pids.events", "max") > 0

    def _distinct(self) -> list[Path]:
        return list(dict.fromkeys(self.folders.values()))


def _count(file: Path, name: str) -> int:
    """A number of a file of the kernel that has a name and a number in each line; 0 where it is not there."""
    if not file.exists():  # older kernels do not count everything
        return 0
    fields = dict(line.split() for line in file.read_text(encoding="ascii").splitlines())
    return int(fields.get(name, 0))


@contextmanager
def job_group(memory_bytes: int, processes: int) -> Iterator[Group | None]:
    """A group for one job; None where this machine gives us none.

    Args:
        memory_bytes: Limit of all its memory together.
        processes: Limit of its processes; the kernel holds `TASKS_PER_PROCESS` times as many threads.
    """
    hierarchy = find_hierarchy()
    if hierarchy is None:
        yield None
        return
    with _folders(hierarchy) as folders:
        group = Group(hierarchy, folders)
        _limit(group, memory_bytes, TASKS_PER_PROCESS * processes)
        yield group


def _limit(group: Group, memory_bytes: int, tasks: int) -> None:
    is_second = group.hierarchy.version == 2
    wanted = {
        "memory": (
            {"memory.max": memory_bytes, "memory.swap.max": 0, "memory.oom.group": 1}
            if is_second
            else {"memory.limit_in_bytes": memory_bytes, "memory.memsw.limit_in_bytes": memory_bytes}
        ),
        "pids": {"pids.max": tasks},
    }
    for controller, values in wanted.items():
        folder = group.folders.get(controller)
        for name, value in values.items():
            if folder is not None and (folder / name).exists():  # a kernel may not count swapped memory
                (folder / name).write_text(str(value), encoding="ascii")


@contextmanager
def _folders(hierarchy: Hierarchy) -> Iterator[dict[str, Path]]:
    name = f"{_PREFIX}{uuid4().hex[:12]}"
    folders = {controller: parent / name for controller, parent in hierarchy.parents.items()}
    distinct = list(dict.fromkeys(folders.values()))
    descriptors = []
    try:
        for folder in distinct:
            folder.mkdir()
            descriptors.append(os.open(folder, os.O_RDONLY))
            fcntl.flock(descriptors[-1], fcntl.LOCK_SH)
        yield folders
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
        for folder in distinct:
            _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a group whose processes are about to end."""
    deadline = time.monotonic() + _REMOVE_SECONDS
    while folder.exists():
        with contextlib.suppress(OSError):
            folder.rmdir()
            return
        if time.monotonic() > deadline:
            return  # the next Lockgate removes it
        time.sleep(0.005)


@lru_cache
def find_hierarchy() -> Hierarchy | None:
    """Where groups can be made on this machine; tried by making one. Removes what killed processes left.

    Raises:
        RuntimeFaultError: No process can be started, so nothing is known. It is not remembered, as the answer is.
    """
    for hierarchy in (_second_version(), _first_version()):
        if hierarchy is not None and "memory" in hierarchy.parents and _works(hierarchy):
            for parent in set(hierarchy.parents.values()):
                _remove_leftovers(parent)
            return hierarchy
    return None


def held_limits() -> frozenset[str]:
    """Which of `memory`, `pids`, `cpu` the kernel holds here for all processes of a job together."""
    hierarchy = find_hierarchy()
    return frozenset(hierarchy.parents) if hierarchy else frozenset()


def _works(hierarchy: Hierarchy) -> bool:
    program = shutil.which("sleep")
    if program is None:
        return False
    try:
        with _folders(hierarchy) as folders, _started([program, "60"]) as process:
            try:
                Group(hierarchy, folders).add(process.pid)
            finally:
                process.kill()
    except OSError:
        return False
    return True


def _started(command: list[str]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(command)
    except OSError as error:
        raise RuntimeFaultError(
            f"No process can be started: {error}. End other programs, or run less at once."
        ) from error


def _second_version() -> Hierarchy | None:
    """Find a place beside our own group: the next folder above it that hands its controllers down."""
    mount = _mounts("cgroup2").get("")
    own = _own_groups().get("")
    if mount is None or own is None:
        return None
    root, place = mount
    folder = place / own.relative_to(root) if own.is_relative_to(root) else place
    for parent in (folder, *folder.parents):
        if not parent.is_relative_to(place):
            break
        names = _read_words(parent / "cgroup.subtree_control") & set(_CONTROLLERS)
        if "memory" in names and os.access(parent, os.W_OK):
            return Hierarchy(2, dict.fromkeys(sorted(names), parent))
    return None


def _first_version() -> Hierarchy | None:
    """Find places below our own group, in the tree of each controller."""
    mounts, own = _mounts("cgroup"), _own_groups()
    parents = {}
    for controller in _CONTROLLERS:
        if controller in mounts and controller in own:
            root, place = mounts[controller]
            group = own[controller]
            parent = place / group.relative_to(root) if group.is_relative_to(root) else place
            if os.access(parent, os.W_OK):
                parents[controller] = parent
    return Hierarchy(1, parents) if parents else None


def _mounts(kind: str) -> dict[str, tuple[Path, Path]]:
    """Controller (empty in version 2) -> which group is mounted, and where."""
    found: dict[str, tuple[Path, Path]] = {}
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        before, _, after = line.partition(" - ")
        _, _, _, root, place, *_ = before.split()
        file_system, _, options = after.split()
        if file_system == kind:
            names = [""] if kind == "cgroup2" else options.split(",")
            found |= {name: (Path(root), Path(place)) for name in names}
    return found


def _own_groups() -> dict[str, Path]:
    """Controller (empty in version 2) -> path of this process's group."""
    found: dict[str, Path] = {}
    for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        _, names, path = line.split(":", 2)
        found |= {name: Path(path) for name in names.split(",")}
    return found


def _read_words(path: Path) -> set[str]:
    try:
        return set(path.read_text(encoding="ascii").split())
    except OSError:
        return set()


def _remove_leftovers(parent: Path) -> None:
    """Groups of a Lockgate that was killed: nobody holds their lock."""
    for folder in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                folder.rmdir()
            finally:
                os.close(descriptor)
