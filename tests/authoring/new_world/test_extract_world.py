"""A world from an extract: what the data says becomes the world's files, and nothing is left of a failure."""

from pathlib import Path

import duckdb
import pytest
import yaml

from authoring.check.check import check
from authoring.new_world.extract_world import write_extract_world
from authoring.new_world.source_tables import parse_wanted
from benchmark.errors import LockgateError, UnknownNameError
from benchmark.generator_parameters import Dials
from benchmark.world import read_world
from sources.kit.errors import GeneratorError
from sources.registry import load_sources

ORDERS = """
select 5000 + i as order_id, 1000 + (i * 7) % 50 as customer_id,
    timestamp '2024-01-01' + i * interval 3 hours as ordered_at, (i * 13) % 97 + 0.5 as amount
from range(240) as t (i)
"""
CUSTOMERS = "select 1000 + i as customer_id, 'person' || i || '@example.org' as email from range(50) as t (i)"


@pytest.fixture
def extract(tmp_path: Path) -> Path:
    folder = tmp_path / "extract"
    folder.mkdir()
    with duckdb.connect() as connection:
        connection.sql(ORDERS).write_parquet(str(folder / "orders.parquet"))
        connection.sql(CUSTOMERS).write_csv(str(folder / "customers.csv"))
    return folder


def test_roles_systems_and_days_are_those_of_the_data(worlds: Path, extract: Path) -> None:
    made = write_extract_world(worlds / "shop", extract, {"customers": "folder"})
    spec = read_world(worlds / "shop").spec
    assert (spec.start_date.isoformat(), spec.days) == ("2024-01-01", 23)
    assert spec.data["orders"].key == ("order_id",)
    assert spec.data["orders"].parents == {"customer_id": "customers"}
    assert {name: system.type for name, system in spec.systems.items()} == {"database": "postgres", "files": "folder"}
    text = (worlds / "shop" / "world.yaml").read_text()
    assert "# each of 240 rows has its own order_id (100 % unique)\n    key: order_id" in text
    staging = worlds / "shop/project/dbt/models/staging"
    assert "customer_id::bigint as customer_id" in (staging / "files/stg_files__customers.sql").read_text()
    assert "_source_file = (select max(_source_file)" in (staging / "files/stg_files__customers.sql").read_text()
    assert "amount" in (staging / "database/stg_database__orders.sql").read_text()
    assert check(["shop"]).findings == ()
    assert any("licence" in sentence for sentence in made.to_decide)


def test_a_table_can_be_put_behind_mysql(worlds: Path, extract: Path) -> None:
    write_extract_world(worlds / "shop", extract, parse_wanted(["orders=mysql"]))
    systems = read_world(worlds / "shop").spec.systems
    assert {name: system.type for name, system in systems.items()} == {
        "database": "postgres",
        "mysql_database": "mysql",
    }
    text = (worlds / "shop" / "world.yaml").read_text()
    assert "ordered_at: datetime(6)" in text
    assert "source: mysql" in (worlds / "shop/project/el/mysql_database.yaml").read_text()
    assert check(["shop"]).findings == ()


def test_its_days_and_seeds_differ(worlds: Path, extract: Path) -> None:
    write_extract_world(worlds / "shop", extract, {})
    sources = load_sources("shop")
    rows = {
        (seed, day): sources.generate(Dials(seed, 23, day)).tables["database.orders"].num_rows
        for seed, day in ((0, 1), (0, 2), (1, 1))
    }
    assert rows[0, 1] == 184
    assert rows[0, 2] > rows[0, 1] > rows[1, 1] > 0


def test_a_duckdb_file_is_an_extract(worlds: Path, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(f"create table orders as {ORDERS}; create table customers as {CUSTOMERS}")
    write_extract_world(worlds / "shop", tmp_path / "warehouse.duckdb", {})
    assert set(read_world(worlds / "shop").tables) >= {"raw_database.orders", "staging.stg_database__customers"}


def test_what_no_database_can_hold_comes_as_files(worlds: Path, extract: Path) -> None:
    with duckdb.connect() as connection:
        odd = 'select i % 3 as "order", [1, i] as tags, \'a, b\' as "two words" from range(9) as t (i)'
        connection.sql(odd).write_parquet(str(extract / "odd.parquet"))
    made = write_extract_world(worlds / "shop", extract, {})
    assert "format: jsonl" in (worlds / "shop/project/el/files.yaml").read_text()
    model = (worlds / "shop/project/dbt/models/staging/files/stg_files__odd.sql").read_text()
    assert '"order",\n    tags,\n    "two words"\n' in model
    assert yaml.safe_load((worlds / "shop/tables.yaml").read_text())["tables"]["staging.stg_files__odd"]["columns"] == [
        "order", "tags", "two words"
    ]  # fmt: skip
    assert any(sentence.startswith("odd has no key") for sentence in made.to_decide)


def test_tables_may_be_given(worlds: Path, extract: Path) -> None:
    write_extract_world(worlds / "shop", extract, {"orders": "given", "customers": "given"})
    assert [system.type for system in read_world(worlds / "shop").spec.systems.values()] == ["given"]
    assert not (worlds / "shop" / "project" / "el").exists()
    assert check(["shop"]).findings == ()
    assert load_sources("shop").generate(Dials(0, 23, 1)).tables["tables.orders"].num_rows == 184


def test_tables_may_come_as_objects_of_a_bucket(worlds: Path, extract: Path) -> None:
    write_extract_world(worlds / "shop", extract, {"orders": "object_store"})
    spec = read_world(worlds / "shop").spec
    assert {name: system.type for name, system in spec.systems.items()} == {
        "bucket": "object_store",
        "database": "postgres",
    }
    model = worlds / "shop/project/dbt/models/staging/bucket/stg_bucket__orders.sql"
    assert "ordered_at,\n" in model.read_text(), "Parquet has types"
    assert "_source_file = (select max(_source_file)" in model.read_text()
    assert check(["shop"]).findings == ()


def test_an_extract_without_times_says_so(worlds: Path, tmp_path: Path) -> None:
    (tmp_path / "colours.csv").write_text("colour_id,label\n1,red\n2,blue\n")
    made = write_extract_world(worlds / "paint", tmp_path / "colours.csv", {})
    assert any("day 2 is like day 1" in sentence for sentence in made.to_decide)


@pytest.mark.parametrize(
    ("name", "content", "error", "message"),
    [
        ("orders.parquet", b"PAR1 and nothing else", GeneratorError, r"orders\.parquet.*cannot be read"),
        ("my orders.csv", b"a,b\n1,2\n", LockgateError, "Table 'my orders'.*letters, digits"),
        ("notes.txt", b"nothing", GeneratorError, "has no file of data"),
    ],
)
def test_a_broken_extract_is_one_error_and_leaves_nothing(
    worlds: Path, tmp_path: Path, name: str, content: bytes, error: type[LockgateError], message: str
) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / name).write_bytes(content)
    with pytest.raises(error, match=message) as told:
        write_extract_world(worlds / "shop", folder, {})
    assert str(worlds) not in str(told.value), "the copy is gone"
    assert list(worlds.iterdir()) == []


def test_an_extract_that_is_not_there_is_told(worlds: Path, tmp_path: Path) -> None:
    with pytest.raises(LockgateError, match=r"There is no .*nowhere\. Name a folder"):
        write_extract_world(worlds / "shop", tmp_path / "nowhere", {})
    assert list(worlds.iterdir()) == []


def test_what_is_wanted_is_read_and_checked(worlds: Path, extract: Path) -> None:
    assert parse_wanted(["a=postgres,b=folder", "c=folder"]) == {"a": "postgres", "b": "folder", "c": "folder"}
    with pytest.raises(UnknownNameError, match=r"type of system in --as 'postgre'.*Did you mean 'postgres'"):
        parse_wanted(["a=postgre"])
    with pytest.raises(LockgateError, match="write TABLE=TYPE"):
        parse_wanted(["a"])
    with pytest.raises(UnknownNameError, match=r"table in --as 'order'.*Did you mean 'orders'"):
        write_extract_world(worlds / "shop", extract, {"order": "folder"})
