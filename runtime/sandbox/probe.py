"""A job that tries to leave a word for other jobs, and one that looks for it: `python -m runtime.sandbox.probe`.

It finds the places by itself: every mount that it sees, and every object of the kernel that programs can talk by. Tests
run it as each kind of job; two jobs may know nothing of each other but what one is given of the other.
"""

from __future__ import annotations

import builtins
import ctypes
import fcntl
import json
import os
import socket
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

_libc = ctypes.CDLL(None, use_errno=True)
_CALLS = {
    "x86_64": {"add_key": 248, "keyctl": 250, "shmget": 29, "semget": 64, "msgget": 68, "mq_open": 240},
    "aarch64": {"add_key": 217, "keyctl": 219, "shmget": 194, "semget": 190, "msgget": 186, "mq_open": 180},
}
_RINGS = {"session": -3, "user": -4, "user session": -5}
_KEYCTL_SEARCH = 10
_SET_HINT, _GET_HINT, _HINT = 1036, 1035, 4
_AF_VSOCK, _LOCAL = 40, 1
_SHARED_FILE = "/usr/bin/env"
"""Every job sees it."""
_WAIT_SECONDS = 0.2


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Do one or both, and say where the job is.

    Args:
        arguments: `leave`: a word to leave; `find`: a word to look for; `stay`: seconds to stay alive after leaving.
            Each may be absent.

    Returns:
        `left` and `found`: places. `namespaces`, `descriptors`, `shared_mappings`, `mounts`: what the job has at its
        start. `from` and `to`: when it ran, by the machine's clock.
    """
    started = time.monotonic()
    names = sorted(os.listdir("/proc/self/ns"))  # noqa: PTH208 - strings are wanted
    answer: dict[str, Any] = {
        "left": [],
        "found": [],
        "namespaces": {name: str(Path(f"/proc/self/ns/{name}").readlink()) for name in names},
        "descriptors": sorted(_descriptors()),
        "shared_mappings": [line for line in _lines("/proc/self/maps") if line.split()[1][1::2] == "ws"],
        "mounts": _lines("/proc/self/mountinfo"),
    }
    if arguments.get("leave"):
        answer["left"] = leave(arguments["leave"])
        time.sleep(arguments.get("stay", 0))
    if arguments.get("find"):
        answer["found"] = find(arguments["find"])
    return answer | {"from": started, "to": time.monotonic()}


def leave(word: str) -> list[str]:
    """Leave a word wherever it can be left.

    Returns:
        The places where that worked.
    """
    left = [f"file in {folder}" for folder in _writable_folders() if _try(_write_file, folder, word)]
    for mount in _mounts():
        if _try(os.utime, mount, (zlib.crc32(word.encode()),) * 2):
            left.append(f"times of {mount}")
        if _try(os.setxattr, mount, "user.word", word.encode()):
            left.append(f"attribute of {mount}")
    left += [name for name, (put, _) in objects(word).items() if _try(put)]
    return left


def find(word: str) -> list[str]:
    """Look for a word that another job left.

    Returns:
        The places where it is.
    """
    number = zlib.crc32(word.encode())
    found = [f"file in {folder}" for folder in _writable_folders() if _has_file(folder, word)]
    for mount in _mounts():
        if _try(_has_time, mount, number):
            found.append(f"times of {mount}")
        if _try(_has_attribute, mount, word.encode()):
            found.append(f"attribute of {mount}")
    found += [name for name, (_, look) in objects(word).items() if _try(look)]
    return found + [path for path in _proc_files() if word.encode() in _read(path)]


def objects(word: str) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """Objects of the kernel: name -> how to put a word there, how to see that it is there; both raise OSError."""
    number = zlib.crc32(word.encode()) & 0x7FFFFFFF
    port = 20_000 + number % 20_000
    text = word.encode()
    sockets = {
        "abstract socket": (socket.AF_UNIX, f"\0{word}"),
        "TCP port": (socket.AF_INET, ("127.0.0.1", port)),
        "TCP port, IPv6": (socket.AF_INET6, ("::1", port)),
        "socket of virtual machines": (_AF_VSOCK, (_LOCAL, port)),
    }
    system_v = {"shmget": (4096,), "semget": (1,), "msgget": ()}
    return {
        **{
            f"{name} key ring": (partial(_add_key, text, r), partial(_search_key, text, r))
            for name, r in _RINGS.items()
        },
        **{name: (partial(_listen, *place), partial(_connect, *place)) for name, place in sockets.items()},
        **{
            name: (partial(_call, name, number, *more, 0o1600), partial(_call, name, number, *more, 0))
            for name, more in system_v.items()
        },
        "message queue": (
            partial(_call, "mq_open", text, os.O_CREAT | os.O_RDWR, 0o600, None),
            partial(_call, "mq_open", text, os.O_RDWR, 0o600, None),
        ),
        "lock on a file": (_lock, _is_locked),
        "hint on a file": (_set_hint, _has_hint),
        "memory of the server": (
            partial(vars(builtins).__setitem__, "lockgate_word", word),
            lambda: _require(vars(builtins).get("lockgate_word") == word),
        ),
        "environment": (
            partial(os.environ.__setitem__, "LOCKGATE_WORD", word),
            lambda: _require(os.environ.get("LOCKGATE_WORD") == word),
        ),
    }


_kept: list[object] = []
"""What must not be closed while this process lives."""


def _call(name: str, *arguments: Any) -> int:
    result: int = _libc.syscall(_CALLS[os.uname().machine][name], *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), name)
    return result


def _add_key(word: bytes, ring: int) -> None:
    _call("add_key", b"user", word, word, len(word), ring)


def _search_key(word: bytes, ring: int) -> None:
    _call("keyctl", _KEYCTL_SEARCH, ring, b"user", word, 0)


def _listen(family: int, address: Any) -> None:
    listener = socket.socket(family)
    listener.bind(address)
    listener.listen()
    _kept.append(listener)


def _connect(family: int, address: Any) -> None:
    with socket.socket(family) as caller:
        caller.settimeout(_WAIT_SECONDS)
        caller.connect(address)


def _lock() -> None:
    descriptor = os.open(_SHARED_FILE, os.O_RDONLY)  # stays open
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_locked() -> None:
    with Path(_SHARED_FILE).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
    raise OSError("free")


def _set_hint() -> None:
    with Path(_SHARED_FILE).open("rb") as file:
        fcntl.fcntl(file, _SET_HINT, _HINT.to_bytes(8, "little"))


def _has_hint() -> None:
    with Path(_SHARED_FILE).open("rb") as file:
        _require(int.from_bytes(fcntl.fcntl(file, _GET_HINT, bytes(8)), "little") == _HINT)


def _require(is_so: bool) -> None:
    if not is_so:
        raise OSError("not there")


def _try(action: Callable[..., object], *arguments: Any) -> bool:
    try:
        action(*arguments)
    except OSError:
        return False
    return True


def _mounts() -> list[str]:
    return list(dict.fromkeys(line.split()[4] for line in _lines("/proc/self/mountinfo")))


def _writable_folders() -> Iterator[str]:
    """Every folder below every mount that is not read-only."""
    for line in _lines("/proc/self/mountinfo"):
        _, _, _, _, place, options, *_ = line.split()
        if "ro" in options.split(","):
            yield place  # one attempt: the whole of the mount is as its top
            continue
        for folder, _, _ in os.walk(place):
            yield folder


def _write_file(folder: str, word: str) -> None:
    Path(folder, f"lockgate-{word}").write_text(word, encoding="ascii")


def _has_file(folder: str, word: str) -> bool:
    return os.path.lexists(Path(folder, f"lockgate-{word}"))


def _has_time(path: str, number: int) -> None:
    _require(int(Path(path).stat().st_mtime) == number)


def _has_attribute(path: str, word: bytes) -> None:
    _require(os.getxattr(path, "user.word") == word)


def _proc_files() -> Iterator[str]:
    for folder, folders, files in os.walk("/proc"):
        with suppress(ValueError):
            if int(Path(folder).name) in (os.getpid(), os.getppid(), 1):
                folders.clear()
                continue
        folders[:] = [name for name in folders if name not in ("task", "map_files", "root", "cwd", "fd", "sys")]
        yield from (
            f"{folder}/{name}" for name in files if name not in ("kmsg", "kcore", "mem", "pagemap", "clear_refs")
        )


def _read(path: str) -> bytes:
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            return os.read(descriptor, 1 << 20)
        finally:
            os.close(descriptor)
    return b""


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8", errors="replace").splitlines()


def _descriptors() -> Iterator[str]:
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - strings are wanted
        with suppress(OSError):
            yield str(Path(f"/proc/self/fd/{name}").readlink())


if __name__ == "__main__":
    sys.stdout.write(json.dumps(run(json.loads(sys.argv[1]))) + "\n")
