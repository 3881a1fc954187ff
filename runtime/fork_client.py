"""The backend that the fork server offers: `ForkRuntime`."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import TracebackType

from benchmark.held_folders import HeldFolder
from benchmark.paths import REPOSITORY_DIR, cache_dir, work_dir
from runtime.answers import read_reply, result_of
from runtime.interface import ROOMS, ChildRequest, ChildResult, RuntimeFaultError
from runtime.worker import QUIET, read_line

ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "ARROW_DEFAULT_MEMORY_POOL": "system"}
"""For a server: native thread pools do not survive a fork."""

_VARIABLE = "LOCKGATE_FORK_SERVERS"
"""Folder of running servers, for the processes that a run starts; they share them."""


def _sockets_dir() -> Path:
    """Folder of this user's sockets: in the temporary directory, because their paths must be short."""
    folder = Path(tempfile.gettempdir()) / f"lockgate-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
        raise RuntimeFaultError(f"{folder} belongs to somebody else. Remove it, or set TMPDIR to another folder.")
    return folder


class ForkRuntime:
    """Runs children as forks of a server that has the heavy libraries imported.

    Use it as a context manager. A server starts at the first request to its profile, or ahead by `warm`; they all end
    with this process, however it ends.
    """

    network_pid: int | None = None
    """Children are on the host's network."""
    has_walls = False

    def __init__(self, profile: str = "pipeline") -> None:
        self._profile = profile
        inherited = os.environ.get(_VARIABLE)
        self._is_owner = inherited is None
        self._held = None if inherited else HeldFolder(_sockets_dir(), "sockets of fork servers")
        self._folder = self._held.path if self._held else Path(str(inherited))
        self._servers: dict[str, subprocess.Popen[bytes]] = {}
        self._lock = threading.Lock()
        """Held while a server is looked up and started: threads that ask for one at once get the same."""

    def __enter__(self) -> "ForkRuntime":
        """Start the default profile's server."""
        self.warm(self._profile)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop every server that this object started."""
        self.close()

    @property
    def folder(self) -> Path:
        """Where the servers' sockets are."""
        return self._folder

    def close(self) -> None:
        """Stop every server that this object started, and everything below them."""
        for server in self._servers.values():
            assert server.stdin is not None
            server.stdin.close()
        for server in self._servers.values():
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        self._servers.clear()
        if self._held is not None:
            self._held.close()

    def warm(self, *profiles: str) -> None:
        """Start servers without waiting for them; those that run already are left alone."""
        for profile in profiles:
            with self._lock:
                if self._is_owner and profile not in self._servers:
                    self._servers[profile] = self._start(profile)

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Let the processes that are started inside use these servers instead of their own."""
        before = os.environ.get(_VARIABLE)
        os.environ[_VARIABLE] = str(self._folder)
        try:
            yield
        finally:
            if before is None:
                del os.environ[_VARIABLE]
            else:
                os.environ[_VARIABLE] = before

    def run(self, request: ChildRequest, profile: str | None = None) -> ChildResult:
        """Run a child to its end; see `runtime.interface.Runtime`.

        Args:
            request: What to run.
            profile: Which server forks it; None = this object's own.

        Raises:
            RuntimeFaultError: The server cannot be reached or died.
        """
        profile = profile or self._profile
        self.warm(profile)
        payload = {
            "entry": request.entry,
            "arguments": dict(request.arguments),
            "directory": str(request.directory.resolve()),
            "log_path": str(request.log_path.resolve()),
            "environment": dict(request.environment),
            "limits": asdict(request.limits),
        }
        request.log_path.parent.mkdir(parents=True, exist_ok=True)
        with self.connect(profile) as connection:
            try:
                connection.sendall(json.dumps(payload).encode() + b"\n")
                line = read_line(connection)
            except ConnectionError:
                line = b""
        if not line:
            raise RuntimeFaultError(
                f"The fork server '{profile}' died.{self._log_tail(profile)} Run the command again."
            )
        return result_of(read_reply(line))

    def _start(self, profile: str) -> subprocess.Popen[bytes]:
        path = self._socket_path(profile)
        if profile == ROOMS:
            return self._start_rooms(path)
        environment = {
            **os.environ,
            **QUIET,
            "PYTHONHASHSEED": "0",
            "TZ": "UTC",
            "PYTHONWARNINGS": "ignore",
        } | ONE_THREAD
        with (self._folder / f"{profile}.log").open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "runtime.fork_server", str(path), profile],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=REPOSITORY_DIR,
                start_new_session=True,
            )

    def _start_rooms(self, socket_path: Path) -> subprocess.Popen[bytes]:
        """The server inside bubblewrap: it sees the workspaces of trials, no network, and nothing else of ours."""
        from runtime.sandbox.bubblewrap import room_server_command

        gold_dir = (cache_dir() / "gold").resolve()
        for path in (work_dir(), gold_dir):
            path.mkdir(parents=True, exist_ok=True)
        command = room_server_command(
            self._folder, work_dir(), gold_dir, dict(QUIET | ONE_THREAD | {"PYTHONWARNINGS": "ignore"})
        )
        with (self._folder / f"{ROOMS}.log").open("wb") as log:
            return subprocess.Popen(
                [*command, "python", "-m", "runtime.fork_server", str(socket_path), ROOMS],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
            )

    def _socket_path(self, profile: str) -> Path:
        return self._folder / f"{profile}.sock"

    def connect(self, profile: str) -> socket.socket:
        """Connect to a server; the server listens a moment after its start and answers once its imports are done."""
        path = self._socket_path(profile)
        server = self._servers.get(profile)
        for _ in range(1000):
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(path))
            except (FileNotFoundError, ConnectionRefusedError):
                connection.close()
                if server is not None and server.poll() is not None:
                    break
                time.sleep(0.02)
            else:
                return connection
        raise RuntimeFaultError(f"The fork server '{profile}' does not answer.{self._log_tail(profile)}")

    def _log_tail(self, profile: str) -> str:
        path = self._folder / f"{profile}.log"
        text = path.read_text(encoding="utf-8", errors="replace").strip()[-2000:] if path.is_file() else ""
        return f" Log tail: {text}" if text else ""
