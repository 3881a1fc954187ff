"""Bubblewrap: namespaces of its own for mounts, processes, IPC, host name, users and network; no root needed.

A command gets a fresh set of them, so nothing that it starts outlives it. Files in the workspace and in `/tmp` stay
until the sandbox is closed.
"""

import os
import shutil
import stat
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmark.held_folders import HeldFolder
from benchmark.paths import work_dir
from runtime.interface import RuntimeFaultError
from runtime.sandbox import seccomp
from runtime.sandbox.control_groups import job_group
from runtime.sandbox.interface import ExecResult, SandboxSpec
from runtime.sandbox.mount_points import clear_way
from runtime.sandbox.network import PrivateNetwork, join_with_devices
from runtime.sandbox.visible_files import USER_ID, WORKSPACE, inside_environment, system_arguments
from runtime.sandbox.watched_command import prlimit_command, run_watched

_NOT_FOUND = 127
_FILTER = "refused"
"""File in the scratch folder with the filter of system calls."""
_SHARED_MEMORY_BYTES = 64 * 1024**2
_HIDDEN_IN_PROC = tuple(name for name in ("/proc/keys", "/proc/key-users") if Path(name).exists())
"""Each costs a command about a millisecond: only what names things of other sandboxes."""
_OWN = (
    "--unshare-user",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    "--uid",
    str(USER_ID),
    "--gid",
    str(USER_ID),
)
WALLS = (*_OWN, "--hostname", "workspace", "--die-with-parent", "--new-session", "--cap-drop", "ALL", "--clearenv")
"""What every call has; process and network namespaces are added by the caller."""
OLDEST = (0, 8)
"""The first version with `--size` and `--disable-userns`."""


class BubblewrapSandbox:
    """See `runtime.sandbox.interface.Sandbox`."""

    def __init__(self, spec: SandboxSpec) -> None:
        self._spec = spec
        self._held: HeldFolder | None = None
        self._scratch: Path | None = None
        self._network: PrivateNetwork | None = None

    def __enter__(self) -> Self:
        """Make its temporary folder and, where no source systems have one, its network.

        Raises:
            RuntimeFaultError: Bubblewrap is missing or does not work here.
        """
        problem = find_problem()
        if problem:
            raise RuntimeFaultError(f"{problem} `lockgate doctor` says more.")
        if self._spec.systems_pid is None:
            self._network = PrivateNetwork().__enter__()
        self._held = HeldFolder(work_dir(), "temporary files of a sandbox")
        self._scratch = self._held.path
        (self._scratch / "tmp").mkdir()
        (self._scratch / "etc").mkdir()
        (self._scratch / _FILTER).write_bytes(seccomp.program())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill everything inside."""
        self.close()

    def close(self) -> None:
        """Remove what is left; every command has ended by then."""
        if self._network is not None:
            self._network.__exit__(None, None, None)
            self._network = None
        if self._held is not None:
            self._held.close()
        self._held = self._scratch = None

    def exec(
        self,
        command: Sequence[str],
        *,
        stdin: bytes = b"",
        wall_seconds: float | None = None,
        environment: Mapping[str, str] | None = None,
        directory: str = WORKSPACE,
    ) -> ExecResult:
        """Run a command; see `runtime.sandbox.interface.Sandbox.exec`."""
        if self._scratch is None:
            raise RuntimeFaultError("The sandbox is closed.")
        limits = self._spec.limits
        reader, writer = os.pipe()
        folders = [str(self._spec.workspace), str(self._scratch / "tmp")]
        for folder in folders:
            _let_owner_in(folder)
        filter_fd = os.open(self._scratch / _FILTER, os.O_RDONLY)
        try:
            with job_group(limits.memory_bytes, limits.processes) as group:
                line = self.command_line(command, environment or {}, directory, status_fd=writer, filter_fd=filter_fd)
                clear_way(self._scratch / "tmp", "/tmp", line[: -len(command)])
                result = run_watched(
                    [*(group.join_command() if group else ()), *line],
                    stdin=stdin,
                    wall_seconds=min(wall_seconds or limits.wall_seconds, limits.wall_seconds),
                    limits=limits,
                    environment={"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"},
                    directory="/",
                    folders=folders,
                    kill=_kill,
                    inherited=(writer, filter_fd),
                )
                if group and group.has_run_out_of_memory:
                    result = replace(result, limit=result.limit or "memory")
                if group and group.has_run_out_of_tasks:  # it may have ended before anybody counted its processes
                    result = replace(result, limit=result.limit or "processes")
        finally:
            os.close(writer)
            os.close(filter_fd)
            with os.fdopen(reader, "rb") as file:
                status = file.read()
        said = result.stderr.decode(errors="replace").strip()
        # Bubblewrap reports an exit code only once the command runs; until then standard error is its own.
        if result.limit is None and b'"exit-code"' not in status:
            if said.startswith("bwrap: execvp "):
                return replace(result, exit_code=_NOT_FOUND, is_missing=True)
            raise RuntimeFaultError(f"The sandbox does not start: {said} `lockgate doctor` says more.")
        return replace(result, is_missing=False)  # it ran, whatever it says

    def command_line(
        self, command: Sequence[str], environment: Mapping[str, str], directory: str, status_fd: int, filter_fd: int
    ) -> list[str]:
        """The whole command line of a command inside.

        Args:
            command: Program and arguments.
            environment: Added to the sandbox's.
            directory: Working directory, as the inside calls it.
            status_fd: Bubblewrap reports here how the command ended.
            filter_fd: Bubblewrap reads the filter of system calls from here.
        """
        assert self._scratch is not None
        spec = self._spec
        network_pid = spec.systems_pid or (self._network.pid if self._network else 0)
        line = [*join_with_devices(network_pid), *prlimit_command(spec.limits), "bwrap", *WALLS]
        line += ["--unshare-pid", "--disable-userns", "--json-status-fd", str(status_fd), "--seccomp", str(filter_fd)]
        line += ["--bind", str(self._scratch / "tmp"), "/tmp"]  # first: the Python environment may stand below it
        line += system_arguments(self._scratch / "etc")
        line += ["--proc", "/proc", "--remount-ro", "/proc", "--dev", "/dev"]
        for name in _HIDDEN_IN_PROC:
            line += ["--ro-bind", "/dev/null", name]
        line += ["--size", str(_SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
        line += ["--bind", str(spec.workspace.resolve()), WORKSPACE]
        for inside, outside in sorted(spec.readable.items()):
            line += ["--ro-bind", str(outside.resolve()), inside]
        for name, value in inside_environment({**spec.environment, **environment}).items():
            line += ["--setenv", name, value]
        return [*line, "--remount-ro", "/", "--chdir", directory, "--", *command]


def room_server_command(folder: Path, workspaces: Path, gold_dir: Path, environment: Mapping[str, str]) -> list[str]:
    """What goes before the command of the server that forks rooms (`runtime.sandbox.room`).

    It shares the host's process ids: source systems join a network by the id of its process. Only code of ours runs in
    it; a room has a process namespace of its own, for which the kernel wants to see the whole of `/proc` here.

    Args:
        folder: Of its socket, writable.
        workspaces: Where those of trials are, writable.
        gold_dir: Where gold is, read-only; a room sees a folder of it only while SQL alone runs there.
        environment: Beside what any program inside has.
    """
    etc = folder / "etc"
    etc.mkdir(exist_ok=True)
    line = ["bwrap", *WALLS, "--unshare-net", "--tmpfs", "/tmp", *system_arguments(etc)]
    line += ["--dev", "/dev", "--bind", "/proc", "/proc", "--dir", "/room"]
    for path in (folder, workspaces):
        line += ["--bind", str(path), str(path)]
    line += ["--ro-bind", str(gold_dir), str(gold_dir)]
    for name, value in inside_environment(environment).items():
        line += ["--setenv", name, value]
    return [*line, "--remount-ro", "/", "--chdir", "/lockgate", "--"]


def _let_owner_in(folder: str) -> None:
    """An earlier command may have forbidden it; the next one must start nevertheless."""
    mode = stat.S_IMODE(Path(folder).stat().st_mode)
    if mode & 0o700 != 0o700:
        Path(folder).chmod(mode | 0o700)


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """The first process is the parent of the namespace's first one, which dies with it, and all others with that."""
    process.kill()
    process.wait()


def find_version() -> str | None:
    """Version of the installed bubblewrap, for example `0.8.0`; None = it is not installed."""
    program = shutil.which("bwrap")
    if program is None:
        return None
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    return said.strip().rpartition(" ")[2] or None


@lru_cache
def find_problem() -> str | None:
    """Why it does not work here, and what to do; None = it works."""
    version = find_version()
    if seccomp.find_problem():
        return seccomp.find_problem()
    if version is None:
        return "Bubblewrap is not installed: apt-get install bubblewrap (or dnf, pacman, apk, zypper)."
    parts = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if parts < OLDEST:
        return f"Bubblewrap is {version}; 0.8 or newer is needed (Debian 12, Ubuntu 24.04)."
    for program in ("nsenter", "prlimit"):
        if shutil.which(program) is None:
            return f"The program {program} is missing: apt-get install util-linux."
    probe = ["bwrap", *WALLS, "--unshare-pid", "--unshare-net", "--disable-userns", "--ro-bind", "/", "/"]
    tried = subprocess.run([*probe, "--proc", "/proc", "--", "/bin/true"], capture_output=True, text=True, check=False)
    if tried.returncode == 0:
        return None
    return f"Bubblewrap is installed but may not make namespaces here ({tried.stderr.strip()}). {namespace_advice()}"


def namespace_advice() -> str:
    """Which switch of this machine forbids unprivileged namespaces, and how to turn it."""
    switches = (
        (
            "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
            "1",
            "kernel.apparmor_restrict_unprivileged_userns=0",
        ),
        ("/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"),
        ("/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces=10000"),
    )
    for path, bad, setting in switches:
        file = Path(path)
        if file.is_file() and file.read_text(encoding="ascii").strip() == bad:
            return f"Allow it: sudo sysctl -w {setting}"
    return (
        "In a container, start it with --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
        "--security-opt systempaths=unconfined."
    )
