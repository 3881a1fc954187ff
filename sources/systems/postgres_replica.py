"""The PostgreSQL server that readers of a world meet: a hot standby, so that nothing at all can be written to it."""

import shutil
import socket
from pathlib import Path

import psycopg

from sources.systems.data_directories import copy_data_directory
from sources.systems.postgres_process import POSTGRES, PostgresError
from sources.systems.postgres_roles import SUPERUSER, Passwords, new_passwords
from sources.systems.postgres_template import identity_here, run_single_user
from sources.systems.postgres_watch import SessionWatch
from sources.systems.postmaster import HOST, Postmaster

_STANDBY_SIGNAL = "standby.signal"
"""The file in a data directory that makes a server of it a hot standby."""
_CHECK_SECONDS = 10.0
_SSL_REQUEST = (8).to_bytes(4, "big") + (80877103).to_bytes(4, "big")
"""The first message of the protocol that a server answers to anybody, with one byte."""


class PostgresReplica:
    """A read-only server on a copy of a prepared data directory, at 127.0.0.1 on a free port.

    PostgreSQL itself refuses to write on a hot standby: no large object, temporary table, sequence, message, password
    or setting of a role can be made or changed. What the reader may hold is bounded, and what it holds when its
    connection ends is taken away. A new day is a new copy and a new process, so nothing passes from day to day.

    Args:
        directory: For the data directory; emptied by `stop`.
        database: Name of the database.
        user: The reader's login role.
    """

    def __init__(self, directory: Path, *, database: str, user: str = "reader") -> None:
        self.directory = directory
        self.host = HOST
        self.database = database
        self.user = user
        self._identity = identity_here()
        self._passwords = Passwords()
        self._n_starts = 0
        self._postmaster = Postmaster(directory, self._identity)
        self._watch: SessionWatch | None = None

    @property
    def password(self) -> str:
        """Password of the role that loads read with; the same on every day."""
        return self._passwords.reader

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._postmaster.port

    @property
    def pid(self) -> int | None:
        """Process id of the postmaster; None when it was not started."""
        return self._postmaster.pid

    def show(self, data: Path) -> None:
        """Start on a copy of a data directory; 0.2 s. A server that runs is ended first, with all of its sessions.

        The port stays the same, unless somebody else has taken it in the meantime.

        Args:
            data: What `PostgresServer.keep` left, with the database and the user of this one.

        Raises:
            PostgresError: It does not start.
        """
        port = self._postmaster.port
        self._end()
        self._n_starts += 1
        directory = self.directory / f"data-{self._n_starts}"
        self.directory.mkdir(parents=True, exist_ok=True)
        if self._identity.uid is not None:
            self.directory.chmod(0o711)
        copy_data_directory(POSTGRES, data, directory, self._identity)
        run_single_user(directory, self.database, new_passwords(self.user, self._passwords), self._identity)
        for statistics in (directory / "pg_stat").iterdir():
            statistics.unlink()  # Of the making of the database; readers see their own only.
        (directory / _STANDBY_SIGNAL).touch()
        self._postmaster = Postmaster(directory, self._identity)
        self._postmaster.start(port)
        self._watch = SessionWatch(self._postmaster, directory, self._connect, self.user)

    def check(self) -> None:
        """Ask the server whether it is alive. Readers may use all of its connections: a refusal is a sign of life.

        Raises:
            PostgresError: It is not.
        """
        if not self._postmaster.is_running:
            raise PostgresError(f"PostgreSQL: the server is not running. {self._postmaster.log_tail()}")
        try:
            with socket.create_connection((HOST, self.port), _CHECK_SECONDS) as connection:
                connection.sendall(_SSL_REQUEST)
                is_alive = bool(connection.recv(1))
        except OSError as error:
            raise PostgresError(f"PostgreSQL at {HOST}:{self.port} is not running or stuck ({error}).") from error
        if not is_alive:
            raise PostgresError(f"PostgreSQL at {HOST}:{self.port} hangs up. {self._postmaster.log_tail()}")

    def end_sessions(self) -> None:
        """End every session of the reader; does nothing before the start.

        Raises:
            PostgresError: The server does not answer.
        """
        if self._watch is not None:
            try:
                self._watch.end_all()
            except psycopg.Error as error:
                raise PostgresError(f"PostgreSQL at {HOST}:{self.port}: {str(error).strip()}.") from error

    def stop(self) -> None:
        """End the server and remove its directory; does nothing the second time."""
        self._end()

    def _end(self) -> None:
        self._postmaster.stop()
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        shutil.rmtree(self.directory, ignore_errors=True)

    def _connect(self) -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=HOST,
            port=self.port,
            user=SUPERUSER,
            password=self._passwords.superuser,
            dbname=self.database,
            connect_timeout=10,
            application_name="lockgate",
            options="-c statement_timeout=5s",
            autocommit=True,
        )
