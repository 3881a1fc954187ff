"""A throw-away PostgreSQL server on loopback that its owner may write to: for building databases, and for tests."""

import contextlib
import io
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from sources.systems.data_directories import copy_data_directory
from sources.systems.postgres_process import POSTGRES, PostgresError
from sources.systems.postgres_roles import SUPERUSER, Passwords, new_database, new_passwords, reader_grants
from sources.systems.postgres_template import (
    create_data_directory,
    identity_here,
    run_single_user,
)
from sources.systems.postmaster import HOST, Postmaster

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["PostgresError", "PostgresServer"]


class PostgresServer:
    """One server with one database, reachable at 127.0.0.1 on a free port, with password authentication only.

    Not durable (`fsync` is off). It ends with `stop`, with the `with` block, or when this process dies in any way;
    `stop` removes its directory too. No Unix socket is made, so the directory's path may be of any length.

    What readers of a world get is a `PostgresReplica`: here, a reader may still change its own password and settings.

    Args:
        directory: Absent or empty; everything the server writes lies here.
        database: Name of the database.
        user: Login role for readers: may read every table of the database, may write nothing.
        data: A data directory that `keep` left, with the same database and user; None: an empty database.
    """

    def __init__(
        self, directory: Path, *, database: str = "operations", user: str = "reader", data: Path | None = None
    ) -> None:
        self.directory = directory
        self.host = HOST
        self.database = database
        self.user = user
        self._passwords = Passwords()
        self._given = data
        self._postmaster: Postmaster | None = None
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None

    def __enter__(self) -> "PostgresServer":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def password(self) -> str:
        """Password of the role that loads read with."""
        return self._passwords.reader

    @property
    def port(self) -> int:
        """Where it listens; 0 when it was not started."""
        return self._postmaster.port if self._postmaster else 0

    @property
    def pid(self) -> int | None:
        """Process id of the postmaster; None when it was not started."""
        return self._postmaster.pid if self._postmaster else None

    @property
    def is_running(self) -> bool:
        """Whether the server process is alive."""
        return self._postmaster is not None and self._postmaster.is_running

    def start(self) -> "PostgresServer":
        """Start the server; about 0.3 s once the template is cached.

        Raises:
            PostgresError: It does not start; the message ends with the last lines of its log.
        """
        if self._postmaster is not None:
            raise PostgresError(f"PostgreSQL: the server in {self.directory} was already started.")
        if self.directory.exists() and any(self.directory.iterdir()):
            raise PostgresError(f"PostgreSQL: {self.directory} is not empty. Give it an empty or absent directory.")
        self.directory.mkdir(parents=True, exist_ok=True)
        try:
            self._start()
        except BaseException as error:
            self.stop()
            if isinstance(error, (OSError, psycopg.Error)):
                raise PostgresError(f"PostgreSQL: the server in {self.directory} does not start ({error}).") from error
            raise
        return self

    def stop(self) -> None:
        """End the server and remove its directory; does nothing when that was done already."""
        self._disconnect()
        if self._postmaster is not None:
            self._postmaster.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def keep(self, target: Path) -> None:
        """End the server and move its data directory, from which read-only servers can be started.

        Args:
            target: Must not exist; on the same disk.

        Raises:
            PostgresError: The server is gone.
        """
        assert self._postmaster is not None
        if self.query("select 1 from pg_database where datname = 'template1'"):
            # 300 files that nobody needs; the less there are, the faster the copy that each start makes.
            self.execute("alter database template1 is_template false")
            self.execute("drop database template1")
        self._disconnect()
        self._postmaster.stop(is_clean=True)
        self._data.rename(target)

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

    def _start(self) -> None:
        identity = identity_here()
        if identity.uid is not None:
            self.directory.chmod(0o711)
        if self._given is not None:
            copy_data_directory(POSTGRES, self._given, self._data, identity)
            run_single_user(self._data, self.database, new_passwords(self.user, self._passwords), identity)
        else:
            create_data_directory(self._data, identity)
            statements = new_database(self.database, self.user, self._passwords)
            run_single_user(self._data, "template1", statements, identity)
        self._postmaster = Postmaster(self._data, identity)
        self._postmaster.start()
        if self._given is None:
            self.execute(reader_grants(self.user))

    def _superuser(self) -> "psycopg.Connection[tuple[Any, ...]]":
        if self._connection is None or self._connection.closed:
            self._connection = psycopg.connect(
                host=HOST,
                port=self.port,
                user=SUPERUSER,
                password=self._passwords.superuser,
                dbname=self.database,
                connect_timeout=10,
                application_name="lockgate",
                autocommit=True,
            )
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @contextlib.contextmanager
    def _errors(self, doing: str) -> Iterator[None]:
        try:
            yield
        except psycopg.Error as error:
            state = "" if self.is_running else f" The server is not running. {self._log_tail()}"
            raise PostgresError(f"PostgreSQL at {HOST}:{self.port}: {doing}: {str(error).strip()}.{state}") from error

    def _log_tail(self) -> str:
        return self._postmaster.log_tail() if self._postmaster else "It was not started."
