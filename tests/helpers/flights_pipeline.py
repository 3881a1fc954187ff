"""The reference project of the world `flights`, built for real: generator, DuckDB, dbt in the fork server."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas
import pyarrow

from benchmark.generator_parameters import Dials
from runtime.dbt.clock import clock_environment
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest
from runtime.jobs.build import BUILD_TABLES
from sources.flights.generator import generate

BUILT_SCHEMAS = ("staging", "intermediate", "marts", "snapshots")


@dataclass
class Pipeline:
    """One warehouse and the project that builds it."""

    folder: Path
    runtime: ForkRuntime
    seed: int
    days: int

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def build(self, day: int, *, has_tests: bool = True) -> dict[str, Any]:
        """Bring the raw tables to a day and run `dbt build`, which must succeed."""
        now = self.load(day)
        environment = {**now, "WAREHOUSE_PATH": str(self.warehouse)}
        command = ["build"] if has_tests else BUILD_TABLES
        arguments = {"now": now["PINNED_NOW"], "warehouse": str(self.warehouse), "command": command}
        result = self.runtime.run(
            ChildRequest(
                "runtime.jobs.build:run", arguments, self.folder / "dbt", self.folder / "build.log", environment
            )
        )
        assert result.status == "ok", result.message
        assert result.value["is_success"], (result.value["failures"], result.value["error"])
        value: dict[str, Any] = result.value
        return value

    def load(self, day: int) -> dict[str, str]:
        """Write the raw tables as the loader leaves them; its own tests are elsewhere."""
        made = generate(Dials(self.seed, self.days, day))
        raw = {f"raw_{name}": table for name, table in made.tables.items()}
        for stream in sorted({delivery.stream for delivery in made.deliveries}):
            files = [
                delivery.table.append_column(
                    "_source_file", pyarrow.array([delivery.name] * delivery.table.num_rows)
                ).append_column("_source_row", pyarrow.array(range(1, delivery.table.num_rows + 1), pyarrow.int64()))
                for delivery in made.deliveries
                if delivery.stream == stream
            ]
            raw[f"raw_reference.{stream}"] = pyarrow.concat_tables(files, promote_options="permissive")
        with duckdb.connect(str(self.warehouse)) as connection:
            for name, table in raw.items():
                connection.register("arrived", _blanks_as_null(connection, table))
                connection.execute(f"create schema if not exists {name.split('.')[0]}")
                # In another order each day: no model may depend on the order of rows.
                connection.execute(
                    f"create or replace table {name} as from arrived order by hash(arrived::text, {day})"
                )
                connection.unregister("arrived")
        return clock_environment(made.now)

    def query(self, sql: str) -> pandas.DataFrame:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.sql(sql).df()

    def columns(self) -> dict[str, list[str]]:
        """Columns of every built relation, in order."""
        listed = self.query(
            f"""
            select table_schema || '.' || table_name as relation, column_name
            from information_schema.columns
            where table_schema in {BUILT_SCHEMAS}
            order by relation, ordinal_position
            """
        )
        return {str(name): list(group["column_name"]) for name, group in listed.groupby("relation")}

    def fingerprints(self) -> dict[str, tuple[int, int]]:
        """Rows and an order-independent checksum of every built relation but the history of planes."""
        relations = [
            name for name in self.columns() if name not in ("snapshots.planes_snapshot", "marts.plane_history")
        ]
        prints = self.query(
            " union all ".join(
                f"select '{relation}' as relation, count(*) as n, sum(hash(row::text)::hugeint)::text as checksum "
                f"from {relation} as row"
                for relation in relations
            )
        )
        return {str(relation): (int(n), int(checksum)) for relation, n, checksum in prints.to_numpy().tolist()}


def _blanks_as_null(connection: duckdb.DuckDBPyConnection, table: pyarrow.Table) -> pyarrow.Table:
    """A CSV has no way to tell '' from NULL; the operations database has."""
    if "_source_file" not in table.column_names:
        return table
    connection.register("delivered", table)
    texts = [field.name for field in table.schema if pyarrow.types.is_string(field.type)]
    replaced = ", ".join(f"nullif({name}, '') as {name}" for name in texts)
    return connection.sql(f"select * replace ({replaced}) from delivered").to_arrow_table()
