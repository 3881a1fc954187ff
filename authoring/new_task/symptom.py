"""What people see of a fault: rows of a table that people read, as they are shown and as they should be."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from benchmark.duckdb_sql import literal, quote
from benchmark.tables import TableSpec

_N_EXAMPLES = 3


class Symptom(NamedTuple):
    """How a table differs from what it should be."""

    table: str
    n_rows: int
    """That it should have."""
    n_changed: int
    n_missing: int
    n_extra: int
    examples: str
    """A Markdown table: the key, the column, what is shown, what is right."""

    @property
    def sentence(self) -> str:
        """The difference in figures."""
        parts = [
            f"{n} rows {text}"
            for n, text in (
                (self.n_changed, "have wrong values"),
                (self.n_missing, "are missing"),
                (self.n_extra, "should not be there"),
            )
            if n
        ]
        return f"Of {self.n_rows} rows that there should be, {', '.join(parts)}." if parts else ""


def find_symptom(table: str, spec: TableSpec, gold: Path, output: Path) -> Symptom:
    """Compare a table with what it should be, by its key.

    Args:
        table: `schema.table`, with a key.
        spec: Its key and columns.
        gold: Parquet file of the right one.
        output: Parquet file of what is shown.
    """
    import duckdb

    values = [column for column in spec.columns if column not in spec.key]
    on = " and ".join(f"g.{quote(column)} is not distinct from o.{quote(column)}" for column in spec.key)
    key = ", ".join(f"coalesce(g.{quote(column)}, o.{quote(column)})::varchar" for column in spec.key)
    is_changed = " or ".join(f"g.{quote(column)} is distinct from o.{quote(column)}" for column in values) or "false"
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, path in (("g", gold), ("o", output)):
            connection.execute(f"create table {name} as select *, true as here__ from {literal(str(path))}")
        joined = f"from g full join o on {on}"
        counted = connection.execute(
            "select count(g.here__), count_if(g.here__ and o.here__ and "
            f"({is_changed})), count_if(o.here__ is null), count_if(g.here__ is null) {joined}"
        ).fetchone()
        rows: list[tuple[str, ...]] = []
        for column in values:
            name = quote(column)
            shown = f"case when o.here__ then coalesce(o.{name}::varchar, 'nothing') else 'no row' end"
            right = f"case when g.here__ then coalesce(g.{name}::varchar, 'nothing') else 'no row' end"
            rows += connection.execute(
                f"select {key}, {literal(column)}, {shown}, {right} {joined} "
                f"where g.{name} is distinct from o.{name} order by all limit {_N_EXAMPLES}"
            ).fetchall()
    assert counted is not None
    chosen = sorted(rows, key=lambda row: (row[: len(spec.key)], row))[:_N_EXAMPLES]
    head = [*(f"`{column}`" for column in spec.key), "column", "shown", "right"]
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join([*row[:-3], f'`{row[-3]}`', *row[-2:]])} |" for row in chosen]
    n_rows, n_changed, n_missing, n_extra = map(int, counted)
    return Symptom(table, n_rows, n_changed, n_missing, n_extra, "\n".join(lines))
