"""Holds readers of a MariaDB server to what their own settings could lift: time, memory, spilled files.

A thread of ours looks at all sessions twice a second. It ends those whose client has gone, those whose statement takes
too long, and all of them where together they hold too much: MariaDB serves every session in one process, so nobody can
say whose a byte is.
"""

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pymysql

from sources.systems.client_ports import connected_ports
from sources.systems.mysql_process import KEEPER, MAX_STATEMENT_SECONDS, MysqlProcess

MAX_MEMORY_BYTES = 1024 * 2**20
"""Private memory of the server, of which it takes about 80 MiB for itself."""
MAX_SPILLED_BYTES = 512 * 2**20
"""Temporary files of all sessions together."""
_INTERVAL_SECONDS = 0.5
_SESSIONS = f"""
select id, host, case command when 'Sleep' then 0 else coalesce(time_ms, 0) / 1000 end
from information_schema.processlist where user not in ('{KEEPER}', 'system user')
"""


class Session(NamedTuple):
    """One connection that is not ours: of the reader, or of somebody who has not said yet who he is."""

    id: int
    client_port: int
    statement_seconds: float


class MysqlWatch:
    """The thread. It starts at once and ends with `stop`.

    Args:
        process: The server, which runs.
        data: Its data directory.
        connect: Makes a connection as our own user.
    """

    def __init__(
        self, process: MysqlProcess, data: Path, connect: "Callable[[], pymysql.connections.Connection]"
    ) -> None:
        self._process = process
        self._data = data
        self._connect = connect
        self._lock = threading.Lock()
        self._connection = connect()  # Before readers can take every connection.
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mysql-watch", daemon=True)
        self._thread.start()

    def end_all(self, timeout_seconds: float = 8.0) -> bool:
        """End every session and forget prepared transactions; whether none is left.

        Raises:
            pymysql.Error: The server does not answer.
        """
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            with self._lock:
                sessions = self._sessions()
                if not sessions:
                    self._forget_transactions()
                    return True
                self._end(sessions)
            time.sleep(0.01)
        return False

    def stop(self) -> None:
        """End the thread and close its connection. Call it when the server has ended: nothing can hold it up then."""
        self._is_stopping.set()
        self._thread.join()
        with contextlib.suppress(pymysql.Error):
            self._connection.close()

    def _run(self) -> None:
        while not self._is_stopping.wait(_INTERVAL_SECONDS):
            # The server is dead, or ends: `check` says so.
            with contextlib.suppress(pymysql.Error, OSError), self._lock:
                self._look()

    def _look(self) -> None:
        sessions = self._sessions()
        holds_too_much = (
            _private_bytes(self._process.pid) > MAX_MEMORY_BYTES or self._spilled_bytes() > MAX_SPILLED_BYTES
        )
        clients = connected_ports(self._process.port)
        self._end(
            [
                session
                for session in sessions
                if holds_too_much
                or session.client_port not in clients
                or session.statement_seconds > MAX_STATEMENT_SECONDS
            ]
        )

    def _sessions(self) -> list[Session]:
        return [
            Session(number, int(host.rpartition(":")[2] or 0), float(seconds))
            for number, host, seconds in self._rows(_SESSIONS)
            if host.rpartition(":")[2].isdigit()
        ]

    def _end(self, sessions: list[Session]) -> None:
        for session in sessions:
            with contextlib.suppress(pymysql.err.OperationalError):  # It has ended by itself.
                self._rows(f"kill hard connection {session.id}")

    def _forget_transactions(self) -> None:
        """Roll back what `xa prepare` keeps beyond its session."""
        for form, length, _, data in self._rows("xa recover"):
            content = data if isinstance(data, bytes) else data.encode("latin-1")
            with contextlib.suppress(pymysql.err.OperationalError):  # The server says that it was rolled back.
                self._rows(f"xa rollback x'{content[:length].hex()}', x'{content[length:].hex()}', {form}")

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        if not self._connection.open:
            self._connection = self._connect()
        with self._connection.cursor() as cursor:
            cursor.execute(statement)
            return list(cursor.fetchall())

    def _spilled_bytes(self) -> int:
        """Size of temporary files, those without a name included."""
        folder = f"{self._data.resolve()}/tmp/"
        total = 0
        for path in Path(f"/proc/{self._process.pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # It was closed meanwhile.
                target = str(path.readlink())
                if target.startswith(folder) or target.endswith("(deleted)"):
                    total += path.stat().st_size
        return total


def _private_bytes(pid: int | None) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) * 1024
    return 0
