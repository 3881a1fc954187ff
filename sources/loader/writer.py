"""Writes one stream into its raw table: batches through Arrow, state and rows in one transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa

from benchmark.connection import StreamSpec
from sources.connectors.record_batch import ArrowValues, Values
from sources.connectors.record_size import size_bytes
from sources.loader.arrow_values import arrow_values, no_values
from sources.loader.batch import Batch
from sources.loader.column_types import EXTRACTED_AT, META, RAW_ID, Column
from sources.loader.conversions import is_number
from sources.loader.errors import located
from sources.loader.merge import Merge
from sources.loader.raw_ids import raw_ids
from sources.loader.raw_tables import add_columns, change_type, column_facts, create_statement, fit_to_table
from sources.loader.redelivered import files_read, forget_old_rows
from sources.loader.row_group import OpenRowGroup
from sources.loader.stages import ORDINAL, STAGED, AppendOnce, Stage
from sources.loader.warehouse import StreamState, Warehouse, quote
from sources.loader.widening import common_type, holds


class StreamWriter:
    """Takes records and checkpoints of one stream.

    - overwrite: table and rows become visible when `finish` commits; until then, and after a failure, the old table
      stands.
    - full refresh, append: the rows become visible when `finish` commits.
    - incremental: each checkpoint commits its rows together with its state. With append_dedup the rows since the last
      commit wait in a temporary table and are merged by primary key; large tables merge at fewer checkpoints.

    A column whose new values do not fit its type is widened before they are written.

    Args:
        warehouse: Open; the writer owns its transaction until `finish` or `abandon`.
        connection: Name of the connection.
        schema: Where the raw table lies.
        stream: Name, sync modes, cursor, key.
        columns: Columns of the stream, without the loader's own.
        batch_size: Records held in memory at most.
        batch_bytes: Bytes of records held in memory, about; one record more may come on top.
        is_ordered: The source gives rows in the order of their cursor, and first those again that it gave at the end of
            the load before.
        row_key: Fields that name a record in a message.
    """

    def __init__(
        self,
        warehouse: Warehouse,
        connection: str,
        schema: str,
        stream: StreamSpec,
        columns: Sequence[Column],
        batch_size: int,
        *,
        batch_bytes: int = 16 * 2**20,
        is_ordered: bool = False,
        row_key: Sequence[str] = (),
    ) -> None:
        self.warehouse = warehouse
        self.connection = connection
        self.stream = stream
        self.columns = list(columns)
        self.undeclared: set[str] = set()
        self.n_received = 0
        self.n_committed = 0
        self._declared = list(columns)
        self._batch_size = batch_size
        self._batch_bytes = batch_bytes
        self._is_ordered = is_ordered
        self._row_key = tuple(row_key) or stream.primary_key
        self._buffer: list[Mapping[str, Any]] = []
        self._arrays: list[Mapping[str, ArrowValues]] = []
        """What came by column and waits, as one kind of array for each field; it or the buffer is empty."""
        self._n_buffered = 0
        self._n_buffered_bytes = 0
        self._open_row_group = OpenRowGroup()
        self._schema = schema
        self._target = quote(self._schema, stream.name)
        self._settled: set[str] = set()
        """Columns that are known to hold a value."""
        self._checkpoint: Mapping[str, Any] | None = None
        self._n_at_checkpoint = 0
        self._stage: Stage | None = None
        self._state = self._begin()

    def add(self, record: Mapping[str, Any]) -> None:
        """Take a record.

        Raises:
            RecordError: Some record of the batch does not fit; its `index` counts from the first record of this load.
        """
        if self._arrays:
            self._flush()
        self._buffer.append(record)
        self._received(1, size_bytes(record))

    def add_columns(self, columns: Mapping[str, Values], n_rows: int) -> None:
        """Take many records at once. Small ones wait for more, as an object store has a file for every hour.

        Args:
            columns: By field; one that is missing is NULL. Arrays hold what the column's type says, or its text.
            n_rows: How many records.

        Raises:
            RecordError: As `add`.
        """
        arrays = {field: values for field, values in columns.items() if isinstance(values, pa.Array | pa.ChunkedArray)}
        is_like_the_last = bool(self._arrays) and _types(arrays) == _types(self._arrays[-1])
        if len(arrays) < len(columns) or not is_like_the_last:
            self._flush()
        if len(arrays) < len(columns):
            self.n_received += n_rows
            self._write(columns, n_rows)
            return
        self._arrays.append(arrays)
        self._received(n_rows, sum(values.nbytes for values in arrays.values()))

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Everything up to here belongs to this state."""
        self._flush()
        self._checkpoint = state
        self._n_at_checkpoint = self.n_received
        waits = isinstance(self._stage, Merge) and self.n_received - self.n_committed < self._state.n_records // 8
        if self.stream.sync_mode == "incremental" and not waits:
            self._commit(self.n_received)
            self.warehouse.execute("begin transaction")

    def finish(self) -> None:
        """Write what is buffered and commit all records of this load."""
        self._flush()
        self._commit(self.n_received)

    def abandon(self) -> None:
        """Keep what the last checkpoint covers and give up the rest."""
        self._take_buffered()
        is_covered = self._stage is not None and self._n_at_checkpoint > self.n_committed
        if self._stage is not None and is_covered and self.stream.sync_mode == "incremental":
            self._stage.forget_after(self._n_at_checkpoint)
            self._commit(self._n_at_checkpoint)
            return
        self.warehouse.rollback()

    def _begin(self) -> StreamState:
        """Open the transaction, make or fit the table, and say from which state to go on."""
        known = self.warehouse.read_state(self.connection, self.stream.name)
        existing = self.warehouse.columns(self._schema, self.stream.name)
        self.warehouse.execute(f"create schema if not exists {quote(self._schema)}")
        is_new = self.stream.destination_sync_mode == "overwrite" or not existing
        self.warehouse.execute("begin transaction")
        if is_new:
            self.warehouse.execute(create_statement(self._target, self._declared))
        else:
            add_columns(self.warehouse, self._target, self._declared, existing)
        self.warehouse.note_table(self._schema, self.stream.name)
        self.columns = fit_to_table(self._declared, {} if is_new else existing)
        self._stage = self._make_stage(is_new)
        state = StreamState(known.generation + 1) if is_new else known
        return replace(state, n_syncs=known.n_syncs + 1)

    def _make_stage(self, is_new: bool) -> Stage | None:
        if self.stream.destination_sync_mode == "append_dedup":
            names = {column.field: column.name for column in self.columns}
            return Merge(
                self.warehouse,
                self._target,
                self.columns,
                key=[names[field] for field in self.stream.primary_key],
                cursor=names[self.stream.cursor_field] if self.stream.cursor_field else None,
                is_ordered=self._is_ordered,
            )
        if self._is_ordered and self.stream.sync_mode == "incremental" and not is_new:
            return AppendOnce(self.warehouse, self._target, self.columns)
        return None

    def _commit(self, n_records: int) -> None:
        """Commit the first so many records of this load with the last checkpoint."""
        if isinstance(self._stage, Merge) and self.stream.pattern is not None:
            before = self._state.state if self.stream.sync_mode == "incremental" else None
            files = files_read(before, self._checkpoint)
            forget_old_rows(self.warehouse, self._target, self.stream.primary_key, files)
        if self._stage is not None and n_records > self.n_committed:
            self._stage.run()
        if isinstance(self._stage, AppendOnce):
            self._stage = None  # what comes now is new
        is_kept = self.stream.sync_mode == "incremental"
        state = self._checkpoint if is_kept else None
        self._state = self._state.advanced(n_records - self.n_committed, state)
        self.warehouse.write_state(self.connection, self.stream.name, self._state)
        self.warehouse.commit(self._open_row_group.n_bytes)
        self._open_row_group = OpenRowGroup()
        self.n_committed = n_records

    def _received(self, n_rows: int, n_bytes: int) -> None:
        """Count what was put into the buffer, and write all of it where it is enough."""
        self.n_received += n_rows
        self._n_buffered += n_rows
        self._n_buffered_bytes += n_bytes
        if self._n_buffered >= self._batch_size or self._n_buffered_bytes >= self._batch_bytes:
            self._flush()

    def _flush(self) -> None:
        if self._buffer or self._arrays:
            self._write(*self._take_buffered())

    def _take_buffered(self) -> tuple[Mapping[str, Values], int]:
        """Empty the buffer: its records by column, and how many there are."""
        records, self._buffer = self._buffer, []
        arrays, self._arrays = self._arrays, []
        n_rows, self._n_buffered, self._n_buffered_bytes = self._n_buffered, 0, 0
        if arrays:
            return {field: _joined([some[field] for some in arrays]) for field in arrays[0]}, n_rows
        fields = set().union(*records)
        return {field: [record.get(field) for record in records] for field in fields}, n_rows

    def _write(self, columns: Mapping[str, Values], n_rows: int) -> None:
        """Write a batch, the last `n_rows` of those received."""
        self.undeclared |= columns.keys() - {column.field for column in self._declared}
        first = self.n_received - n_rows
        start = self._state.n_records - self.n_committed + first + 1
        ids = raw_ids(self.connection, self.stream.name, self._state.generation, start, n_rows)
        with located(first, lambda index: _key(columns, self._row_key, index)):
            values = [
                arrow_values(column, columns[column.field]) if column.field in columns else no_values(column, n_rows)
                for column in self._declared
            ]
            batch = Batch(self.warehouse, self._declared, values, ids, first + 1)
            self._open_row_group.add(n_rows, batch.n_bytes)
            self.warehouse.make_room(self._open_row_group.n_bytes)
            self._widen(batch)
            self._insert(batch)

    def _widen(self, batch: Batch) -> None:
        """Give each column a type that holds the batch, too."""
        for place, facts in batch.facts(self.columns).items():
            column = self.columns[place]
            is_held = holds(column.duckdb_type, facts)
            is_text_of_nothing = column.duckdb_type == "VARCHAR" != facts.kind and column.name not in self._settled
            if is_held and not is_text_of_nothing:
                continue
            tables = [self._target, *([STAGED] if self._stage else [])]
            known = column_facts(self.warehouse, tables, column)
            self._settled.add(column.name)
            kind = column.duckdb_type if is_held and known.n_values else common_type(known, facts)
            if kind == column.duckdb_type:
                continue
            for table in tables:
                change_type(self.warehouse, table, column, kind, is_trimmed=is_number(facts.kind))
            self.columns[place] = replace(column, duckdb_type=kind)

    def _insert(self, batch: Batch) -> None:
        names = [quote(column.name) for column in self.columns]
        listed = [*names, quote(RAW_ID), quote(EXTRACTED_AT), quote(META)]
        meta = json.dumps({"sync_id": self._state.n_syncs, "changes": []})
        selected = [*batch.expressions(self.columns), batch.raw_id, "$now::timestamptz", "$meta::json"]
        target = self._target
        if self._stage is not None:
            target = STAGED
            listed.append(ORDINAL)
            selected.append(batch.row)
        batch.insert(
            f"insert into {target} ({', '.join(listed)}) select {', '.join(selected)} from {batch.name}",
            {"now": self.warehouse.now, "meta": meta},
        )


def _types(columns: Mapping[str, ArrowValues]) -> dict[str, pa.DataType]:
    return {field: values.type for field, values in columns.items()}


def _joined(parts: Sequence[ArrowValues]) -> pa.ChunkedArray:
    """The values of arrays of one type, one after the other."""
    chunks = [chunk for part in parts for chunk in (part.chunks if isinstance(part, pa.ChunkedArray) else [part])]
    return pa.chunked_array(chunks, parts[0].type)


def _key(columns: Mapping[str, Values], fields: Sequence[str], index: int) -> dict[str, Any]:
    """Values of some fields of one record."""
    found = {field: columns[field][index] for field in fields if field in columns}
    return {field: value.as_py() if isinstance(value, pa.Scalar) else value for field, value in found.items()}
