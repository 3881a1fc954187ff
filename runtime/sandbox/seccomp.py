"""The system calls that code in a sandbox may not make, as a filter for the kernel (seccomp).

Namespaces divide files, processes, networks and IPC. What the kernel keeps for the whole machine without a namespace
(key rings, locks and watches on files that several sandboxes see, sockets between virtual machines) is refused here,
and so is memory that no limit sees. The filter is a classic BPF program; the kernel runs it before every system call.
"""

from __future__ import annotations

import ctypes
import errno
import os
import socket
import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

ENOSYS, EPERM, EMFILE, EINVAL, EAFNOSUPPORT = (
    errno.ENOSYS,
    errno.EPERM,
    errno.EMFILE,
    errno.EINVAL,
    errno.EAFNOSUPPORT,
)
_PRETENDED = 0
"""Error number 0: the call does nothing and succeeds."""
_LAST_KNOWN = 462
"""Newer system calls than this do not exist inside; nobody has looked at them yet."""


class Refused(NamedTuple):
    """A system call that is refused."""

    name: str
    x86_64: int | None
    aarch64: int | None
    answer: int = ENOSYS
    """Error number that the caller gets."""


REFUSED = (
    # Key rings belong to a user, not to a namespace.
    Refused("add_key", 248, 217),
    Refused("request_key", 249, 218),
    Refused("keyctl", 250, 219),
    # System V and POSIX message queues, segments and semaphores: memory that is nobody's.
    Refused("shmget", 29, 194),
    Refused("shmat", 30, 196),
    Refused("shmctl", 31, 195),
    Refused("shmdt", 67, 197),
    Refused("semget", 64, 190),
    Refused("semop", 65, 193),
    Refused("semctl", 66, 191),
    Refused("semtimedop", 220, 192),
    Refused("msgget", 68, 186),
    Refused("msgsnd", 69, 189),
    Refused("msgrcv", 70, 188),
    Refused("msgctl", 71, 187),
    Refused("mq_open", 240, 180),
    Refused("mq_unlink", 241, 181),
    # Memory files: an open descriptor on its way through a socket holds memory that no process shows.
    Refused("memfd_create", 319, 279),
    Refused("memfd_secret", 447, 447),
    # Watches and locks on files that other sandboxes see too. A lock is only advice: it is said to be granted.
    Refused("inotify_init", 253, None, EMFILE),
    Refused("inotify_init1", 294, 26, EMFILE),
    Refused("fanotify_init", 300, 262),
    Refused("fanotify_mark", 301, 263),
    Refused("flock", 73, 32, _PRETENDED),
    # What of a file is in the machine's memory.
    Refused("mincore", 27, 232),
    Refused("cachestat", 451, 451),
    Refused("preadv2", 327, 286),
    # Parts of the kernel with a long list of faults, which nothing here needs.
    Refused("bpf", 321, 280),
    Refused("perf_event_open", 298, 241),
    Refused("userfaultfd", 323, 282),
    Refused("io_uring_setup", 425, 425),
    Refused("io_uring_enter", 426, 426),
    Refused("io_uring_register", 427, 427),
    Refused("kcmp", 312, 272),
    Refused("lookup_dcookie", 212, 18),
    Refused("vmsplice", 278, 75),
    Refused("modify_ldt", 154, None),
    Refused("uselib", 134, None),
    Refused("_sysctl", 156, None),
    # Mounts, namespaces, the machine's clock, name, modules, quotas, log.
    Refused("mount", 165, 40, EPERM),
    Refused("umount2", 166, 39, EPERM),
    Refused("pivot_root", 155, 41, EPERM),
    Refused("chroot", 161, 51, EPERM),
    Refused("unshare", 272, 97, EPERM),
    Refused("setns", 308, 268, EPERM),
    Refused("clone3", 435, 435),  # its flags cannot be looked at; programs then use clone
    Refused("open_tree", 428, 428),
    Refused("move_mount", 429, 429),
    Refused("fsopen", 430, 430),
    Refused("fsconfig", 431, 431),
    Refused("fsmount", 432, 432),
    Refused("fspick", 433, 433),
    Refused("mount_setattr", 442, 442),
    Refused("statmount", 457, 457),
    Refused("listmount", 458, 458),
    Refused("open_by_handle_at", 304, 265, EPERM),
    Refused("name_to_handle_at", 303, 264, EPERM),
    Refused("swapon", 167, 224, EPERM),
    Refused("swapoff", 168, 225, EPERM),
    Refused("quotactl", 179, 60, EPERM),
    Refused("quotactl_fd", 443, 443, EPERM),
    Refused("acct", 163, 89, EPERM),
    Refused("syslog", 103, 116, EPERM),
    Refused("reboot", 169, 142, EPERM),
    Refused("kexec_load", 246, 104, EPERM),
    Refused("kexec_file_load", 320, 294, EPERM),
    Refused("init_module", 175, 105, EPERM),
    Refused("finit_module", 313, 273, EPERM),
    Refused("delete_module", 176, 106, EPERM),
    Refused("settimeofday", 164, 170, EPERM),
    Refused("clock_settime", 227, 112, EPERM),
    Refused("iopl", 172, None, EPERM),
    Refused("ioperm", 173, None, EPERM),
)

_FAMILIES = (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6)
"""Kinds of sockets that a network or mount namespace divides. Of netlink, only the questions about interfaces."""
_FCNTL = {
    5: _PRETENDED,  # F_GETLK: who holds a lock
    36: _PRETENDED,  # F_OFD_GETLK
    1024: EINVAL,  # F_SETLEASE
    1026: EINVAL,  # F_NOTIFY
    1035: EINVAL,  # F_GET_RW_HINT: a number that the kernel keeps with any file, read-only ones included
    1036: EINVAL,  # F_SET_RW_HINT
    1037: EINVAL,  # F_GET_FILE_RW_HINT
    1038: EINVAL,  # F_SET_FILE_RW_HINT
}
"""Commands of fcntl -> answer."""
_IOCTL = {
    0x5412: EPERM,  # TIOCSTI: typing into a terminal
    0x541C: EPERM,  # TIOCLINUX
    0xC0506617: EPERM,  # FS_IOC_ADD_ENCRYPTION_KEY: keys that belong to a whole file system
    0xC080661A: EPERM,  # FS_IOC_GET_ENCRYPTION_KEY_STATUS
}
"""Requests of ioctl -> answer."""
_OWN_PROCESS = 0
"""How prlimit() calls the process that calls it. The kernel lets a process set the limits of any other one of its user,
and the one that watches a sandbox from inside is such a one: without files it could open, it would die."""


class _Machine(NamedTuple):
    audit: int
    """How the kernel calls the calling convention of a system call."""
    column: str
    fcntl: int
    ioctl: int
    socket: int
    socketpair: int
    prlimit: int


_MACHINES = {
    "x86_64": _Machine(0xC000003E, "x86_64", 72, 16, 41, 53, 302),
    "aarch64": _Machine(0xC00000B7, "aarch64", 25, 29, 198, 199, 261),
}

# Classic BPF: struct sock_filter and struct seccomp_data (linux/filter.h, linux/seccomp.h).
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _AUDIT_AT, _ARGUMENT_AT = 0, 4, 16
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def find_problem() -> str | None:
    """Why there is no filter for this machine; None = there is one."""
    machine = os.uname().machine
    return None if machine in _MACHINES else f"No list of system calls is known for {machine} ({', '.join(_MACHINES)})."


@lru_cache
def program() -> bytes:
    """The filter for this machine, as the kernel and bubblewrap's `--seccomp` take it."""
    machine = _MACHINES[os.uname().machine]
    parts = [
        _step(_LOAD, _AUDIT_AT),
        _step(_EQUAL, machine.audit, 1, 0),
        _fail(ENOSYS),
        _step(_LOAD, _NUMBER_AT),
        _step(_AT_LEAST, _LAST_KNOWN + 1, 0, 1),  # the second calling convention, too
        _fail(ENOSYS),
    ]
    for call in REFUSED:
        number = getattr(call, machine.column)
        if number is not None:
            parts += [_step(_EQUAL, number, 0, 1), _fail(call.answer)]
    for number, answers in ((machine.fcntl, _FCNTL), (machine.ioctl, _IOCTL)):
        parts += _only(number, _refuse_values(1, answers))
    for number in (machine.socket, machine.socketpair):
        parts += _only(number, _allow_families())
    parts += _only(machine.prlimit, _allow_own_process())
    return b"".join([*parts, _step(_RETURN, _ALLOW)])


def apply() -> None:
    """Put this process, and everything that it starts, under the filter; `no_new_privs` must be set.

    Raises:
        OSError: The kernel refuses.
    """
    code = program()
    length = len(code) // 8
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _MODE_FILTER, ctypes.byref(_Program(length, code)), 0, 0) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"seccomp: {os.strerror(number)}")


def _refuse_values(argument: int, answers: dict[int, int]) -> list[bytes]:
    steps = [_step(_LOAD, _ARGUMENT_AT + 8 * argument)]
    for value, answer in answers.items():
        steps += [_step(_EQUAL, value, 0, 1), _fail(answer)]
    return [*steps, _step(_RETURN, _ALLOW)]


def _allow_families() -> list[bytes]:
    """Allow socket() for some families, its first argument; netlink for one protocol, its third."""
    allow = _step(_RETURN, _ALLOW)
    steps = [_step(_LOAD, _ARGUMENT_AT)]
    for family in _FAMILIES:
        steps += [_step(_EQUAL, family, 0, 1), allow]
    steps += [_step(_EQUAL, socket.AF_NETLINK, 0, 3), _step(_LOAD, _ARGUMENT_AT + 16)]
    return [*steps, _step(_EQUAL, 0, 0, 1), allow, _fail(EAFNOSUPPORT)]


def _allow_own_process() -> list[bytes]:
    """Allow prlimit() where its first argument is the process itself."""
    allow = _step(_RETURN, _ALLOW)
    return [_step(_LOAD, _ARGUMENT_AT), _step(_EQUAL, _OWN_PROCESS, 0, 1), allow, _fail(EPERM)]


def _only(number: int, steps: Sequence[bytes]) -> list[bytes]:
    """Steps that end in a return, for one system call; the others pass them by."""
    return [_step(_EQUAL, number, 0, len(steps)), *steps]


def _fail(number: int) -> bytes:
    return _step(_RETURN, _ERROR | number)


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
