"""The MariaDB server that readers of a world meet: it can be read, and nothing at all can be written to it."""

import shutil
import socket
from pathlib import Path

import pymysql

from sources.systems.data_directories import copy_data_directory
from sources.systems.loopback_server import HOST
from sources.systems.mysql_data import open_folder
from sources.systems.mysql_process import KEEPER, MysqlProcess, Passwords, new_users
from sources.systems.mysql_programs import MYSQL, MysqlError, identity_here
from sources.systems.mysql_watch import MysqlWatch

_CHECK_SECONDS = 10.0


class MysqlReplica:
    """A read-only server on a copy of a prepared data directory, at 127.0.0.1 on a free port.

    InnoDB is started read-only, and so is the server: no row, table, temporary table, password or user can be made or
    changed. What the reader may hold is bounded, and what it holds when its connection ends is taken away. A new day is
    a new copy and a new process, so nothing passes from day to day.

    Args:
        directory: For the data directory; emptied by `stop`.
        database: Name of the database.
        user: The reader's name.
    """

    def __init__(self, directory: Path, *, database: str, user: str = "reader") -> None:
        self.directory = directory
        self.host = HOST
        self.database = database
        self.user = user
        self._passwords = Passwords()
        self._n_starts = 0
        self._port = 0
        self._process: MysqlProcess | None = None
        self._watch: MysqlWatch | None = None

    @property
    def password(self) -> str:
        """Password of the user that loads read with; the same on every day."""
        return self._passwords.reader

    @property
    def port(self) -> int:
        """Where it listens; 0 when it was not started."""
        return self._port

    @property
    def pid(self) -> int | None:
        """Process id of the server; None when it was not started."""
        return self._process.pid if self._process else None

    def show(self, data: Path) -> None:
        """Start on a copy of a data directory; 0.3 s. A server that runs is ended first, with all of its sessions.

        The port stays the same, unless somebody else has taken it in the meantime.

        Args:
            data: What `database_of_day` made.

        Raises:
            MysqlError: It does not start.
        """
        self._end()
        self._n_starts += 1
        directory = self.directory / f"data-{self._n_starts}"
        self.directory.mkdir(parents=True, exist_ok=True)
        identity = identity_here()
        open_folder(self.directory, identity)
        copy_data_directory(MYSQL, data, directory, identity)
        self._start(directory)

    def check(self) -> None:
        """Ask the server whether it is alive. Readers may use all of its connections: a refusal is a sign of life.

        Raises:
            MysqlError: It is not.
        """
        if self._process is None or not self._process.is_running:
            log = self._process.log_tail() if self._process else ""
            raise MysqlError(f"MariaDB: the server is not running. {log}")
        try:
            with socket.create_connection((HOST, self.port), _CHECK_SECONDS) as connection:
                is_alive = bool(connection.recv(1))
        except OSError as error:
            raise MysqlError(f"MariaDB at {HOST}:{self.port} is not running or stuck ({error}).") from error
        if not is_alive:
            raise MysqlError(f"MariaDB at {HOST}:{self.port} hangs up. {self._process.log_tail()}")

    def end_sessions(self) -> None:
        """End every session; where one does not end, the server starts again on the same data.

        Raises:
            MysqlError: The server does not answer.
        """
        if self._watch is None:
            return
        try:
            is_done = self._watch.end_all()
        except (pymysql.Error, OSError) as error:
            raise MysqlError(f"MariaDB at {HOST}:{self.port}: {error}.") from error
        if not is_done:
            self._end_process()
            self._start(self.directory / f"data-{self._n_starts}")

    def stop(self) -> None:
        """End the server and remove its directory; does nothing the second time."""
        self._end()

    def _start(self, directory: Path) -> None:
        users = new_users(self.database, self.user, self._passwords)
        self._process = MysqlProcess(directory, identity_here(), users)
        self._process.start(self._port)
        self._port = self._process.port
        try:
            self._watch = MysqlWatch(self._process, directory, self._connect)
        except pymysql.Error as error:
            raise MysqlError(f"MariaDB at {HOST}:{self.port}: {error}. {self._process.log_tail()}") from error

    def _end(self) -> None:
        self._end_process()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _end_process(self) -> None:
        if self._process is not None:
            self._process.stop()
        if self._watch is not None:
            self._watch.stop()
            self._watch = None

    def _connect(self) -> "pymysql.connections.Connection":
        return pymysql.connect(
            host=HOST,
            port=self.port,
            user=KEEPER,
            password=self._passwords.keeper,
            autocommit=True,
            connect_timeout=10,
            read_timeout=10,
            write_timeout=10,
        )
