"""A database server's process on a port of loopback: start, log, stop."""

import os
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from sources.systems.server_process import Identity, KeptProcess, ServerKind, spawn

HOST = "127.0.0.1"
_PORT_ATTEMPTS = 5
_START_TIMEOUT_SECONDS = 30.0
_STOP_TIMEOUT_SECONDS = 6.0
_LOG_LINES = 15
_LOG_LINE_BYTES = 2_000


class LoopbackServer(ABC):
    """A server process. It ends with `stop`, or when this process dies in any way; its files stay.

    Its log goes through a pipe and its last lines are kept in memory: clients can make it write, but not fill a disk.

    Args:
        kind: Which database.
        data: The data directory.
        identity: As whom it runs.
    """

    def __init__(self, kind: ServerKind, data: Path, identity: Identity) -> None:
        self.port = 0
        self._kind = kind
        self._data = data.resolve()
        self._identity = identity
        self._process: KeptProcess | None = None
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        self._log_ended = threading.Event()

    @abstractmethod
    def _command(self) -> Sequence[str]:
        """The program and its arguments."""

    @abstractmethod
    def _is_ready(self) -> bool:
        """Whether it takes connections, by its own word: somebody else may be listening on the port."""

    @property
    @abstractmethod
    def _taken_port_message(self) -> str:
        """What its log says where the port is taken."""

    @property
    def _working_directory(self) -> Path:
        return self._data.parent

    @property
    def pid(self) -> int | None:
        """Process id; None when it was not started."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.exit_code is None

    def start(self, port: int = 0) -> None:
        """Start on loopback and wait until it takes connections.

        Args:
            port: To listen on; where it is taken, or 0, a free one.

        Raises:
            LockgateError: It does not start; the message ends with the last lines of its log.
        """
        for _ in range(_PORT_ATTEMPTS):
            self.port = port or _free_port()
            port = 0
            self._spawn()
            if self._wait_until_ready():
                return
        raise self._kind.error(
            f"{self._kind.name}: no free port on {HOST} after {_PORT_ATTEMPTS} attempts. {self.log_tail()}"
        )

    def stop(self, *, is_clean: bool = False) -> None:
        """End the process and every connection; does nothing when it has ended.

        Args:
            is_clean: True: the data directory can be copied and started again without recovery.
        """
        if self._process is not None:
            self._process.end(_STOP_TIMEOUT_SECONDS, is_clean=is_clean)

    def log_tail(self) -> str:
        """The last lines of the log, after a heading."""
        if not self.is_running:
            self._log_ended.wait(1)
        return "End of its log:\n" + "\n".join(self._log.copy())

    def _spawn(self) -> None:
        self._log.clear()
        self._log_ended.clear()
        read_end, write_end = os.pipe()
        threading.Thread(target=self._collect_log, args=(read_end,), name="server-log", daemon=True).start()
        with os.fdopen(write_end, "wb") as output:
            self._process = KeptProcess(
                self._kind,
                lambda: spawn(self._kind, self._command(), self._identity, output, self._working_directory),
                self._identity,
                self._data,
            )

    def _collect_log(self, descriptor: int) -> None:
        with os.fdopen(descriptor, "rb") as stream:
            while line := stream.readline(_LOG_LINE_BYTES):
                self._log.append(line.decode(errors="replace").rstrip())
        self._log_ended.set()

    def _wait_until_ready(self) -> bool:
        """True: ready; False: another process took the port in between."""
        assert self._process is not None
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if self._is_ready():
                return True
            if (code := self._process.exit_code) is not None:
                if self._taken_port_message in self.log_tail():
                    return False
                raise self._kind.error(f"{self._kind.name}: the server ended with exit code {code}. {self.log_tail()}")
            time.sleep(0.005)
        raise self._kind.error(
            f"{self._kind.name}: not ready after {_START_TIMEOUT_SECONDS:g} seconds. {self.log_tail()}"
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
