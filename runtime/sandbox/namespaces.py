"""Linux namespaces from Python: what a forked process needs to wall itself in. Single-threaded processes only."""

import ctypes
import errno
import fcntl
import os
import socket
import struct
from pathlib import Path

NEW_MOUNTS = 0x00020000
NEW_CGROUP = 0x02000000
NEW_UTS = 0x04000000
NEW_IPC = 0x08000000
NEW_USER = 0x10000000
NEW_PIDS = 0x20000000
NEW_NETWORK = 0x40000000

NO_SUID, NO_DEVICES, NO_EXEC = 2, 4, 8
BIND, RECURSIVE, PRIVATE = 4096, 16384, 1 << 18

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_DETACH = 2
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 24, 38
_LAST_CAPABILITY = 63
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_READ_SEARCH, _CAP_SYS_PTRACE = 2, 19
_MOUNT_SETATTR, _AT_FDCWD, _AT_RECURSIVE = 442, -100, 0x8000
_KEYCTL = {"x86_64": 250, "aarch64": 219}
_JOIN_SESSION_KEYRING = 1
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def unshare(flags: int) -> None:
    """Move this process into new namespaces; with `NEW_USER` it keeps its user id, and no other id exists there.

    Raises:
        OSError: The kernel does not allow it.
    """
    uid, gid = os.getuid(), os.getgid()
    _check(_libc.unshare(flags), "unshare")
    if flags & NEW_USER:
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{uid} {uid} 1")
        _write("/proc/self/gid_map", f"{gid} {gid} 1")


def raise_loopback() -> None:
    """Switch the loopback interface of this network namespace on."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        fcntl.ioctl(probe, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", _IFF_UP))


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Mount a filesystem; the arguments are those of the system call `mount(2)`.

    Args:
        source: Device, or the path that is bound.
        target: Where it appears.
        kind: Of filesystem; None = a bind mount or a change of one.
        flags: `MS_...`, added up.
        options: As `mount -o` takes them.

    Raises:
        OSError: The kernel refuses it.
    """
    encoded = kind.encode() if kind else None
    data = options.encode() if options else None
    _check(_libc.mount(source.encode(), target.encode(), encoded, flags, data), f"mount {target}")


def bind(source: str, target: str) -> None:
    """Show a folder or file of this mount namespace at another place of it; what is read-only stays so."""
    mount(source, target, None, BIND | RECURSIVE)


def set_read_only(path: str, *, is_read_only: bool = True, is_recursive: bool = False) -> None:
    """Make a mount read-only or writable.

    Args:
        path: Where it is mounted.
        is_read_only: False makes it writable, unless a namespace above forbids that.
        is_recursive: Whether all mounts below it change, too.
    """
    change = struct.pack("=4Q", is_read_only, not is_read_only, 0, 0)  # set, clear, propagation, user namespace
    flags = _AT_RECURSIVE if is_recursive else 0
    result = _libc.syscall(_MOUNT_SETATTR, _AT_FDCWD, path.encode(), flags, change, len(change))
    _check(result, f"mount_setattr {path}")


def pivot(new_root: str) -> None:
    """Make a folder the root; nothing else can be reached afterwards."""
    number = _PIVOT_ROOT[os.uname().machine]
    os.chdir(new_root)
    _check(_libc.syscall(number, b".", b"."), "pivot_root")  # stacks the old root on the new one
    _check(_libc.umount2(b".", _DETACH), "umount of the old root")
    os.chdir("/")


def give_up_powers(*, but_looking: bool = False) -> None:
    """Drop capabilities for good; programs that are started cannot gain any either.

    Args:
        but_looking: Keep the right to see what other processes have open, and into folders that forbid it.
    """
    for number in range(_LAST_CAPABILITY + 1):
        _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)  # fails above the kernel's last one
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    kept = (1 << _CAP_DAC_READ_SEARCH | 1 << _CAP_SYS_PTRACE) if but_looking else 0
    sets = (ctypes.c_uint32 * 6)(kept, kept, 0, 0, 0, 0)  # effective, permitted, inheritable, low and high halves
    _check(_libc.capset(header, sets), "capset")


def join_new_session_keyring() -> None:
    """Leave the ring of keys that this process shares with the session that started it, for an empty one.

    A kernel or container that has no key rings for us has nothing to leave.
    """
    if _libc.syscall(_KEYCTL[os.uname().machine], _JOIN_SESSION_KEYRING, None) < 0:
        number = ctypes.get_errno()
        if number not in (errno.ENOSYS, errno.EPERM):
            raise OSError(number, f"session keyring: {os.strerror(number)}")


def set_dumpable(is_dumpable: bool) -> None:
    """Whether processes of the same user may trace this one and read its memory."""
    _libc.prctl(_PR_SET_DUMPABLE, int(is_dumpable), 0, 0, 0)


def _write(path: str, text: str) -> None:
    Path(path).write_text(text, encoding="ascii")
