"""Process plumbing on Linux: death signals, subreapers, killing a whole family."""

import contextlib
import ctypes
import fcntl
import os
import select
import signal
import time
from collections.abc import Iterator

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel kill this process when its parent ends, also by `kill -9`.

    Args:
        parent_pid: The parent as it was before the fork: it may have ended in between.
    """
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        os._exit(137)


@contextlib.contextmanager
def ended_with(descriptor: int) -> Iterator[None]:
    """Have the kernel end this process when the other side of a pipe or socket closes, or writes, inside the block.

    For a process that is busy (with imports, for example) before it looks at what its owner sends. Unlike
    `die_with_parent` it does not matter which thread of the owner started it, and whether that thread has ended.
    """
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    fcntl.fcntl(descriptor, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(descriptor, fcntl.F_SETFL, flags | os.O_ASYNC)  # SIGIO, which ends a process
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    if poll.poll(0):
        os._exit(0)
    try:
        yield
    finally:
        fcntl.fcntl(descriptor, fcntl.F_SETFL, flags)


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends, so that a daemon cannot slip away."""
    _libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)


def child_pids(pid: int, proc: int | None = None) -> list[int]:
    """Direct children of a single-threaded process.

    Args:
        pid: The process; one that is gone has none.
        proc: Descriptor of the `/proc` in which it has this number; None = that of this process.
    """
    path = f"{pid}/task/{pid}/children"
    try:
        descriptor = os.open(path if proc is not None else f"/proc/{path}", os.O_RDONLY, dir_fd=proc)
        with os.fdopen(descriptor, encoding="ascii") as file:
            return [int(part) for part in file.read().split()]
    except OSError:
        return []


def descendants(pid: int) -> list[int]:
    """Every process below this one."""
    found: list[int] = []
    todo = [pid]
    while todo:
        for child in child_pids(todo.pop()):
            found.append(child)
            todo.append(child)
    return found


def kill_family(limit_seconds: float = 5.0) -> None:
    """Kill and reap every descendant of this process, which must be a subreaper."""
    deadline = time.monotonic() + limit_seconds
    while time.monotonic() < deadline:
        pids = descendants(os.getpid())
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        if not pids:
            return
        time.sleep(0.002)
