"""A world's document database through the real host process: loads over two days, and readers of an earlier day."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from benchmark.generator_parameters import Dials
from sources.loader import LoadRequest, load
from sources.systems.client import SourceSystems
from tests.helpers.market import PEOPLE


@pytest.fixture
def systems(tmp_path: Path) -> Iterator[SourceSystems]:
    with SourceSystems("tests.helpers.market", Dials(0, days=3, day=1), tmp_path / "systems") as started:
        yield started


def customers(systems: SourceSystems, folder: Path, connection: str = PEOPLE) -> list[tuple[Any, ...]]:
    """Load, and give the rows."""
    (folder / "el").mkdir(exist_ok=True)
    (folder / "el/people.yaml").write_text(connection)
    now = datetime(2020, 1, 9, tzinfo=UTC)
    report = load(LoadRequest(folder / "el", folder / "warehouse.duckdb", now, systems.environment))
    assert report.is_ok, report.errors
    with duckdb.connect(str(folder / "warehouse.duckdb")) as warehouse:
        columns = "customer_id, address_city, address_zip, points, orders::varchar, updated_at at time zone 'UTC'"
        return warehouse.execute(f"select {columns} from raw_people.customers order by all").fetchall()


def test_an_incremental_load_takes_new_and_changed_documents(systems: SourceSystems, tmp_path: Path) -> None:
    def evening(day: int) -> datetime:
        return datetime(2020, 1, day, 18)  # noqa: DTZ001 - as the query gives it

    first = [
        ("C0-0", "City 3", "89073", 2**53, "[]", evening(3)),
        ("C0-1", "City 1", None, 2**53 + 1, '[{"order_id":1,"amount":1.5}]', evening(2)),
    ]
    assert customers(systems, tmp_path)[:2] == first
    assert len(customers(systems, tmp_path)) == 3
    systems.set_day(2)
    later = customers(systems, tmp_path)
    assert later[0] == ("C0-0", "City 4", "89073", 2**53, "[]", evening(4))
    assert [row[0] for row in later] == ["C0-0", "C0-1", "C0-2", "C0-3"]


def test_appending_adds_no_document_twice(systems: SourceSystems, tmp_path: Path) -> None:
    append = PEOPLE.replace("append_dedup", "append").replace("    primary_key: [_id]\n", "")
    assert len(customers(systems, tmp_path, append)) == 3
    assert len(customers(systems, tmp_path, append)) == 3
    systems.set_day(2)
    found = customers(systems, tmp_path, append)
    assert [row[0] for row in found] == ["C0-0", "C0-0", "C0-1", "C0-2", "C0-3"], "the one that moved, once more"


def test_another_day_ends_cursors_and_keeps_the_address(systems: SourceSystems) -> None:
    told = systems.environment
    login: dict[str, Any] = {"username": told["PEOPLE_USER"], "password": told["PEOPLE_PASSWORD"]}
    client: MongoClient[dict[str, Any]]
    with MongoClient(told["PEOPLE_HOST"], int(told["PEOPLE_PORT"]), **login) as client:
        found = client[told["PEOPLE_DATABASE"]]["customers"]
        before = found.find(batch_size=1)
        assert next(before)["customer_id"] == "C0-0"
        with pytest.raises(OperationFailure, match="not authorized"):
            found.delete_many({})
        systems.set_day(2)
        assert found.count_documents({}) == 4
        assert systems.environment == told
    systems.check()
