"""A declared world on its real source systems, started by the process that a trial starts."""

import csv
import gzip
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest

from benchmark.generator_parameters import Dials
from benchmark.paths import REPOSITORY_DIR
from sources.systems.client import SourceSystems


@pytest.fixture(autouse=True)
def _worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(REPOSITORY_DIR / "tests" / "cases" / "worlds"))


def query(environment: Mapping[str, str], statement: LiteralString) -> list[tuple[Any, ...]]:
    with psycopg.connect(
        host=environment["ORDERS_HOST"],
        port=environment["ORDERS_PORT"],
        dbname=environment["ORDERS_DATABASE"],
        user=environment["ORDERS_USER"],
        password=environment["ORDERS_PASSWORD"],
        connect_timeout=5,
    ) as connection:
        return connection.execute(statement).fetchall()


def test_database_and_folder_show_each_day(tmp_path: Path) -> None:
    with SourceSystems("bakery", Dials(3, 4), tmp_path / "systems") as systems:
        environment = systems.environment
        assert query(environment, "select count(*) from shop.customers") == [(30,)]
        known = set(query(environment, "select order_id from shop.orders"))
        assert query(environment, "select max(loaded_at) <= '2024-01-04 20:00Z' from shop.orders") == [(True,)]
        folder = Path(environment["OFFICE_DIR"])
        with (folder / "prices_20240104.csv").open(newline="") as file:
            assert next(csv.reader(file)) == ["product", "valid_from", "price_cents"]
        assert not (folder / "till_20240105.jsonl.gz").exists()
        systems.set_day(2)
        environment = systems.environment
        assert set(query(environment, "select order_id from shop.orders")) > known
        with gzip.open(folder / "till_20240105.jsonl.gz", "rt") as lines:
            counts = [json.loads(line) for line in lines]
        assert [count["shop"] for count in counts] == ["north", "south", "station"]
        written_at = (folder / "till_20240105.jsonl.gz").stat().st_mtime
        assert datetime.fromtimestamp(written_at, UTC) == datetime(2024, 1, 5, 19, tzinfo=UTC)


@pytest.mark.slow
def test_incidents_show_on_the_real_systems(tmp_path: Path) -> None:
    with SourceSystems("bakery", Dials(3, 4, 2), tmp_path / "drift", incident="drift") as systems:
        columns = query(
            systems.environment,
            "select column_name from information_schema.columns where table_name = 'orders' order by ordinal_position",
        )
        assert [name for (name,) in columns][1:3] == ["updated_at", "loaded_at"]
        folder = Path(systems.environment["OFFICE_DIR"])
        with gzip.open(folder / "till_20240105.jsonl.gz", "rt") as lines:
            assert list(json.loads(lines.readline()))[1:] == ["pieces", "day", "shop"]
    with SourceSystems("bakery", Dials(3, 4, 2), tmp_path / "faults", incident="faults") as systems:
        folder = Path(systems.environment["OFFICE_DIR"])
        whole = (folder / "prices_20240104.csv").read_bytes()
        assert whole.count(b"\r\n") == whole.count(b"\n"), "delivered again, in other bytes"
        assert len((folder / "prices_20240105.csv").read_bytes()) < len(whole), "there in part"
