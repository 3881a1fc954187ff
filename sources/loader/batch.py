"""One batch of records on its way into a raw table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from sources.loader.arrow_values import ColumnValues
from sources.loader.column_types import Column
from sources.loader.conversions import DATES, from_text, from_typed
from sources.loader.errors import LoadError, RecordError
from sources.loader.warehouse import Warehouse
from sources.loader.widening import UNBOUNDED, Facts, facts_query, fits_plainly, is_wrong

_CHECKED = (UNBOUNDED, *DATES)
"""Types in whose texts a value may stand that the type does not hold."""


class Batch:
    """Records by column, which queries see as the table `name`.

    DuckDB keeps what was registered in a transaction until its end, so each query is given a reader that holds nothing
    once it is read; a table would stay in memory.

    Args:
        warehouse: Inside a transaction.
        columns: What the stream declares.
        values: One for each column.
        raw_ids: One for each record.
        first_row: Number of the first record in this load, from 1.
    """

    name = "_lockgate_batch"
    raw_id = "raw_id"
    row = "record"

    def __init__(
        self,
        warehouse: Warehouse,
        columns: Sequence[Column],
        values: Sequence[ColumnValues],
        raw_ids: pa.Array,
        first_row: int,
    ) -> None:
        self._warehouse = warehouse
        self._columns = columns
        self._values = values
        arrays = {f"c{place}": column.array for place, column in enumerate(values)}
        rows = pa.array(np.arange(first_row, first_row + len(raw_ids)))
        self._table = pa.table({**arrays, self.raw_id: raw_ids, self.row: rows})

    @property
    def n_bytes(self) -> int:
        """Bytes that the batch takes in memory."""
        return int(self._table.nbytes)

    def query(
        self, connection: duckdb.DuckDBPyConnection, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """Run one statement that reads the batch once."""
        reader = pa.RecordBatchReader.from_batches(self._table.schema, iter(self._table.to_batches()))
        connection.register(self.name, reader)
        try:
            return connection.execute(statement, dict(parameters or {})).fetchall()
        finally:
            connection.unregister(self.name)

    def facts(self, columns: Sequence[Column]) -> dict[int, Facts]:
        """What the values need, by position of the column, where they may not fit the type that the table has.

        Raises:
            RecordError: A value is none of its own type; its index counts from the beginning of the batch.
        """
        misfits = [
            place
            for place, (column, values) in enumerate(zip(columns, self._values, strict=True))
            if self._may_misfit(column, values)
        ]
        queries = {
            place: facts_query(f"c{place}", self._values[place].kind, is_text=self._values[place].is_text)
            for place in self._in_doubt(columns, misfits)
        }
        if not queries:
            return {}
        [row] = self.query(self._warehouse.connection, f"select {', '.join(queries.values())} from {self.name}")
        found = {place: Facts(**facts) for place, facts in zip(queries, row, strict=True)}
        for place, facts in found.items():
            if facts.n_wrong and columns[place].duckdb_type != "VARCHAR":
                raise self._wrong_value(self._warehouse.connection, place) or LoadError(f"a value is no {facts.kind}")
        return found

    def _may_misfit(self, column: Column, values: ColumnValues) -> bool:
        if values.array.null_count == len(values.array):
            return False
        return values.kind != column.duckdb_type or (values.is_text and values.kind.startswith(_CHECKED))

    def _in_doubt(self, columns: Sequence[Column], misfits: Sequence[int]) -> list[int]:
        """Those of the columns whose texts do not all plainly fit the type that the table has."""
        conditions = {
            place: condition
            for place in misfits
            if self._values[place].kind == columns[place].duckdb_type
            and (condition := fits_plainly(f"c{place}", columns[place].duckdb_type))
        }
        if not conditions:
            return list(misfits)
        checks = ", ".join(f"coalesce(bool_and({condition}), true)" for condition in conditions.values())
        [row] = self.query(self._warehouse.connection, f"select {checks} from {self.name}")
        plain = {place for place, is_plain in zip(conditions, row, strict=True) if is_plain}
        return [place for place in misfits if place not in plain]

    def expressions(self, columns: Sequence[Column]) -> list[str]:
        """SQL of each value in the type that the table has."""
        return [
            (from_text if values.is_text else from_typed)(f"c{place}", values.kind, column.duckdb_type)
            for place, (column, values) in enumerate(zip(columns, self._values, strict=True))
        ]

    def insert(self, statement: str, parameters: Mapping[str, Any]) -> None:
        """Run the statement that writes the batch.

        Raises:
            RecordError: A value that DuckDB does not take; its index counts from the beginning of the batch.
        """
        try:
            self.query(self._warehouse.connection, statement, parameters)
        except duckdb.Error as error:
            raise self._explained(error) from error

    def _explained(self, error: duckdb.Error) -> LoadError:
        """Find the first record that cannot be cast; the transaction is void already, so ask another connection."""
        with duckdb.connect() as other:
            other.execute("set TimeZone = 'UTC'")
            for place, values in enumerate(self._values):
                if values.is_text and values.kind != "VARCHAR" and (found := self._wrong_value(other, place)):
                    return found
        return LoadError(str(error).strip().splitlines()[0])

    def _wrong_value(self, connection: duckdb.DuckDBPyConnection, place: int) -> RecordError | None:
        column, kind = self._columns[place], self._values[place].kind
        condition = is_wrong(f"c{place}", kind)
        rows = self.query(
            connection, f"select record, c{place} from {self.name} where {condition} order by record limit 1"
        )
        if not rows:
            return None
        [(record, value)] = rows
        return RecordError(record - self._table[self.row][0].as_py(), column.field, value, column.wanted)
