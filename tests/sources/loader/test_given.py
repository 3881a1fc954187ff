"""Given tables stand in the warehouse after every load, whatever was done to them."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from benchmark.generator_parameters import Dials
from benchmark.source_systems import GivenSystem, GivenTable
from sources.contract import GeneratedDay, Incident
from sources.loader import LoadError
from sources.systems.given_tables import GivenTables

SYSTEM = GivenSystem(
    name="ledger",
    tables={
        "entries": GivenTable(
            key="entry_id", description="One booking.", columns={"entry_id": "Counts up.", "amount": ""}
        ),
        "accounts": GivenTable(),
    },
)


@pytest.fixture
def give(bench: Any) -> Callable[..., None]:
    """Show a day of given tables, and tell the loader where they are."""

    def show(day: int = 1, system: GivenSystem = SYSTEM) -> None:
        server = GivenTables(system, bench.folder / system.name)
        if not server.folder.is_dir():
            server.start()
        now = datetime(2020, 1, day, tzinfo=UTC)
        entries = pa.table(
            {
                "entry_id": list(range(day)),
                "amount": [Decimal(f"{number}.10") for number in range(day)],
            }
        )
        accounts = pa.table(
            {"name": ["cash"], "opened_at": pa.array([now], pa.timestamp("us", "UTC")), "tags": [["a"]]}
        )
        tables = {f"{system.name}.entries": entries, f"{system.name}.accounts": accounts}
        server.show([GeneratedDay(Dials(0, 1, day), now, tables, ())], Incident())
        bench.environment |= server.environment

    return show


def test_each_load_replaces_them_by_the_state_of_the_day(bench: Any, give: Callable[..., None]) -> None:
    give()
    report = bench.load()
    assert report.is_ok
    assert [(stream.connection, stream.stream, stream.sync, stream.n_records) for stream in report.streams] == [
        ("ledger", "entries", "given", 1),
        ("ledger", "accounts", "given", 1),
    ]
    assert bench.query("from raw_ledger.entries") == [(0, Decimal("0.10"))]
    assert bench.query("select * from raw_ledger.accounts") == [("cash", datetime(2020, 1, 1, tzinfo=UTC), ["a"])]
    comments = "select comment from duckdb_tables() where table_name = 'entries' union all "
    comments += "select comment from duckdb_columns() where column_name = 'entry_id'"
    assert bench.query(comments) == [("One booking. Key: entry_id.",), ("Counts up.",)]
    bench.query("create view raw_ledger.seen as from raw_ledger.entries")
    bench.query("delete from raw_ledger.entries")
    bench.query("drop table raw_ledger.accounts")
    bench.query("create view raw_ledger.accounts as select 1")
    give(2)
    assert bench.load().is_ok
    assert bench.query("select entry_id from raw_ledger.seen order by 1") == [(0,), (1,)]
    assert bench.query("select name from raw_ledger.accounts") == [("cash",)]


def test_types_of_the_warehouse_survive(bench: Any, give: Callable[..., None]) -> None:
    give()
    path = bench.folder / "ledger" / "accounts.parquet"
    duckdb.sql(f"copy (select uuid() as id, '{{}}'::json as more, 7::utinyint as small) to '{path}' (format parquet)")
    assert bench.load().is_ok
    types = [kind for _, kind, *_ in bench.query("describe raw_ledger.accounts")]
    assert types == ["UUID", "JSON", "UTINYINT"]


def test_they_lie_in_a_schema_of_their_own_beside_a_connection(
    bench: Any, give: Callable[..., None], files_connection: Callable[..., Path]
) -> None:
    (files_connection("*.csv", "csv") / "a.csv").write_text("id\n1\n")
    give(system=SYSTEM.model_copy(update={"schema_name": "raw_drop"}))
    assert bench.load().is_ok
    tables = bench.query("select table_name from information_schema.tables where table_schema = 'raw_drop' order by 1")
    assert tables == [("accounts",), ("entries",), ("items",)]


def test_no_connection_writes_a_given_table(
    bench: Any, give: Callable[..., None], files_connection: Callable[..., Path]
) -> None:
    (files_connection("*.csv", "csv") / "a.csv").write_text("id\n1\n")
    tables_given = {"Items": GivenTable(), "accounts": GivenTable()}
    system = GivenSystem(name="ledger", schema_name="raw_drop", tables=tables_given)
    server = GivenTables(system, bench.folder / "ledger")
    server.start()
    tables = {f"ledger.{name}": pa.table({"given": [1]}) for name in system.tables}
    server.show([GeneratedDay(Dials(0, 1), datetime(2020, 1, 1, tzinfo=UTC), tables, ())], Incident())
    bench.environment |= server.environment
    (error,) = bench.load().errors
    assert error == (
        "connection 'drop', stream 'items': table raw_drop.items is given: every load writes it before it reads "
        "connections. Set another namespace in the connection file."
    )
    assert bench.query("from raw_drop.items") == [(1,)]


def test_what_stands_in_the_way_is_the_reason(bench: Any, give: Callable[..., None]) -> None:
    give()
    assert bench.load().is_ok
    bench.query("alter table raw_ledger.entries add primary key (entry_id)")
    bench.query("create table raw_ledger.notes (entry_id bigint references raw_ledger.entries (entry_id))")
    bench.query("drop table raw_ledger.accounts")
    report = bench.load()
    assert [(stream.stream, stream.status) for stream in report.streams] == [("entries", "failed"), ("accounts", "ok")]
    assert report.errors[0].startswith("given table raw_ledger.entries cannot be written: ")


def test_a_folder_without_given_tables_is_an_error(bench: Any) -> None:
    bench.environment["LEDGER_GIVEN_DIR"] = str(bench.folder)
    with pytest.raises(
        LoadError, match=r"variable LEDGER_GIVEN_DIR must name a folder of given tables, with given\.js"
    ):
        bench.load()
