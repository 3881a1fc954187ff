"""Linux namespaces from Python: what a forked process needs to wall itself in. Single-threaded processes only."""

import ctypes
import fcntl
import os
import socket
import struct
from pathlib import Path

NEW_MOUNTS = 0x00020000
NEW_UTS = 0x04000000
NEW_IPC = 0x08000000
NEW_USER = 0x10000000
NEW_PIDS = 0x20000000
NEW_NETWORK = 0x40000000

READ_ONLY, NO_SUID, NO_DEVICES, NO_EXEC, REMOUNT = 1, 2, 4, 8, 32
BIND, RECURSIVE, PRIVATE = 4096, 16384, 1 << 18

_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_DETACH = 2
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 24, 38
_LAST_CAPABILITY = 63
_CAPABILITY_VERSION_3 = 0x20080522
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
    """Mount a filesystem, with the arguments of the system call."""
    encoded = kind.encode() if kind else None
    data = options.encode() if options else None
    _check(_libc.mount(source.encode(), target.encode(), encoded, flags, data), f"mount {target}")


def bind(source: str, target: str, *, is_writable: bool) -> None:
    """Show a folder or file of this mount namespace at another place of it."""
    mount(source, target, None, BIND | RECURSIVE)
    if not is_writable:
        mount("none", target, None, BIND | REMOUNT | READ_ONLY | NO_SUID | NO_DEVICES)


def pivot(new_root: str) -> None:
    """Make a folder the root; nothing else can be reached afterwards."""
    number = _PIVOT_ROOT[os.uname().machine]
    os.chdir(new_root)
    _check(_libc.syscall(number, b".", b"."), "pivot_root")  # stacks the old root on the new one
    _check(_libc.umount2(b".", _DETACH), "umount of the old root")
    os.chdir("/")


def give_up_powers() -> None:
    """Drop every capability for good; programs that are started cannot gain any either."""
    for number in range(_LAST_CAPABILITY + 1):
        _libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)  # fails above the kernel's last one
    _check(_libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    _check(_libc.capset(header, (ctypes.c_uint32 * 6)()), "capset")


def set_dumpable(is_dumpable: bool) -> None:
    """Whether processes of the same user may trace this one and read its memory."""
    _libc.prctl(_PR_SET_DUMPABLE, int(is_dumpable), 0, 0, 0)


def _write(path: str, text: str) -> None:
    Path(path).write_text(text, encoding="ascii")
