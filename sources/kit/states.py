"""From everything that a generator knows to what a source system shows at an instant.

Columns that end in `__` are for generators only, and no system shows them. Three have a meaning:

- `arrives_at__`: when the row (or this version of it) is there; without it, the roles' `loaded_at`, a column
  `loaded_at`, or the roles' `event_time`. A table with none of them is there from the beginning; one of an extract
  comes with its parents.
- `version__`: number of a version of the row; of those that have arrived the greatest is shown. Needs a key.
- `deleted_at__`: from then on the row is gone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import all_of, quote
from benchmark.world_data import TableRoles
from sources.kit.arrow_tables import arrow_table
from sources.kit.errors import GeneratorError

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

ARRIVES, VERSION, DELETED = "arrives_at__", "version__", "deleted_at__"
HIDDEN_SUFFIX = "__"


def state_at(
    connection: "DuckDBPyConnection", table: str, roles: TableRoles, now: datetime, where: object = ""
) -> "pyarrow.Table":
    """The rows of a table that are there at an instant, in a fixed order; `arrives_at__` stays, if there is one.

    Args:
        connection: Has the table; its time zone is UTC.
        table: Its name.
        roles: What its columns are for.
        now: With a time zone.
        where: Where the table comes from, for messages; empty: its name.

    Raises:
        GeneratorError: A role names a column that the table does not have, or a time that is none.
    """
    where = where or table
    types = column_types(connection, table)
    check_roles(roles, types, where)
    shown = [column for column in types if not column.endswith(HIDDEN_SUFFIX)]
    if not shown:
        raise GeneratorError(where, "the table has no column that a source system could show.")
    conditions = []
    if arrival := arrival_column(roles, list(types)):
        conditions.append(f"{as_instant(arrival)} <= timestamptz '{now.isoformat()}'")
    source = f"select * from {quote(table)} where {all_of(conditions)}"
    if VERSION in types:
        if not roles.key:
            raise GeneratorError(where, f"the table has {VERSION} but no key; say data.{table}.key in world.yaml.")
        key = ", ".join(map(quote, roles.key))
        source += f" qualify row_number() over (partition by {key} order by {VERSION} desc) = 1"
    if DELETED in types:
        gone = f"{as_instant(DELETED)} <= timestamptz '{now.isoformat()}'"
        source = f"select * from ({source}) where not coalesce({gone}, false)"
    columns = ", ".join(map(quote, (*shown, *(name for name in (ARRIVES,) if name in types))))
    return arrow_table(connection.execute(f"select {columns} from ({source}) order by {order_of(roles, shown)}"))


def shown_columns(table: "pyarrow.Table") -> "pyarrow.Table":
    """A table without the columns that are for generators only."""
    return table.select([name for name in table.column_names if not name.endswith(HIDDEN_SUFFIX)])


def column_types(connection: "DuckDBPyConnection", table: str, schema: str = "") -> dict[str, str]:
    """Columns of a table or view -> DuckDB type, in order."""
    name = f"{quote(schema)}.{quote(table)}" if schema else quote(table)
    return {str(row[0]): str(row[1]) for row in connection.execute(f"describe {name}").fetchall()}


def check_roles(roles: TableRoles, types: dict[str, str], where: object) -> None:
    """Refuse roles that do not fit a table.

    Raises:
        GeneratorError: A column is not there, or a time is not a date or timestamp.
    """
    for column in roles.named_columns:
        if column not in types:
            raise GeneratorError(
                where, f"has no column '{column}', which its roles name (columns: {', '.join(types)})."
            )
    times = [column for column in (roles.event_time, roles.loaded_at, roles.updated_at) if column]
    for column in (*times, *(name for name in (ARRIVES, DELETED) if name in types)):
        if not types[column].startswith(("DATE", "TIMESTAMP")):
            raise GeneratorError(where, f"column '{column}' is {types[column]}, but must be a date or a timestamp.")


def arrival_column(roles: TableRoles, columns: Sequence[str]) -> str | None:
    """The column that says when a row is there; None: from the beginning."""
    if ARRIVES in columns:
        return ARRIVES
    return load_column(roles, columns) or roles.event_time


def load_column(roles: TableRoles, columns: Sequence[str]) -> str | None:
    """The column that says when a row came: the roles' `loaded_at`, or a column of that name."""
    return roles.loaded_at or ("loaded_at" if "loaded_at" in columns else None)


def update_column(roles: TableRoles, columns: Sequence[str]) -> str | None:
    """The column that says when a row was last written: the roles' `updated_at`, or a column of that name."""
    return roles.updated_at or ("updated_at" if "updated_at" in columns else None)


def as_instant(column: str) -> str:
    """SQL: a date or timestamp as an instant; without a time zone it means UTC."""
    return f"({quote(column)})::timestamptz"


def order_of(roles: TableRoles, columns: Sequence[str]) -> str:
    """SQL: the order of rows in a state: by the time of the last change, then by key, then by all columns."""
    first = [column for column in (update_column(roles, columns), *roles.key) if column and column in columns]
    return ", ".join(map(quote, dict.fromkeys((*first, *columns))))
