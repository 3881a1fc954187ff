"""The incident `spoiled`: a bad delivery, in which columns hold what the world says instead of what happened."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import quote
from benchmark.spelling import allowed_names
from sources.contract import GeneratedDay
from sources.kit.errors import GeneratorError
from sources.kit.source_tables import SourceTables, changed

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True)
class Spoiled:
    """The same rows with other values in some columns."""

    columns: Mapping[str, Mapping[str, str]]
    """Generated table -> column -> DuckDB expression over the row."""
    tables: SourceTables

    def change(self, day: GeneratedDay) -> GeneratedDay:
        """The tables that are named.

        Raises:
            GeneratorError: A column is not there, or its expression does not fit the table.
        """
        seed = day.dials.seed
        return replace(
            day,
            tables={
                name: self._table(self.tables.behind(*name.split(".", 1)), table, seed)
                for name, table in day.tables.items()
            },
        )

    def _table(self, generated: str, table: "pyarrow.Table", seed: int) -> "pyarrow.Table":
        columns = self.columns.get(generated, {})
        if not columns:
            return table
        where = f"incidents.spoiled.{generated}"
        for column in columns:
            if column not in table.column_names:
                raise GeneratorError(
                    f"{where} in world.yaml",
                    f"there is no column '{column}'; {allowed_names(column, table.column_names)}.",
                )

        def query(types: dict[str, str]) -> str:
            listed = ", ".join(
                f"cast({expression} as {types[column]}) as {quote(column)}" for column, expression in columns.items()
            )
            return f"select * replace ({listed}) from shown"

        own_sql = {f"{where}.{column}": expression for column, expression in columns.items()}
        return changed(table, generated, seed, query, own_sql)
