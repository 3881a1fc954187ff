"""The generated tables behind what the source systems show, and a query over one of them as it is shown."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import quote
from benchmark.incident_options import IncidentOptions
from benchmark.spelling import allowed_names
from benchmark.world_data import TableRoles
from sources.kit.arrow_tables import arrow_table
from sources.kit.draws import create_draws, draw_for
from sources.kit.errors import GeneratorError, duckdb_message
from sources.kit.states import column_types

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection


@dataclass(frozen=True)
class SourceTables:
    """The generated tables behind what the source systems show."""

    generated: Mapping[str, str]
    """`<system>.<table>`, of a folder `<system>.<stream>` -> generated table."""
    roles: Mapping[str, TableRoles]
    """Generated table -> what its columns are for."""

    @property
    def parents(self) -> frozenset[str]:
        """Generated tables that others point to."""
        targets = (target for roles in self.roles.values() for target in roles.parents.values())
        return frozenset(target.partition(".")[0] for target in targets)

    def behind(self, system: str, table: str) -> str:
        """The generated table; of files that are not declared, what they are a delivery of."""
        return self.generated.get(f"{system}.{table}", table)

    def roles_of(self, table: str) -> TableRoles:
        """Of a generated table."""
        return self.roles.get(table, TableRoles())

    def check(self, options: IncidentOptions) -> None:
        """Refuse options that name a table that no system shows and no role describes.

        Raises:
            GeneratorError: One does.
        """
        known = {*self.generated.values(), *self.roles}
        for option, table in options.named_tables():
            if table not in known:
                raise GeneratorError(
                    f"incidents.{option} in world.yaml",
                    f"there is no generated table '{table}'; {allowed_names(table, known)}.",
                )


def changed(
    table: "pyarrow.Table",
    generated: str,
    seed: int,
    query: Callable[[dict[str, str]], str],
    own_sql: Mapping[str, str] | None = None,
) -> "pyarrow.Table":
    """Run SQL over one table, which it calls `shown`.

    Args:
        table: As it is shown.
        generated: Its generated table; draws are of that.
        seed: Of the data.
        query: Gets the types of the columns.
        own_sql: Key of world.yaml -> expression that the query takes from there.

    Raises:
        GeneratorError: An expression depends on more than the row, or does not fit the table.
    """
    import duckdb

    for where, expression in (own_sql or {}).items():
        _check_expression(where, expression)
    connection: DuckDBPyConnection
    with duckdb.connect() as connection:
        create_draws(connection, seed)
        draw_for(connection, generated)
        connection.register("shown", table)
        try:
            return arrow_table(connection.execute(query(column_types(connection, "shown"))))
        except duckdb.Error as error:
            if not own_sql:
                raise
            raise GeneratorError(f"{' and '.join(own_sql)} in world.yaml", duckdb_message(error)) from error


def key_list(roles: TableRoles, types: Iterable[str]) -> str:
    """SQL: what tells the rows of a table apart, for draws."""
    known = list(types)
    listed = ", ".join(f"{quote(column)}::varchar" for column in (roles.key or known) if column in known)
    return f"[{listed}]"


@lru_cache
def _check_expression(where: str, expression: str) -> None:
    from sources.kit.queries import refuse_impure_sql  # sqlglot takes 0.1 s to import.

    refuse_impure_sql(f"{where} in world.yaml", expression)
