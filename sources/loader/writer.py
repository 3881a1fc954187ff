"""Writes one stream into its raw table: batches through Arrow, state and rows in one transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa

from benchmark.connection import StreamSpec
from sources.loader.column_types import EXTRACTED_AT, META, RAW_ID, Column, arrow_array
from sources.loader.errors import LoadError, RecordError
from sources.loader.merge import Merge
from sources.loader.raw_ids import raw_ids
from sources.loader.raw_tables import create_statement, evolve_table
from sources.loader.warehouse import StreamState, Warehouse, quote

_BATCH = "_lockgate_batch"
_ROW = "_lockgate_row"


class StreamWriter:
    """Takes records and checkpoints of one stream.

    - overwrite: table and rows become visible when `finish` commits; until then, and after a failure, the old table
      stands.
    - full refresh, append: the rows become visible when `finish` commits.
    - incremental: each checkpoint commits its rows together with its state. With append_dedup the rows since the last
      commit wait in a temporary table and are merged by primary key; large tables merge at fewer checkpoints.

    Args:
        warehouse: Open; the writer owns its transaction until `finish` or `abandon`.
        connection: Name of the connection; the schema is `raw_<connection>`.
        stream: Name, sync modes, cursor, key.
        columns: Columns of the stream, without the loader's own.
        batch_size: Records held in memory.
    """

    def __init__(
        self, warehouse: Warehouse, connection: str, stream: StreamSpec, columns: Sequence[Column], batch_size: int
    ) -> None:
        self.warehouse = warehouse
        self.connection = connection
        self.stream = stream
        self.columns = list(columns)
        self.undeclared: set[str] = set()
        self.n_received = 0
        self.n_committed = 0
        self._batch_size = batch_size
        self._buffer: list[Mapping[str, Any]] = []
        self._schema = f"raw_{connection}"
        self._target = quote(self._schema, stream.name)
        self._checkpoint: Mapping[str, Any] | None = None
        self._n_at_checkpoint = 0
        self._merge: Merge | None = None
        self._state = self._begin()

    def add(self, record: Mapping[str, Any]) -> None:
        """Take a record.

        Raises:
            RecordError: Some record of the batch does not fit; its `index` counts from the first record of this load.
        """
        self._buffer.append(record)
        self.n_received += 1
        if len(self._buffer) >= self._batch_size:
            self._flush()

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Everything up to here belongs to this state."""
        self._flush()
        self._checkpoint = state
        self._n_at_checkpoint = self.n_received
        is_due = self._merge is None or self.n_received - self.n_committed >= self._state.n_records // 8
        if self.stream.sync_mode == "incremental" and is_due:
            self._commit(self.n_received)
            self.warehouse.execute("begin transaction")

    def finish(self) -> None:
        """Commit everything."""
        self._flush()
        self._commit(self.n_received)

    def abandon(self) -> None:
        """Keep what the last checkpoint covers and give up the rest."""
        self._buffer.clear()
        is_covered = self._merge is not None and self._n_at_checkpoint > self.n_committed
        if self._merge is not None and is_covered and self.stream.sync_mode == "incremental":
            self._merge.forget_after(self._n_at_checkpoint)
            self._commit(self._n_at_checkpoint)
            return
        self.warehouse.rollback()

    def _begin(self) -> StreamState:
        """Open the transaction, make or fit the table, and say from which state to go on."""
        known = self.warehouse.read_state(self.connection, self.stream.name)
        exists = bool(self.warehouse.columns(self._schema, self.stream.name))
        self.warehouse.execute(f"create schema if not exists {quote(self._schema)}")
        is_new = self.stream.destination_sync_mode == "overwrite" or not exists
        if not is_new:
            self.columns = evolve_table(self.warehouse, self._schema, self.stream.name, self.columns)
        self.warehouse.execute("begin transaction")
        if is_new:
            self.warehouse.execute(create_statement(self._target, self.columns))
        if self.stream.destination_sync_mode == "append_dedup":
            self._merge = Merge(self.warehouse, self._target, self.columns, self.stream)
        n_syncs = known.n_syncs + 1
        if is_new:
            return StreamState(generation=known.generation + 1, n_syncs=n_syncs)
        return replace(known, n_syncs=n_syncs)

    def _commit(self, n_records: int) -> None:
        """Commit the first so many records of this load with the last checkpoint."""
        if self._merge is not None:
            self._merge.run()
        is_kept = self.stream.sync_mode == "incremental"
        state = self._checkpoint if is_kept else None
        self._state = self._state.advanced(n_records - self.n_committed, state)
        self.warehouse.write_state(self.connection, self.stream.name, self._state)
        self.warehouse.execute("commit")
        self.n_committed = n_records

    def _flush(self) -> None:
        if not self._buffer:
            return
        first = self.n_received - len(self._buffer)
        try:
            self._insert(self._arrow_table(first))
        except RecordError as error:
            raise RecordError(first + error.index, error.column, error.value, error.wanted) from error
        self._buffer.clear()

    def _arrow_table(self, first: int) -> pa.Table:
        """The buffered records; `first` is how many came before them in this load."""
        self.undeclared |= set().union(*self._buffer) - {column.name for column in self.columns}
        arrays = {c.name: arrow_array(c, [record.get(c.name) for record in self._buffer]) for c in self.columns}
        start = self._state.n_records - self.n_committed + first + 1
        ordinals = range(start, start + len(self._buffer))
        arrays[RAW_ID] = pa.array(raw_ids(self.connection, self.stream.name, self._state.generation, ordinals))
        arrays[_ROW] = pa.array(range(first + 1, first + 1 + len(self._buffer)), pa.int64())
        return pa.table(arrays)

    def _insert(self, batch: pa.Table) -> None:
        names = [column.name for column in self.columns]
        values = [f"cast({quote(column.name)} as {column.duckdb_type})" for column in self.columns]
        listed = [*map(quote, names), quote(RAW_ID), quote(EXTRACTED_AT), quote(META)]
        values += [quote(RAW_ID), "$now::timestamptz", "$meta::json"]
        target = self._target
        if self._merge is not None:
            target = self._merge.staged
            listed.append(quote(self._merge.ordinal))
            values.append(quote(_ROW))
        meta = json.dumps({"sync_id": self._state.n_syncs, "changes": []})
        self.warehouse.connection.register(_BATCH, batch)
        try:
            self.warehouse.connection.execute(
                f"insert into {target} ({', '.join(listed)}) select {', '.join(values)} from {_BATCH}",
                {"now": self.warehouse.now, "meta": meta},
            )
        except duckdb.Error as error:
            raise self._misfit(batch, error) from error
        finally:
            self.warehouse.connection.unregister(_BATCH)

    def _misfit(self, batch: pa.Table, error: duckdb.Error) -> LoadError:
        """Find the first record that cannot be cast; the transaction is void already, so ask another connection."""
        with duckdb.connect() as other:
            other.execute("set TimeZone = 'UTC'")
            other.register(_BATCH, batch)
            for column in self.columns:
                name = quote(column.name)
                row = other.execute(
                    f"select {name}, {_ROW} from {_BATCH} where {name} is not null "
                    f"and try_cast({name} as {column.duckdb_type}) is null order by {_ROW} limit 1"
                ).fetchone()
                if row is not None:
                    return RecordError(row[1] - batch[_ROW][0].as_py(), column.name, row[0], column.wanted)
        return LoadError(str(error).strip().splitlines()[0])
