"""A declared world, read from its files: what its systems hold, its noise and its incidents."""

import shutil
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from benchmark.errors import LockgateError
from benchmark.generator_parameters import Dials
from benchmark.paths import REPOSITORY_DIR
from benchmark.source_systems import PostgresSystem
from sources.contract import GeneratedDay, WorldSources
from sources.generated_cache import fingerprint, generated_day
from sources.incidents import get_incident
from sources.registry import load_sources

WORLDS = REPOSITORY_DIR / "tests" / "cases" / "worlds"


@pytest.fixture
def bakery(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy that a test may change."""
    shutil.copytree(WORLDS / "bakery", tmp_path / "worlds" / "bakery")
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "worlds"))
    return tmp_path / "worlds" / "bakery"


@pytest.fixture
def sources(bakery: Path) -> WorldSources:
    return load_sources("bakery")


@pytest.fixture(scope="module")
def days(tmp_path_factory: pytest.TempPathFactory) -> list[GeneratedDay]:
    """Days 1 to 3 of seed 3."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_PROJECTS", str(WORLDS))
        return [load_sources("bakery").generate(Dials(3, 10, day)) for day in (1, 2, 3)]


def column(table: pa.Table, name: str) -> list[Any]:
    values: list[Any] = table[name].to_pylist()
    return values


def test_systems_hold_what_they_declare(days: list[GeneratedDay]) -> None:
    day = days[0]
    assert day.now == datetime(2024, 1, 10, 20, tzinfo=UTC)
    assert list(day.tables) == ["orders.customers", "orders.orders"]
    orders = day.tables["orders.orders"]
    assert orders.column_names[:3] == ["order_id", "customer_id", "ordered_at"]
    assert set(column(orders, "customer_id")) <= set(column(day.tables["orders.customers"], "customer_id"))
    assert len(set(column(orders, "order_id"))) == orders.num_rows, "a primary key, though orders are sent twice"
    assert all(moment <= day.now for moment in column(orders, "loaded_at"))


def test_files_are_delivered_day_by_day(days: list[GeneratedDay]) -> None:
    plain = [[file for file in day.deliveries if "_2." not in file.name] for day in days]
    names = [file.name for file in plain[0]]
    assert "prices_20240110.csv" in names
    assert len([name for name in names if name.startswith("till_")]) == 10
    for before, after in pairwise(plain):
        kept = {file.name: file for file in after}
        assert all(kept[file.name] == file for file in before), "a file that is there stays as it is"
        new = set(kept) - {file.name for file in before}
        assert len(new) == 2
    assert all(file.table.num_rows == 3 for file in plain[2] if file.stream == "till")
    assert any("_2." in file.name for file in days[2].deliveries)


def test_a_day_does_not_depend_on_how_it_was_reached(sources: WorldSources, days: list[GeneratedDay]) -> None:
    longer = sources.generate(Dials(3, 11, 1))
    assert all(longer.tables[name].equals(table) for name, table in days[1].tables.items())


def test_scale_multiplies(sources: WorldSources, days: list[GeneratedDay]) -> None:
    wider = sources.generate(Dials(3, 10, 1, 3))
    assert wider.tables["orders.customers"].num_rows == 90
    ids = set(column(wider.tables["orders.orders"], "order_id"))
    assert set(column(days[0].tables["orders.orders"], "order_id")) <= ids


def test_seeds_share_no_identifier(sources: WorldSources, days: list[GeneratedDay]) -> None:
    other = sources.generate(Dials(4, 10, 1))
    for table, key in (("orders.customers", "customer_id"), ("orders.orders", "order_id")):
        assert not set(column(other.tables[table], key)) & set(column(days[0].tables[table], key))


def test_drift_turns_every_table_but_those_left_out(sources: WorldSources, days: list[GeneratedDay]) -> None:
    drift = sources.incidents["drift"]
    assert drift.change is not None
    assert drift.change_systems is not None
    shown = drift.change(days[1])
    database = drift.change_systems(sources.systems)[0]
    assert isinstance(database, PostgresSystem)
    began_at = days[1].now - timedelta(days=1)
    for name, table in shown.tables.items():
        before = days[1].tables[name]
        assert table.column_names[1:] == before.column_names[::-1]
        assert list(database.tables[name.partition(".")[2]].columns) == table.column_names
        for known in before.column_names:
            if known in ("email", "note"):
                times = column(table, "updated_at")
                emptied = [value for value, at in zip(column(table, known), times, strict=True) if at > began_at]
                assert set(emptied) <= {None}
            else:
                assert sorted(map(str, column(table, known))) == sorted(map(str, column(before, known)))
    changed = [a.name for a, b in zip(days[1].deliveries, shown.deliveries, strict=True) if a.table != b.table]
    assert [name for name in changed if "_2." not in name] == ["till_20240111.jsonl.gz"]


def test_late_rows_are_held_back_and_come_on_day_2(sources: WorldSources, days: list[GeneratedDay]) -> None:
    late = sources.incidents["late"].change
    assert late is not None
    first, second, third = (late(day).tables["orders.orders"] for day in days)
    held = set(column(days[0].tables["orders.orders"], "order_id")) - set(column(first, "order_id"))
    assert held
    assert held <= set(column(second, "order_id"))
    for day, table in ((days[1], second), (days[2], third)):
        for row in table.to_pylist():
            if row["order_id"] in held:
                assert days[0].now < row["loaded_at"] <= row["updated_at"] <= day.now
                assert row["loaded_at"] < days[1].now
        times = column(table, "updated_at")
        assert times == sorted(times)
    untouched = [row for row in days[1].tables["orders.orders"].to_pylist() if row["order_id"] not in held]
    assert all(row in second.to_pylist() for row in untouched)
    for day in days:  # orders point to them
        assert late(day).tables["orders.customers"] == day.tables["orders.customers"]


def test_faults_and_what_is_left_of_them(sources: WorldSources) -> None:
    assert list(sources.incidents) == ["faults", "recovered", "drift", "late"]
    faults = get_incident("bakery", "faults")
    assert faults.http_faults is not None
    assert faults.http_faults(1).is_first_page_twice
    assert faults.file_faults is not None
    assert faults.file_faults(1).cut == faults.file_faults(1).again == ("prices", "till")
    recovered = get_incident("bakery", "recovered")
    assert recovered.file_faults is not None
    assert recovered.file_faults(1).cut == ()


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_incidents_can_be_left_out(bakery: Path) -> None:
    edit(bakery / "world.yaml", "drift: {left_out: prices}", "drift: false\n  faults: false")
    assert list(load_sources("bakery").incidents) == ["late"]


def test_the_cache_knows_declaration_queries_and_scale(bakery: Path, sources: WorldSources) -> None:
    before = fingerprint(sources)
    assert generated_day(sources, Dials(0, 3)).tables["orders.customers"].num_rows == 30
    assert generated_day(sources, Dials(0, 3, 1, 2)).tables["orders.customers"].num_rows == 60
    assert generated_day(sources, Dials(0, 3)) == generated_day(sources, Dials(0, 3))
    edit(bakery / "generate" / "customers.sql", "entities(30)", "entities(31)")
    assert fingerprint(sources) != before
    assert generated_day(load_sources("bakery"), Dials(0, 3)).tables["orders.customers"].num_rows == 31
    edit(bakery / "world.yaml", "rate: 0.3", "rate: 0.4")
    assert len({before, fingerprint(sources), fingerprint(load_sources("bakery"))}) == 2


def test_an_extract_is_declared_in_the_same_way(bakery: Path) -> None:
    day = load_sources("bakery").generate(Dials(0, 30))
    (bakery / "data").mkdir()
    with duckdb.connect() as connection:
        for name in ("customers", "orders"):
            connection.register("shown", day.tables[f"orders.{name}"])
            connection.execute(f"copy shown to '{bakery / 'data' / name}.parquet'")
        for stream, table in (("prices", "prices"), ("till", "till_counts")):
            rows = pa.concat_tables([file.table for file in day.deliveries if file.stream == stream])
            connection.register("shown", rows)
            connection.execute(f"copy (select distinct * from shown) to '{bakery / 'data' / table}.csv' (header)")
    world = bakery / "world.yaml"
    edit(world, "sql: generate/", "extract: data/")
    for line in ("sent_twice", "late", "corrected_later", "time_format", "file_again"):
        edit(world, f"  - {{kind: {line}", f"  # - {{kind: {line}")
    extract = load_sources("bakery")
    assert [path.name for path in extract.made_from][1:] == [
        "customers.parquet",
        "orders.parquet",
        "prices.csv",
        "till_counts.csv",
    ]
    whole, other = extract.generate(Dials(0, 10, 2)), extract.generate(Dials(5, 10, 2))
    known = {str(row["order_id"]) for row in day.tables["orders.orders"].to_pylist()}
    assert {str(value) for value in column(whole.tables["orders.orders"], "order_id")} <= known
    assert not {str(value) for value in column(other.tables["orders.orders"], "order_id")} & known
    assert whole.tables["orders.orders"].num_rows > other.tables["orders.orders"].num_rows > 0
    assert [file.name for file in whole.deliveries] == [
        *("till_20240101.jsonl.gz", "prices_20240110.csv", "prices_20240111.csv")
    ]


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("{sql: generate/}", "{sql: nothing/}", r"nothing: has no query"),
        ("{sql: generate/}", "{sql: a, extract: b}", r"line 5: key 'generator': give exactly one of"),
        (
            "      prices: {pattern",
            "      price: {pattern",
            r"systems\.office .*: no generated table is called 'price'",
        ),
        ("table: till_counts, rate", "table: tills, rate", r"noise file_again .*: there is no table 'tills'; known"),
        ("city: text not null", "town: text not null", r"systems\.orders\.tables\.customers .*has no column 'town'"),
        ("measures: pieces", "measures: crumbs", r"till_counts\.sql: has no column 'crumbs'"),
        ("by: 2d", "by: soon", r"line \d+: key 'noise\.1\.by': must be a whole number"),
    ],
)
def test_a_mistake_is_one_clear_error(bakery: Path, old: str, new: str, problem: str) -> None:
    edit(bakery / "world.yaml", old, new)
    with pytest.raises(LockgateError, match=problem):
        load_sources("bakery").generate(Dials(0, 3))


@pytest.mark.parametrize("dials", [Dials(-1), Dials(1_000_000), Dials(0, 0), Dials(0, 1, 0), Dials(0, 1, 1, 0)])
def test_dials_out_of_range(sources: WorldSources, dials: Dials) -> None:
    with pytest.raises(LockgateError, match=r"World bakery: \w+ is -?\d+, but must be"):
        sources.generate(dials)
