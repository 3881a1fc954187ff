"""How a database's program is started so that it is not root, dies with its parent and leaves nothing behind.

Databases refuse to run as root. The ways to run one, tried in this order:

1. A user namespace that maps our user to an ordinary one. The files stay ours and readable wherever they lie. System V
   shared memory lives in a private IPC namespace, so it cannot be left behind. Where we are root, the processes live in
   a private process namespace, too: when the server ends, the kernel ends all that it started.
2. As root: the system user ``nobody``, which must be able to reach the binaries and the data directory. Otherwise: as
   the user who we are.

Limits on memory and on the size of a file hold for each process, and for those that it starts.
"""

import contextlib
import ctypes
import errno
import functools
import os
import pwd
import resource
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from benchmark.errors import LockgateError

_CLONE_NEWUSER = 0x10000000
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWPID = 0x20000000
_PR_SET_PDEATHSIG = 1
_INSIDE_UID = 1000
_FALLBACK_USER = "nobody"
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class ServerKind:
    """What differs between the databases that are started here."""

    name: str
    """For messages."""
    error: type[LockgateError]
    """What is raised."""
    end_signal: signal.Signals
    """Ends the server and its connections at once; sent by the kernel, too, when our process dies."""
    clean_end_signal: signal.Signals
    """Ends it so that its data directory can be used again without recovery."""
    memory_bytes: int | None = None
    """Private memory of one process; None = no limit."""
    file_bytes: int | None = None
    """Size of one file; writing on fails. None = no limit."""


@dataclass(frozen=True)
class Identity:
    """The user that a server runs as."""

    uid: int | None
    """None: as ourselves; a number: that system user."""
    has_namespace: bool
    """True: inside a user namespace of its own, where it is not root."""

    @property
    def label(self) -> str:
        """Short name, used in cache keys: owners of the files differ."""
        return "self" if self.uid is None else f"uid{self.uid}"


def _die_with_parent(parent_pid: int, end_signal: signal.Signals) -> None:
    """Have the kernel end this program with its parent, and with it the processes that it starts.

    PostgreSQL passes SIGQUIT on to its processes. The first process of a process namespace takes SIGKILL with all
    others.
    """
    is_first = os.getpid() == 1
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL if is_first else end_signal)
    # The parent may have died between fork and prctl. Of one outside a process namespace only /proc tells.
    if os.getppid() != (0 if is_first else parent_pid) or not Path(f"/proc/{parent_pid}").exists():
        os._exit(1)


def _enter_namespace(uid: int, gid: int) -> None:
    if _libc.unshare(_CLONE_NEWUSER | _CLONE_NEWIPC) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_INSIDE_UID} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{_INSIDE_UID} {gid} 1")


def spawn(
    kind: ServerKind,
    command: Sequence[str],
    identity: Identity,
    output: IO[bytes],
    directory: Path,
    standard_input: IO[bytes] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a program of a database; it ends at once when the calling thread ends.

    Args:
        kind: Of which database.
        command: The program's path, and its arguments.
        identity: As whom.
        output: For all that it says.
        directory: Its working directory.
        standard_input: What it reads; None = nothing.

    Raises:
        LockgateError: The identity cannot be taken on here, or the program does not exist.
    """
    parent_pid, uid, gid = os.getpid(), os.geteuid(), os.getegid()

    def before_exec() -> None:
        if kind.memory_bytes is not None:
            resource.setrlimit(resource.RLIMIT_DATA, (kind.memory_bytes, kind.memory_bytes))
        if kind.file_bytes is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (kind.file_bytes, kind.file_bytes))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if identity.has_namespace:
            _enter_namespace(uid, gid)
        _die_with_parent(parent_pid, kind.end_signal)

    account = pwd.getpwuid(identity.uid) if identity.uid is not None else None
    try:
        return subprocess.Popen(
            list(command),
            stdin=standard_input or subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            start_new_session=True,
            restore_signals=kind.file_bytes is None,  # else SIGXFSZ would end the server
            preexec_fn=before_exec,
        )
    except (OSError, subprocess.SubprocessError) as error:
        if _machine_is_full(error):
            raise kind.error(
                f"{kind.name}: no process can be started for {command[0]}: {error}. The machine has no memory, or this "
                "user no process, left for it; end other programs, or run less at once."
            ) from error
        raise kind.error(f"{kind.name}: {command[0]} cannot be run ({error}).") from error


def _machine_is_full(error: BaseException | None) -> bool:
    """Whether Linux refused a process for want of memory or of process numbers, whoever it is for."""
    return isinstance(error, OSError) and error.errno in (errno.ENOMEM, errno.EAGAIN)


def find_identity(kind: ServerKind, binary: Path) -> Identity:
    """Find the way to run a database's programs on this machine.

    Args:
        kind: Of which database.
        binary: One of them.

    Raises:
        LockgateError: Neither way works, or the machine has no room for a process; says what to change.
    """
    reasons = []
    for identity in _root_identities() if os.geteuid() == 0 else _USER_IDENTITIES:
        if not (reason := _why_not(kind, binary, identity)):
            return identity
        reasons.append(reason)
    if os.geteuid() != 0:
        raise kind.error(f"{kind.name}: {binary} does not run here ({'; '.join(reasons)}).")
    raise kind.error(
        f"{kind.name} refuses to run as root, and neither a user namespace nor the user '{_FALLBACK_USER}' can run "
        f"{binary} ({'; '.join(reasons)}). Run as a normal user, or install the environment in a folder that every "
        "user can read."
    )


@functools.cache
def _why_not(kind: ServerKind, binary: Path, identity: Identity) -> str:
    """Why an identity cannot run a program here; empty: it can."""
    try:
        with Path(os.devnull).open("wb") as nowhere:
            code = spawn(kind, [str(binary), "--version"], identity, nowhere, Path("/")).wait()
    except kind.error as error:
        if _machine_is_full(error.__cause__):
            raise  # It says nothing about the identity, and is not kept.
        return str(error)
    user = "ourselves" if identity.uid is None else f"user '{_FALLBACK_USER}'"
    return f"exit code {code} as {user}" if code else ""


def require_reachable(kind: ServerKind, path: Path, identity: Identity) -> None:
    """Check that the user a server runs as may enter every folder above a path.

    Args:
        kind: Of which database.
        path: What it must reach.
        identity: The user.

    Raises:
        LockgateError: Names the first folder that is closed to it.
    """
    if identity.uid is None:
        return
    for folder in reversed(path.absolute().parents):
        status = folder.stat()
        if not status.st_mode & 0o001 and not (status.st_uid == identity.uid and status.st_mode & 0o100):
            raise kind.error(
                f"{kind.name} runs here as user '{_FALLBACK_USER}', who cannot enter {folder}. "
                f"Use a folder that every user can enter (or: chmod o+x {folder}), or run as a normal user."
            )


_USER_IDENTITIES = (Identity(uid=None, has_namespace=True), Identity(uid=None, has_namespace=False))


def _root_identities() -> list[Identity]:
    identities = [Identity(uid=None, has_namespace=True)]
    with contextlib.suppress(KeyError):
        identities.append(Identity(uid=pwd.getpwnam(_FALLBACK_USER).pw_uid, has_namespace=False))
    return identities


class KeptProcess:
    """A server that is started and waited for by a thread of its own.

    The kernel's parent-death signal belongs to the *thread* that forked; this thread lives exactly as long as the child
    or our process, so the child survives the end of whichever thread asked for it, and dies with the process even on
    SIGKILL. When the server ends in any way, the processes that it started for connections end, too.

    Args:
        kind: Of which database.
        start: Starts the server.
        identity: As whom it runs.
        data: Its data directory, in which all of its processes have their working directory.
    """

    def __init__(
        self, kind: ServerKind, start: Callable[[], subprocess.Popen[bytes]], identity: Identity, data: Path
    ) -> None:
        self._kind = kind
        self._start = start
        self._identity = identity
        self._data = data
        self._started = threading.Event()
        self._exited = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._error: LockgateError | None = None
        threading.Thread(target=self._keep, name="server-keeper", daemon=True).start()
        self._started.wait()
        if self._error is not None:
            raise self._error

    def _keep(self) -> None:
        try:
            if self._identity.has_namespace:
                # This covers this thread's children only. Where it is not allowed, `_end_orphans` does the same work.
                _libc.unshare(_CLONE_NEWPID)
            self._process = self._start()
        except LockgateError as error:
            self._error = error
        self._started.set()
        if self._process is not None:
            self._process.wait()
            _end_orphans(self._data)
        self._exited.set()

    @property
    def pid(self) -> int:
        """Process id of the server."""
        assert self._process is not None
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """Exit code, negative for a signal; None while it runs."""
        return self._process.returncode if self._process is not None and self._exited.is_set() else None

    def end(self, timeout_seconds: float = 6.0, *, is_clean: bool = False) -> None:
        """End it, by SIGKILL after the timeout.

        Args:
            timeout_seconds: For each signal.
            is_clean: True: with a checkpoint, so that its data directory can be used again.
        """
        for sign in (self._kind.clean_end_signal if is_clean else self._kind.end_signal, signal.SIGKILL):
            if self._exited.is_set():
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, sign)
            self._exited.wait(timeout_seconds)


def _end_orphans(data: Path) -> None:
    """Kill the processes of a server that ended: one that computes does not notice that its server was killed."""
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):  # It has ended, or belongs to somebody else.
            if process.name.isdigit() and (process / "cwd").readlink() == data:
                os.kill(int(process.name), signal.SIGKILL)
