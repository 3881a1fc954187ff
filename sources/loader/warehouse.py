"""The DuckDB file that a load writes: one connection, raw schemas, and the state of every stream beside the data."""

import contextlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from sources.loader.errors import LoadError

INTERNAL_SCHEMA = "_airbyte_internal"

_USUAL_BYTES, _MOST_BYTES = 500_000_000, 2_000_000_000
"""Memory of DuckDB, and how much it may become where rows that are not written yet need more."""
_STEP_BYTES = 64 * 2**20
_SETTINGS: dict[str, Any] = {
    # Nothing but the file itself: no extension is fetched, no other file is read or written.
    "enable_external_access": "false",
    "memory_limit": f"{_USUAL_BYTES}B",  # beyond that it writes to a folder beside the file
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}

_DIRECT_BYTES = 64 * 2**20
_MOST_DIRECT_BYTES = 3 * 2**29
"""Less than DuckDB may have. Where memory runs out, DuckDB takes back a commit through its log, but closes the file
after one without it."""

_STATES = f"""
create table if not exists {INTERNAL_SCHEMA}.states (
    connection varchar not null,
    stream varchar not null,
    generation bigint not null,
    n_syncs bigint not null,
    n_records bigint not null,
    state json,
    committed_at timestamp with time zone not null
)
"""

_TABLES = f"""
create table if not exists {INTERNAL_SCHEMA}.tables (
    schema_name varchar not null,
    table_name varchar not null
)
"""
"""The raw tables that loads wrote."""


@dataclass(frozen=True)
class StreamState:
    """How far a stream was loaded; kept in `_airbyte_internal.states`, one row per connection and stream."""

    generation: int = 0
    """How often the table was overwritten."""
    n_syncs: int = 0
    """Loads begun."""
    n_records: int = 0
    """Records written in this generation; the ordinal of the last one."""
    state: Mapping[str, Any] | None = None
    """The source's own state; None = from the beginning."""

    def advanced(self, n_records: int, state: Mapping[str, Any] | None) -> "StreamState":
        """The state after more records; `state` None keeps the old one."""
        return replace(self, n_records=self.n_records + n_records, state=state or self.state)


class Warehouse:
    """The open DuckDB file.

    Args:
        path: Made when absent; its folder must exist.
        now: The pinned clock, written as the time of commits.

    Raises:
        LoadError: The file is locked by another process, or is not a DuckDB file.
    """

    def __init__(self, path: Path, now: datetime) -> None:
        self.path = path
        self.now = now
        self._memory_bytes = _USUAL_BYTES
        try:
            self.connection = duckdb.connect(str(path), config=_SETTINGS)
            self.execute("set TimeZone = 'UTC'")
            self.execute("set enable_progress_bar = false")
            self.execute(f"create schema if not exists {INTERNAL_SCHEMA}")
            self.execute(_STATES)
            self.execute(_TABLES)
        except duckdb.Error as error:
            raise LoadError(f"warehouse {path.name} cannot be opened: {_reason(error)}") from error

    def __enter__(self) -> "Warehouse":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.connection.close()

    def execute(self, statement: str, values: Iterable[Any] = ()) -> duckdb.DuckDBPyConnection:
        """Run one statement; values stand for its question marks."""
        return self.connection.execute(statement, list(values))

    def commit(self, n_bytes: int) -> None:
        """Commit; much data goes straight into the file, since DuckDB's log copies whole vectors of rows in memory.

        Args:
            n_bytes: Bytes of the last rows, those that DuckDB still holds in memory, about.
        """
        is_direct = _DIRECT_BYTES <= n_bytes <= _MOST_DIRECT_BYTES
        if is_direct:
            self.execute("set auto_checkpoint_skip_wal_threshold = 0")
            self.execute("set checkpoint_threshold = '1KB'")
        self.execute("commit")
        if is_direct:
            self.execute("reset auto_checkpoint_skip_wal_threshold")
            self.execute("reset checkpoint_threshold")
        self._give_back_memory()

    def make_room(self, n_bytes: int) -> None:
        """Let DuckDB have more memory for rows that it cannot write before they are committed.

        Args:
            n_bytes: Bytes of these rows, about; twice as much comes on top of the usual, until the transaction ends.
        """
        wanted = min(_MOST_BYTES, _USUAL_BYTES + 2 * (n_bytes // _STEP_BYTES) * _STEP_BYTES)
        if wanted > self._memory_bytes:
            self._limit_memory(wanted)

    def rollback(self) -> None:
        """Give up what was not committed; fine when there is nothing."""
        with contextlib.suppress(duckdb.TransactionException):
            self.execute("rollback")
        self._give_back_memory()

    def _give_back_memory(self) -> None:
        """Outside of a transaction: what fails inside voids it."""
        if self._memory_bytes != _USUAL_BYTES:
            with contextlib.suppress(duckdb.OutOfMemoryException):  # What it holds cannot go yet.
                self._limit_memory(_USUAL_BYTES)

    def _limit_memory(self, n_bytes: int) -> None:
        self.execute(f"set memory_limit = '{n_bytes}B'")
        self._memory_bytes = n_bytes

    def columns(self, schema: str, table: str) -> dict[str, str]:
        """Columns of a table and their types; empty when there is no such table."""
        try:
            relation = self.execute(f"from {quote(schema, table)} limit 0")
        except duckdb.CatalogException:
            return {}
        return {name: str(kind) for name, kind, *_ in relation.description or []}

    def note_table(self, schema: str, table: str) -> None:
        """Keep in mind that a load wrote this table; belongs into the transaction that does."""
        self.execute(
            f"insert into {INTERNAL_SCHEMA}.tables select $1, $2 "
            f"where not exists (from {INTERNAL_SCHEMA}.tables where schema_name = $1 and table_name = $2)",
            [schema, table],
        )

    def read_state(self, connection: str, stream: str) -> StreamState:
        """State of a stream; a new one when it was never loaded."""
        row = self.execute(
            f"select generation, n_syncs, n_records, state from {INTERNAL_SCHEMA}.states "
            "where connection = ? and stream = ?",
            [connection, stream],
        ).fetchone()
        if row is None:
            return StreamState()
        generation, n_syncs, n_records, state = row
        return StreamState(generation, n_syncs, n_records, json.loads(state) if state else None)

    def write_state(self, connection: str, stream: str, state: StreamState) -> None:
        """Replace the state of a stream; belongs into the transaction of the rows that it stands for."""
        self.execute(f"delete from {INTERNAL_SCHEMA}.states where connection = ? and stream = ?", [connection, stream])
        text = json.dumps(state.state, sort_keys=True) if state.state is not None else None
        self.execute(
            f"insert into {INTERNAL_SCHEMA}.states values (?, ?, ?, ?, ?, ?, ?)",
            [connection, stream, state.generation, state.n_syncs, state.n_records, text, self.now],
        )


def quote(*names: str) -> str:
    """Names as one quoted SQL identifier."""
    return ".".join('"' + name.replace('"', '""') + '"' for name in names)


_HOLDER = re.compile(r"held in (.+?) \(PID (\d+)\)")


def _reason(error: duckdb.Error) -> str:
    """Why the file does not open, in our words where somebody else has it."""
    text = str(error)
    if "lock on file" in text:
        holder = _HOLDER.search(text)
        who = f"process {holder[2]} ({Path(holder[1]).name})" if holder else "another process"
        return (
            f"{who} has it open, and DuckDB locks a file for one process while it is written. "
            "Wait until the other load has ended, or close what reads the file, and load again."
        )
    if "different configuration" in text:
        return "this process has it open already, with other settings. Close that connection and load again."
    return _first_line(error)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
