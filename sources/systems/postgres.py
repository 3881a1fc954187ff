"""A throw-away PostgreSQL server on loopback, for source systems and tests."""

import contextlib
import io
import secrets
import shutil
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from sources.systems.postgres_process import KeptProcess, PostgresError, spawn
from sources.systems.postgres_template import binaries_dir, create_data_directory, identity_here

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PostgresError", "PostgresServer"]

_HOST = "127.0.0.1"
_SUPERUSER = "postgres"
_PORT_ATTEMPTS = 5
_START_TIMEOUT_SECONDS = 30.0
_STOP_TIMEOUT_SECONDS = 6.0


class PostgresServer:
    """One server with one database, reachable at 127.0.0.1 on a free port, with password authentication only.

    Not durable (`fsync` is off). It ends with `stop`, with the `with` block, or when this process dies in any way;
    `stop` removes its directory too. No Unix socket is made, so the directory's path may be of any length.

    Args:
        directory: Absent or empty; everything the server writes lies here.
        database: Name of the database.
        user: Login role handed out to readers: may read every table, may write nothing.
    """

    def __init__(self, directory: Path, *, database: str = "operations", user: str = "reader") -> None:
        self.directory = directory
        self.host = _HOST
        self.port = 0
        self.database = database
        self.user = user
        self.password = secrets.token_urlsafe(18)
        self._superuser_password = secrets.token_urlsafe(24)
        self._process: KeptProcess | None = None
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def __enter__(self) -> "PostgresServer":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id of the postmaster; None when it was not started."""
        return self._process.pid if self._process else None

    @property
    def is_running(self) -> bool:
        """Whether the server process is alive."""
        return self._process is not None and self._process.exit_code is None

    def start(self) -> "PostgresServer":
        """Start the server and create database and role; about 0.3 s once the template is cached.

        Raises:
            PostgresError: It does not start; the message ends with the last lines of its log.
        """
        if self._process is not None:
            raise PostgresError(f"PostgreSQL: the server in {self.directory} was already started.")
        if self.directory.exists() and any(self.directory.iterdir()):
            raise PostgresError(f"PostgreSQL: {self.directory} is not empty. Give it an empty or absent directory.")
        self.directory.mkdir(parents=True, exist_ok=True)
        identity = identity_here()
        try:
            if identity.uid is not None:
                self.directory.chmod(0o711)
            template_password = create_data_directory(self._data, identity)
            self._start_process()
            self._prepare(template_password)
        except BaseException as error:
            self.stop()
            if isinstance(error, (OSError, psycopg.Error)):
                raise PostgresError(f"PostgreSQL: the server in {self.directory} does not start ({error}).") from error
            raise
        return self

    def stop(self) -> None:
        """End the server and remove its directory; does nothing when that was done already."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            self._process.end(_STOP_TIMEOUT_SECONDS)
        shutil.rmtree(self.directory, ignore_errors=True)

    def execute(self, statement: str) -> None:
        """Run one or more SQL statements as the superuser; each call commits unless inside `transaction`.

        Raises:
            PostgresError: The statement fails or the server is gone.
        """
        with self._errors(statement[:200]):
            self._superuser().execute(statement.encode())

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one query as the superuser and return all rows."""
        with self._errors(statement[:200]):
            return self._superuser().execute(statement.encode()).fetchall()

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything that this server object executes inside the block commits together, or not at all."""
        with self._errors("transaction"), self._superuser().transaction():
            yield

    def copy_arrow(self, table_name: str, table: "pa.Table") -> None:
        """Append rows with COPY; about a million values a second.

        Args:
            table_name: `table` or `schema.table`; must exist and have the columns of `table` by name.
            table: Flat types only. NULL stays NULL and an empty string stays an empty string.
        """
        from pyarrow import csv as arrow_csv

        buffer = io.BytesIO()
        arrow_csv.write_csv(table, buffer, arrow_csv.WriteOptions(include_header=False, quoting_style="needed"))
        statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(
            sql.Identifier(*table_name.split(".")), sql.SQL(", ").join(map(sql.Identifier, table.column_names))
        )
        with (
            self._errors(f"COPY into {table_name}"),
            self._superuser().cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            copy.write(buffer.getbuffer())

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _start_process(self) -> None:
        identity = identity_here()
        for _ in range(_PORT_ATTEMPTS):
            self.port = _free_port()
            command = [str(binaries_dir() / "postgres"), "-D", str(self._data), "-p", str(self.port)]
            with self._log.open("wb") as output:
                self._process = KeptProcess(lambda: spawn(command, identity, output, self.directory))  # noqa: B023
            if self._wait_until_ready():
                return
        raise PostgresError(f"PostgreSQL: no free port on {_HOST} after {_PORT_ATTEMPTS} attempts. {self._log_tail()}")

    def _wait_until_ready(self) -> bool:
        """True: ready; False: another process took the port in between.

        The server's own status file is asked, not the port: somebody else may be listening there.
        """
        assert self._process is not None
        status = self._data / "postmaster.pid"
        deadline = time.monotonic() + _START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(FileNotFoundError):
                lines = status.read_text().splitlines()
                if len(lines) > 7 and lines[7].strip() == "ready":
                    return True
            if (code := self._process.exit_code) is not None:
                if "could not bind" in self._log_tail():
                    return False
                raise PostgresError(f"PostgreSQL: the server ended with exit code {code}. {self._log_tail()}")
            time.sleep(0.005)
        raise PostgresError(f"PostgreSQL: not ready after {_START_TIMEOUT_SECONDS:g} seconds. {self._log_tail()}")

    def _prepare(self, template_password: str) -> None:
        role, database = sql.Identifier(self.user), sql.Identifier(self.database)
        with psycopg.connect(
            **self._address(_SUPERUSER, template_password, "template1"), autocommit=True
        ) as connection:
            for statement in (
                sql.SQL("alter role postgres password {}").format(self._superuser_password),
                sql.SQL("create role {} login password {}").format(role, self.password),
                sql.SQL("grant pg_read_all_data to {}").format(role),
                sql.SQL("comment on database postgres is null"),
                sql.SQL("alter database postgres rename to {}").format(database),
                sql.SQL("revoke temporary on database {} from public").format(database),
            ):
                connection.execute(statement)

    def _address(self, user: str, password: str, database: str) -> dict[str, Any]:
        return {
            "host": _HOST,
            "port": self.port,
            "user": user,
            "password": password,
            "dbname": database,
            "connect_timeout": 10,
            "application_name": "lockgate",
        }

    def _superuser(self) -> "psycopg.Connection[tuple[Any, ...]]":
        if self._connection is None or self._connection.closed:
            address = self._address(_SUPERUSER, self._superuser_password, self.database)
            self._connection = psycopg.connect(**address, autocommit=True)
        return self._connection

    @contextlib.contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            state = "" if self.is_running else f" The server is not running. {self._log_tail()}"
            raise PostgresError(f"PostgreSQL at {_HOST}:{self.port}: {doing}: {str(error).strip()}.{state}") from error

    @property
    def _log(self) -> Path:
        return self.directory / "server.log"

    def _log_tail(self) -> str:
        if not self._log.exists():
            return "Its log does not exist."
        lines = self._log.read_text(errors="replace").splitlines()[-15:]
        return "End of its log:\n" + "\n".join(lines)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port
