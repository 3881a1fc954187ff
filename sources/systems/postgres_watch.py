"""Holds readers of a PostgreSQL server to what their own settings could lift: time, memory, spilled files.

A reader may switch off every timeout of its session. So a thread of ours looks at all sessions twice a second and ends
those whose client has gone, those whose transaction lasts too long, and the greediest where all together hold too much.
Connections that never say who they are end when there are many: PostgreSQL starts a process for each.
"""

import contextlib
import os
import re
import signal
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from sources.systems.client_ports import connected_ports
from sources.systems.postgres_roles import MAX_TRANSACTION_SECONDS
from sources.systems.postmaster import Postmaster

MAX_MEMORY_BYTES = 512 * 2**20
"""Private memory of all sessions together; `PROCESS_MEMORY_BYTES` holds for each."""
MAX_SPILLED_BYTES = 512 * 2**20
"""Temporary files of all sessions together; `temp_file_limit` holds for each."""
MAX_SILENT_CONNECTIONS = 32
"""That have not said yet who they are; more, and all of them end."""
_INTERVAL_SECONDS = 0.5
_PATIENCE_SECONDS = 5.0
"""A session that was asked to end and did not is killed after so long."""
_SESSIONS = """
select pid, client_port, coalesce(extract(epoch from clock_timestamp() - xact_start), 0)::float8
from pg_stat_activity where usename = %s
"""


class Session(NamedTuple):
    """One connection of the reader."""

    pid: int
    """As the server knows it; the same number may mean another process outside."""
    client_port: int
    transaction_seconds: float


class SessionWatch:
    """The thread. It starts at once and ends with `stop`.

    Args:
        postmaster: The server, which runs.
        data: Its data directory.
        connect: Makes a connection as the superuser.
        reader: The role that is watched.
    """

    def __init__(
        self, postmaster: Postmaster, data: Path, connect: "Callable[[], psycopg.Connection[Any]]", reader: str
    ) -> None:
        self._postmaster = postmaster
        self._data = data
        self._connect = connect
        self._reader = reader
        self._connection: psycopg.Connection[Any] | None = None
        self._asked_at: dict[int, float] = {}
        self._lock = threading.Lock()
        self._is_stopping = threading.Event()
        self._look()  # Connects before readers can take every connection.
        self._thread = threading.Thread(target=self._run, name="postgres-watch", daemon=True)
        self._thread.start()

    def end_all(self, timeout_seconds: float = 10.0) -> None:
        """End every session of the reader and wait until there is none.

        Raises:
            psycopg.Error: The server does not answer.
        """
        deadline = time.monotonic() + timeout_seconds
        while time.monotonic() < deadline:
            with self._lock:
                sessions = self._sessions()
                self._end({session.pid for session in sessions})
            if not sessions:
                return
            time.sleep(0.01)

    def stop(self) -> None:
        """End the thread and close its connection. Call it when the server has ended: nothing can hold it up then."""
        self._is_stopping.set()
        self._thread.join()
        if self._connection is not None:
            self._connection.close()

    def _run(self) -> None:
        while not self._is_stopping.wait(_INTERVAL_SECONDS):
            self._look()

    def _look(self) -> None:
        self._end_silent()
        # The server restarts after a process of it was killed, or is dead: `check` says so.
        with contextlib.suppress(psycopg.Error), self._lock:
            self._look_at_sessions()

    def _end_silent(self) -> None:
        """End the processes without a title: they get one when they know whom they serve."""
        silent = [pid for pid in self._children() if not _command(pid).startswith("postgres: ")]
        for pid in silent if len(silent) > MAX_SILENT_CONNECTIONS else ():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)

    def _look_at_sessions(self) -> None:
        sessions = self._sessions()
        clients = connected_ports(self._postmaster.port)
        self._end(
            {
                session.pid
                for session in sessions
                if session.client_port not in clients or session.transaction_seconds > MAX_TRANSACTION_SECONDS
            }
            | _greediest(self._memory(sessions), MAX_MEMORY_BYTES)
            | _greediest(_spilled_bytes(self._data), MAX_SPILLED_BYTES)
        )

    def _sessions(self) -> list[Session]:
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        return [Session(*row) for row in self._connection.execute(_SESSIONS, [self._reader])]

    def _end(self, pids: set[int]) -> None:
        now = time.monotonic()
        self._asked_at = {pid: self._asked_at.get(pid, now) for pid in pids}
        for pid, asked_at in self._asked_at.items():
            assert self._connection is not None
            self._connection.execute("select pg_terminate_backend(%s)", [pid])
            if now - asked_at > _PATIENCE_SECONDS and (process := self._processes().get(pid)):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)

    def _memory(self, sessions: list[Session]) -> dict[int, int]:
        processes = self._processes()
        return {session.pid: _private_bytes(processes.get(session.pid)) for session in sessions}

    def _processes(self) -> dict[int, int]:
        """Process ids as the server knows them -> ours."""
        return {int(_status(pid).get("NSpid", str(pid)).split()[-1]): pid for pid in self._children()}

    def _children(self) -> list[int]:
        postmaster = self._postmaster.pid
        with contextlib.suppress(OSError):
            return [int(pid) for pid in Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()]
        return []


def _greediest(held: Mapping[int, int], limit: int) -> set[int]:
    """Who holds most, where all together hold more than the limit; else nobody."""
    return {max(held, key=lambda pid: held[pid])} if sum(held.values()) > limit else set()


def _spilled_bytes(data: Path) -> dict[int, int]:
    """Process id as the server knows it -> size of its temporary files."""
    sizes: dict[int, int] = {}
    for path in (data / "base" / "pgsql_tmp").rglob("pgsql_tmp*"):
        if match := re.match(r"pgsql_tmp(\d+)\.", path.name):
            with contextlib.suppress(OSError):
                sizes[int(match[1])] = sizes.get(int(match[1]), 0) + path.stat().st_size
    return sizes


def _private_bytes(pid: int | None) -> int:
    return int(_status(pid).get("RssAnon", "0 kB").split()[0]) * 1024 if pid else 0


def _command(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    return "postgres: ended"


def _status(pid: int) -> dict[str, str]:
    with contextlib.suppress(OSError):
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return {}
