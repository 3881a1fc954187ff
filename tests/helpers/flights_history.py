"""Generated days of the world `flights`, as Arrow tables or as a database."""

import functools

import duckdb
import pyarrow as pa

from benchmark.generator_parameters import Dials
from sources.contract import GeneratedDay
from sources.flights import generate_truth
from sources.generated_cache import generated_day
from sources.registry import load_sources


class History:
    """Generated days, made once each, as Arrow tables or as a database."""

    def __init__(self) -> None:
        self.day = functools.cache(self._day)
        self.truth = functools.cache(self._truth)

    def _day(self, seed: int, day: int = 1, days: int = 14) -> GeneratedDay:
        return generated_day(load_sources("flights"), Dials(seed, days, day))

    def _truth(self, seed: int, day: int = 1, days: int = 14) -> dict[str, pa.Table]:
        return generate_truth(Dials(seed, days, day))

    def database(self, seed: int, day: int = 1, days: int = 14) -> "Database":
        """Tables under their own names, files with columns `file` and `line`, and the truth."""
        generated = self.day(seed, day, days)
        connection = duckdb.connect()
        connection.execute("set TimeZone = 'UTC'")
        for name, table in (*generated.tables.items(), *self.truth(seed, day, days).items()):
            connection.register(name.split(".")[-1], table)
        for stream in ("airports", "airlines", "planes"):
            files = [delivery for delivery in generated.deliveries if delivery.stream == stream]
            connection.register(stream, pa.concat_tables([_numbered(file.table, file.name) for file in files]))
        connection.execute(f"set variable now = timestamptz '{generated.now.isoformat()}'")
        return Database(connection)


class Database:
    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def one(self, query: str) -> int:
        """The single number that a query returns."""
        row = self.connection.execute(query).fetchone()
        assert row is not None
        value: int = row[0]
        return value

    def rows(self, query: str) -> list[tuple[object, ...]]:
        rows: list[tuple[object, ...]] = self.connection.execute(query).fetchall()
        return rows


def _numbered(table: pa.Table, name: str) -> pa.Table:
    size = table.num_rows
    return table.append_column("file", pa.array([name] * size)).append_column("line", pa.array(range(size)))
