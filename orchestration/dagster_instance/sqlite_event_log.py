"""A cheaper local event log for the process that writes a run.

Dagster's SQLite storage opens a connection per event, waits for the disk twice, asks the database for its own schema,
and replays its migrations for the database of each run: 60 to 100 ms an event on a laptop. While a run is written here,
one connection per database stays open, commits do not wait for the disk (a trial's scorecard is a file of its own), and
what cannot change is asked once. Files and content are the same as Dagster's own.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import dagster as dg
import sqlalchemy
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.sqlite.sqlite_event_log import INDEX_SHARD_NAME
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

BUSY_SECONDS = 30
"""How long a writer waits for another one, as in Dagster."""


class FastEventLog(SqliteEventLogStorage):
    """Dagster's SQLite event log for one process that writes much. Use it by `fast_event_log`."""

    def __init__(self, usual: SqliteEventLogStorage) -> None:
        self._engines: dict[str, Engine] = {}
        self._known: dict[tuple[str, str], bool] = {}
        super().__init__(str(Path(usual.path_for_shard(INDEX_SHARD_NAME)).parent))
        self._initialized_dbs |= usual._initialized_dbs

    def close(self) -> None:
        """Close the connections to the SQLite files."""
        for engine in self._engines.values():
            engine.dispose()
        self._engines.clear()

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; asked once, as migrations do not run meanwhile."""
        return self._ask("table", table_name, super().has_table)

    def has_asset_key_col(self, column_name: str) -> bool:
        """Whether the table of asset keys has a column; asked once."""
        return self._ask("column", column_name, super().has_asset_key_col)

    def has_secondary_index(self, name: str) -> bool:
        """Whether an index is complete; asked once."""
        return self._ask("index", name, super().has_secondary_index)

    def _ask(self, kind: str, name: str, question: Any) -> bool:
        if (kind, name) not in self._known:
            self._known[kind, name] = bool(question(name))
        return self._known[kind, name]

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if shard not in self._engines:
                is_complete = shard in self._initialized_dbs or self._copy_template(shard)
                engine = _engine(self.conn_string_for_shard(shard))
                if not is_complete:
                    self._initdb(engine)
                self._initialized_dbs.add(shard)
                self._engines[shard] = engine
            with self._engines[shard].begin() as connection:
                yield connection

    @property
    def _template_path(self) -> Path:
        """An empty database of a run, beside the folder of the runs' databases: every file in there counts as a run."""
        return Path(self._base_dir).parent / f"empty_run_{dg.__version__}.sqlite"

    def _copy_template(self, shard: str) -> bool:
        """Make the database of a run as a copy of an empty one, which is made first where it is missing.

        Returns:
            False where the run has a database already.
        """
        path = Path(self.path_for_shard(shard))
        if path.exists():
            return False
        temporary = self._template_path.with_suffix(f".{uuid4().hex[:8]}")
        try:
            if not self._template_path.exists():
                engine = _engine(f"sqlite:///{temporary}")
                self._initdb(engine)
                with closing(sqlite3.connect(temporary)) as connection:
                    connection.execute("pragma wal_checkpoint(truncate)")
                engine.dispose()
                temporary.replace(self._template_path)
            shutil.copyfile(self._template_path, temporary)
            os.link(temporary, path)
        except FileExistsError:  # the UI asked for the run in between
            return False
        else:
            return True
        finally:
            temporary.unlink(missing_ok=True)


def prepare(instance: dg.DagsterInstance) -> None:
    """Check the schema of the event log, so that the processes forked after this need not."""
    if isinstance(instance.event_log_storage, SqliteEventLogStorage):
        with instance.event_log_storage.index_connection():
            pass


@contextmanager
def fast_event_log(instance: dg.DagsterInstance) -> Iterator[None]:
    """Let an instance write its events by `FastEventLog` while inside.

    Where the instance has another storage, or has it already, nothing changes.
    """
    usual = instance.event_log_storage
    if type(usual) is not SqliteEventLogStorage:
        yield
        return
    fast = FastEventLog(usual)
    fast.register_instance(instance)
    sqlalchemy.event.listen(Engine, "connect", _relax)
    instance._event_storage = fast
    try:
        yield
    finally:
        instance._event_storage = usual
        sqlalchemy.event.remove(Engine, "connect", _relax)
        fast.close()


def _engine(address: str) -> Engine:
    options = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    return sqlalchemy.create_engine(address, poolclass=StaticPool, connect_args=options)


def _relax(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("pragma synchronous = normal")
