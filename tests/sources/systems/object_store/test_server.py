"""A world's bucket through the real host process: loads over two days, faults, what a reader tries to leave behind."""

import contextlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from benchmark.generator_parameters import Dials
from sources.loader import LoadReport, LoadRequest, load
from sources.systems.client import SourceSystems
from tests.helpers.market import EVENTS, ORDERS_PER_DAY

Start = Callable[..., SourceSystems]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    with contextlib.ExitStack() as stack:
        yield lambda seed=0, day=1, incident="": stack.enter_context(
            SourceSystems("tests.helpers.market", Dials(seed, days=2, day=day), tmp_path / "systems", incident=incident)
        )


def client(systems: SourceSystems) -> Any:
    told = systems.environment
    return boto3.session.Session().client(
        "s3",
        endpoint_url=told["EVENTS_ENDPOINT"],
        region_name=told["EVENTS_REGION"],
        aws_access_key_id=told["EVENTS_ACCESS_KEY_ID"],
        aws_secret_access_key=told["EVENTS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def loaded(systems: SourceSystems, folder: Path) -> LoadReport:
    (folder / "el").mkdir(exist_ok=True)
    (folder / "el/events.yaml").write_text(EVENTS)
    now = datetime(2020, 1, 9, tzinfo=UTC)
    return load(LoadRequest(folder / "el", folder / "warehouse.duckdb", now, systems.environment))


def rows(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        return connection.execute(statement).fetchall()


def test_later_days_bring_their_objects_and_a_delivery_that_came_again(start: Start, tmp_path: Path) -> None:
    systems = start(seed=3)
    report = loaded(systems, tmp_path)
    assert report.is_ok
    amounts = "select amount from raw_events.orders where order_id = '0'"
    assert rows(tmp_path, amounts) == [("4.00",)], "the first day's orders came again on the second"
    assert rows(tmp_path, "select count(*) from raw_events.prices") == [(4,)]
    systems.set_day(2)
    report = loaded(systems, tmp_path)
    assert report.is_ok
    assert [stream.n_records for stream in report.streams] == [ORDERS_PER_DAY, 6]
    assert rows(tmp_path, "select count(*), count(distinct order_id) from raw_events.orders") == [(12, 12)]


def test_objects_have_the_time_of_their_delivery(start: Start) -> None:
    found = client(start()).list_objects_v2(Bucket="events-data")["Contents"]
    assert {entry["Key"]: entry["LastModified"] for entry in found} == {
        "README.txt": datetime(2020, 1, 2, 18, tzinfo=UTC),
        "orders/date=2020-01-01/orders.csv.gz": datetime(2020, 1, 2, 18, tzinfo=UTC),
        "orders/date=2020-01-02/orders.csv.gz": datetime(2020, 1, 2, 18, tzinfo=UTC),
        "prices/20200101-01.parquet": datetime(2020, 1, 1, 18, tzinfo=UTC),
        "prices/20200101-02.parquet": datetime(2020, 1, 1, 18, tzinfo=UTC),
        "prices/20200102-01.parquet": datetime(2020, 1, 2, 18, tzinfo=UTC),
        "prices/20200102-02.parquet": datetime(2020, 1, 2, 18, tzinfo=UTC),
    }


@pytest.mark.slow
def test_a_cut_object_fails_its_stream_and_the_next_load_goes_on(start: Start, tmp_path: Path) -> None:
    report = loaded(start(incident="tests.helpers.market:FAULTS"), tmp_path)
    [error] = report.errors
    assert "orders.csv.gz" in error
    assert "truncated" in error
    assert [stream.status for stream in report.streams] == ["failed", "ok"]
    whole = SourceSystems("tests.helpers.market", Dials(0, 2, 1), tmp_path / "later")
    with whole:
        assert loaded(whole, tmp_path).is_ok
    assert rows(tmp_path, "select count(*) from raw_events.orders") == [(2 * ORDERS_PER_DAY,)]


def test_a_reader_leaves_nothing_behind(start: Start) -> None:
    systems = start()
    s3 = client(systems)
    before = s3.list_objects_v2(Bucket="events-data")["Contents"]
    for call in (s3.put_object, s3.delete_object):
        with pytest.raises(ClientError, match="AccessDenied"):
            call(Bucket="events-data", Key="orders/date=2020-01-01/orders.csv.gz")
    systems.set_day(1)
    assert s3.list_objects_v2(Bucket="events-data")["Contents"] == before
    systems.check()
