"""Making and changing the tables that a load writes."""

from collections.abc import Sequence

from sources.loader.column_types import META_COLUMNS, Column
from sources.loader.errors import LoadError
from sources.loader.warehouse import Warehouse, quote

# A table keeps its type where that holds the new values without loss; it is widened where the new type holds the old.
_HOLDS = {
    "VARCHAR": {"BIGINT", "DOUBLE", "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "JSON"},
    "DOUBLE": {"BIGINT"},
    "TIMESTAMP": {"DATE"},
}


def create_statement(target: str, columns: Sequence[Column], *, kind: str = "table") -> str:
    """SQL that makes a table with the columns of a stream and the loader's own; target is quoted."""
    listed = [f"{quote(column.name)} {column.duckdb_type}" for column in columns]
    listed += [f"{quote(name)} {duckdb_type}" for name, duckdb_type in META_COLUMNS.items()]
    return f"create or replace {kind} {target} ({', '.join(listed)})"


def evolve_table(warehouse: Warehouse, schema: str, table: str, columns: Sequence[Column]) -> list[Column]:
    """Fit an existing table to a stream's columns, each change committed at once.

    New columns are added (NULL in the rows that are there); columns that the source has lost stay. A type is widened
    where no value changes.

    Returns:
        The stream's columns with the types that the table has now.

    Raises:
        LoadError: A type changed so that old and new values do not fit one column.
    """
    existing = {name.lower(): (name, kind) for name, kind in warehouse.columns(schema, table).items()}
    target = quote(schema, table)
    fitted = []
    for name, kind in META_COLUMNS.items():
        if name not in existing:
            warehouse.execute(f"alter table {target} add column {quote(name)} {kind}")
    for column in columns:
        if column.name.lower() not in existing:
            warehouse.execute(f"alter table {target} add column {quote(column.name)} {column.duckdb_type}")
            fitted.append(column)
            continue
        name, kind = existing[column.name.lower()]
        if column.duckdb_type == kind or column.duckdb_type in _HOLDS.get(kind, ()):
            fitted.append(Column(column.name, kind))
        elif kind in _HOLDS.get(column.duckdb_type, ()) and column.duckdb_type != "VARCHAR":
            warehouse.execute(f"alter table {target} alter column {quote(name)} type {column.duckdb_type}")
            fitted.append(column)
        else:
            raise LoadError(
                f"column '{column.name}' of {schema}.{table} is {kind}, and the source now says {column.duckdb_type}. "
                "Drop the table (the next load reads everything again) or load the stream with full_refresh, overwrite."
            )
    return fitted
