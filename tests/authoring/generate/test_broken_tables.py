"""What a broken model does to the tables below it, told by queries on gold."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from authoring.generate.blind_spots import BlindSpots
from authoring.generate.broken_tables import BrokenTables, CannotTellError, StillbornError
from authoring.generate.differences import Counts
from benchmark.tables import TableSpec
from evaluators.pipeline.gold import Gold

NOW = "2024-04-02T21:30:00+00:00"
MODELS = {
    "staging.sales": ("view", ["raw.sales"], "select id, shop, cents from raw.sales where cents > 0"),
    "intermediate.totals": (
        "view",
        ["staging.sales"],
        "select shop, sum(cents)::bigint as cents from staging.sales group by shop",
    ),
    "marts.shops": ("table", ["intermediate.totals"], "select shop, cents from intermediate.totals where cents > 10"),
    "snapshots.kept": ("snapshot", ["staging.sales"], "select * from staging.sales"),
    "marts.history": ("table", ["snapshots.kept"], "select id, cents from snapshots.kept"),
}
SPECS = {
    "staging.sales": TableSpec(stage="staging", key=("id",), columns=("id", "shop", "cents")),
    "intermediate.totals": TableSpec(stage="intermediate", key=("shop",), columns=("shop", "cents")),
    "marts.shops": TableSpec(stage="marts", key=("shop",), columns=("shop", "cents")),
    "marts.history": TableSpec(stage="marts", key=("id",), columns=("id", "cents")),
}


@pytest.fixture
def tables(tmp_path: Path) -> Iterator[BrokenTables]:
    with duckdb.connect() as connection:
        connection.execute("create schema raw; create schema staging; create schema intermediate; create schema marts")
        connection.execute("create schema snapshots")
        connection.execute(
            "create table raw.sales as select i as id, i % 4 as shop, i - 1 as cents from range(1, 21) as r(i)"
        )
        for name, (_, _, sql) in MODELS.items():
            connection.execute(f"create table {name} as {sql}")
        for name in ("raw.sales", *MODELS):
            connection.execute(f"copy {name} to '{tmp_path / name}.parquet' (format parquet)")
    relations = {
        name: {"type": kind, "parents": parents, "compiled": sql, "path": f"dbt/{name}.sql", "macros": []}
        for name, (kind, parents, sql) in MODELS.items()
    }
    with BrokenTables(Gold(tmp_path, relations), NOW) as found:
        yield found


def test_tables_below_are_built_again_and_counted(tables: BrokenTables) -> None:
    broken = MODELS["staging.sales"][2].replace("cents > 0", "cents > 5")
    found = tables.count({"staging.sales": broken}, SPECS)
    assert found["staging.sales"] == Counts(19, 0, 5, 0)
    assert found["marts.shops"].n_changed == 4
    assert "marts.history" not in found, "a snapshot lies between: queries cannot tell"


def test_the_tables_are_right_again_afterwards(tables: BrokenTables) -> None:
    right = MODELS["staging.sales"][2]
    tables.count({"staging.sales": f"{right} and false"}, SPECS)
    assert not any(counts.n_wrong for counts in tables.count({"staging.sales": right}, SPECS).values())


def test_rows_that_are_there_twice_are_wrong(tables: BrokenTables) -> None:
    right = MODELS["marts.shops"][2]
    found = tables.count({"marts.shops": f"{right} union all {right}"}, SPECS)
    assert found["marts.shops"].n_extra == found["marts.shops"].n_rows


def test_sql_that_cannot_run_is_told_from_sql_that_fails(tables: BrokenTables) -> None:
    with pytest.raises(StillbornError):
        tables.count({"staging.sales": "select nothing from raw.sales"}, SPECS)
    with pytest.raises(CannotTellError) as caught:
        tables.count({"staging.sales": "select id, shop, cast('x' || id as int) as cents from raw.sales"}, SPECS)
    assert not isinstance(caught.value, StillbornError)


def test_versions_that_change_nothing_are_counted_unless_people_listed_them(tables: BrokenTables) -> None:
    shops = BlindSpots([tables], SPECS, ()).of("marts.shops")
    assert shops.n_mutants >= 3
    assert 1 <= shops.n_blind < shops.n_mutants, "no shop has few enough cents for the filter to matter"
    assert not BlindSpots([tables], SPECS, ()).are_few(["marts.shops"])
    assert BlindSpots([tables], SPECS, ()).of("snapshots.kept").n_mutants == 0
