"""How a table differs from what it should be: rows, columns, days, and what the wrong rows have in common."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from benchmark.duckdb_sql import literal, quote
from benchmark.tables import TableSpec

if TYPE_CHECKING:
    import duckdb

_N_EXAMPLES = 3
_N_WRONG_COLUMNS = 3
"""Of an example."""
_MAX_GROUPS = 12
"""Distinct values of a column by which rows are grouped."""
_FEW = 0.7
"""Share of all rows that a value may have, for it to say something that all wrong rows have it."""
_CHANCE = 0.01
"""Probability with which that would be chance, at most."""
_TOLERANCE = 1e-9
"""Of floating-point numbers, relative to the larger one."""

_OF_SOURCE = re.compile("updated|recorded|loaded|published")
"""Names of times at which a source wrote something; they tell nothing of when a thing happened."""


class Counts(NamedTuple):
    """Rows of a table that are wrong."""

    n_rows: int
    """Rows that there should be."""
    n_changed: int
    n_missing: int
    n_extra: int
    """Those that are there more often than once, too."""

    @property
    def n_wrong(self) -> int:
        """All of them."""
        return self.n_changed + self.n_missing + self.n_extra

    @property
    def share(self) -> float:
        """Wrong rows per row that there should be; more than 1 where many are there that should not be."""
        return self.n_wrong / max(1, self.n_rows)


class WrongColumn(NamedTuple):
    """A column that is wrong in rows that are there and should be."""

    name: str
    type: str
    """DuckDB's."""
    n_rows: int
    n_higher: int
    """Rows in which it shows more than it should; numbers, dates and times."""
    n_lower: int
    n_empty: int
    """Rows in which it shows nothing and should show something."""
    n_filled: int
    """Rows in which it shows something and should show nothing."""


class Example(NamedTuple):
    """A wrong row."""

    key: Mapping[str, object]
    shown: Mapping[str, object]
    """Wrong column -> its value; empty where the row is not there."""
    right: Mapping[str, object]
    """The same as it should be; empty where the row should not be there."""


class Shared(NamedTuple):
    """A value that all wrong rows have, and most others have not."""

    column: str
    value: object


class TableDifference(NamedTuple):
    """Everything about a table that is wrong."""

    table: str
    counts: Counts
    columns: tuple[WrongColumn, ...]
    """Most rows first."""
    examples: tuple[Example, ...]
    shared: tuple[Shared, ...]
    day_column: str
    """A day or time that tells when; empty = the table has none."""
    first_day: object
    """Of the wrong rows."""
    last_day: object
    first_day_of_all: object
    """Of the rows that there should be."""
    last_day_of_all: object
    fingerprint: str
    """Same for two breaks that make the same rows wrong in the same columns."""


def count_differences(connection: duckdb.DuckDBPyConnection, right: str, shown: str, spec: TableSpec) -> Counts:
    """Count wrong rows by the key.

    Args:
        connection: To a database that holds both.
        right: The table as it should be, quoted.
        shown: The table as it is, quoted.
        spec: Its key and columns.
    """
    types = _types(connection, right)
    values = [column for column in spec.columns if column not in spec.key]
    is_wrong = " or ".join(_differs(column, types[column.lower()]) for column in values) or "false"
    found = connection.execute(
        f"select (select count(*) from {right}), count_if(g.here__ and o.here__ and ({is_wrong})), "
        f"count_if(o.here__ is null), count_if(g.here__ is null) {_joined(right, shown, spec)}"
    ).fetchone()
    key = ", ".join(quote(column) for column in spec.key)
    twice = connection.execute(
        f"select (select count(*) from {shown}) - (select count(*) from (select distinct {key} from {shown}))"
    ).fetchone()
    assert found is not None
    assert twice is not None
    n_rows, n_changed, n_missing, n_extra = (int(n or 0) for n in found)
    return Counts(n_rows, n_changed, n_missing, n_extra + int(twice[0]))


def describe_difference(table: str, spec: TableSpec, right: Path, shown: Path) -> TableDifference:
    """Say how a table differs.

    Args:
        table: `schema.table`, with a key.
        spec: Its key and columns.
        right: Parquet file of the table as it should be.
        shown: Parquet file of the table as it is.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'; set threads = 1")
        for name, path in (("right_rows", right), ("shown_rows", shown)):
            connection.execute(f"create table {name} as from {literal(str(path))}")
        return _Description(connection, table, spec).result()


class _Description:
    """The queries behind a description."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, table: str, spec: TableSpec) -> None:
        self._connection = connection
        self._table = table
        self._spec = spec
        self._types = _types(connection, "right_rows")
        self._values = [column for column in spec.columns if column not in spec.key]
        both = [f"g.{quote(c)} as {quote('g_' + c)}, o.{quote(c)} as {quote('o_' + c)}" for c in spec.columns]
        flags = [f"({_differs(c, self._types[c.lower()])}) as {quote('is_' + c)}" for c in self._values]
        connection.execute(
            "create table pairs as select coalesce(g.here__, false) as is_right, coalesce(o.here__, false) as "
            "is_shown, "
            f"{', '.join([*both, *flags])} {_joined('right_rows', 'shown_rows', spec)}"
        )
        any_flag = " or ".join(quote("is_" + c) for c in self._values) or "false"
        connection.execute(
            f"create table wrong as from pairs where not (is_right and is_shown) or ({any_flag}) order by all"
        )

    def result(self) -> TableDifference:
        counts = count_differences(self._connection, "right_rows", "shown_rows", self._spec)
        columns = tuple(sorted(self._columns(), key=lambda column: (-column.n_rows, column.name)))
        day = self._day_column()
        days = self._days(day) if day else (None, None, None, None)
        examples, fingerprint = self._examples(columns), self._fingerprint(columns)
        return TableDifference(
            self._table, counts, columns, examples, self._shared(), day, *days, fingerprint
        )  # fmt: skip

    def _row(self, sql: str) -> tuple[object, ...]:
        found = self._connection.execute(sql).fetchone()
        assert found is not None
        return tuple(found)

    def _columns(self) -> list[WrongColumn]:
        found = []
        for column in self._values:
            kind = self._types[column.lower()]
            g, o = quote("g_" + column), quote("o_" + column)
            is_ordered = not kind.startswith(("VARCHAR", "BOOLEAN", "STRUCT", "JSON", "UUID")) and not kind.endswith(
                "]"
            )
            higher, lower = (f"count_if({o} > {g})", f"count_if({o} < {g})") if is_ordered else ("0", "0")
            row = self._row(
                f"select count(*), {higher}, {lower}, count_if({o} is null), count_if({g} is null) "
                f"from wrong where is_right and is_shown and {quote('is_' + column)}"
            )
            if row[0]:
                found.append(WrongColumn(column, kind, *(int(str(n or 0)) for n in row)))
        return found

    def _examples(self, columns: tuple[WrongColumn, ...]) -> tuple[Example, ...]:
        """From the beginning, the middle and the end of the wrong rows; rows that are there before others.

        A row is shown with those of the three columns in which most rows are wrong; with others where it is right in
        them.
        """
        every = [column.name for column in columns]
        names = [*self._spec.key, *every]
        sides = [f"{quote('g_' + c)}, {quote('o_' + c)}" for c in names]
        flags = [quote("is_" + c) for c in every]
        rows = self._connection.execute(
            f"select {', '.join(['is_right', 'is_shown', *sides, *flags])} from wrong order by {self._key()}"
        ).fetchall()
        whole = [row for row in rows if row[0] and row[1]]
        rest = [row for row in rows if not (row[0] and row[1])]
        n_values = 2 + 2 * len(names)
        found = []
        for row in [*_spread(whole, _N_EXAMPLES), *_spread(rest, 2 if whole else _N_EXAMPLES)]:
            right = dict(zip(names, row[2:n_values:2], strict=True))
            own = dict(zip(names, row[3:n_values:2], strict=True))
            key = {c: (right if row[0] else own)[c] for c in self._spec.key}
            if row[0] and row[1]:
                off = [c for c, is_wrong in zip(every, row[n_values:], strict=True) if is_wrong]
                wrong = [c for c in off if c in every[:_N_WRONG_COLUMNS]] or off[:_N_WRONG_COLUMNS]
                found.append(Example(key, {c: own[c] for c in wrong}, {c: right[c] for c in wrong}))
            else:
                found.append(Example(key, {} if row[0] else key, key if row[0] else {}))
        return tuple(found)

    def _shared(self) -> tuple[Shared, ...]:
        """Values of columns with few values that all wrong rows have."""
        found = []
        for column in self._spec.columns:
            if not self._types[column.lower()].startswith(("VARCHAR", "BOOLEAN")):
                continue
            g = f"coalesce({quote('g_' + column)}, {quote('o_' + column)})"
            n_all, n_values = self._row(f"select count(*), count(distinct {g}) from pairs")
            row = self._row(f"select count(distinct {g}), min({g}), count({g}), count(*) from wrong")
            is_same = "true" if column in self._spec.key else f"not bool_or({quote('is_' + column)})"
            (is_steady,) = self._row(f"select coalesce({is_same}, true) from wrong")
            if row[0] != 1 or row[2] != row[3] or not is_steady or not 1 < int(str(n_values)) <= _MAX_GROUPS:
                continue
            (n_with,) = self._row(f"select count_if({g} = {literal(str(row[1]))}) from pairs")
            share = int(str(n_with)) / int(str(n_all))
            if share <= _FEW and share ** int(str(row[3])) <= _CHANCE:
                found.append(Shared(column, row[1]))
        return tuple(found)

    def _day_column(self) -> str:
        """A day of the key, else the first day or time that is right everywhere."""
        dated = [
            c
            for c in self._spec.columns
            if self._types[c.lower()].startswith(("DATE", "TIMESTAMP")) and not _OF_SOURCE.search(c)
        ]
        for column in sorted(dated, key=lambda c: (c not in self._spec.key, not c.endswith(("_date", "_day", "_on")))):
            if column in self._spec.key:
                return column
            (is_wrong,) = self._row(f"select coalesce(bool_or({quote('is_' + column)}), false) from wrong")
            if not is_wrong:
                return column
        return ""

    def _days(self, column: str) -> tuple[object, object, object, object]:
        value = f"coalesce({quote('g_' + column)}, {quote('o_' + column)})::date"
        wrong = self._row(f"select min({value}), max({value}) from wrong")
        every = self._row(f"select min({value}), max({value}) from pairs where is_right")
        return wrong[0], wrong[1], every[0], every[1]

    def _key(self) -> str:
        return ", ".join(f"coalesce({quote('g_' + c)}, {quote('o_' + c)})" for c in self._spec.key)

    def _fingerprint(self, columns: tuple[WrongColumn, ...]) -> str:
        rows = self._connection.execute(f"select {self._key()} from wrong order by all").fetchall()
        text = repr((self._table, sorted(column.name for column in columns), rows))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def _spread(rows: list[tuple[object, ...]], n: int) -> list[tuple[object, ...]]:
    """Some of the rows, evenly over all."""
    if len(rows) <= n:
        return rows
    return [rows[(2 * place + 1) * len(rows) // (2 * n)] for place in range(n)]


def _types(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    return {str(row[0]).lower(): str(row[1]) for row in connection.execute(f"describe {relation}").fetchall()}


def _differs(column: str, kind: str) -> str:
    g, o = f"g.{quote(column)}", f"o.{quote(column)}"
    if kind in ("DOUBLE", "FLOAT"):
        near = f"abs({g} - {o}) <= {_TOLERANCE} * greatest(abs({g}), abs({o}))"
        return f"({g} is distinct from {o} and not coalesce({near}, false))"
    return f"{g} is distinct from {o}"


def _joined(right: str, shown: str, spec: TableSpec) -> str:
    on = " and ".join(f"g.{quote(column)} is not distinct from o.{quote(column)}" for column in spec.key)
    return (
        f"from (select *, true as here__ from {right}) as g "
        f"full join (select *, true as here__ from {shown}) as o on {on}"
    )
