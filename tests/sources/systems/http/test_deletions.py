"""Deleted rows over days, in every way that an API tells of them."""

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest

from sources.systems.http.api import HttpApi
from tests.helpers.http_apis import ask, http_spec, orders, running_api, show

ENDPOINTS: dict[str, Any] = {
    "/gone": {},
    "/marked": {"deleted": {"show": "marked"}},
    "/flagged": {"deleted": {"time_column": None, "flag_column": "is_deleted"}, "paging": "cursor"},
    "/deletions": {"deleted": {"show": "only"}, "since": "deleted_at"},
}
TABLES = {"orders": orders(4)}
NOW_2, NOW_3 = "2013-03-15T23:30:00Z", "2013-03-16T23:30:00Z"


def without(*order_ids: int) -> dict[str, pa.Table]:
    rows = [number - 1 for number in range(1, 5) if number not in order_ids]
    return {"orders": TABLES["orders"].take(rows)}


@pytest.fixture(scope="module")
def api() -> Iterator[HttpApi]:
    common = {"table": "orders", "key": "order_id", "since": "updated_at"}
    with running_api(
        http_spec(endpoints={path: {**common, **parts} for path, parts in ENDPOINTS.items()}), TABLES
    ) as it:
        yield it


def rows(api: HttpApi, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(api, path).json["data"]
    return found


def test_on_day_1_nothing_is_deleted(api: HttpApi) -> None:
    show(api, [TABLES])
    assert {row["deleted_at"] for row in rows(api, "/marked")} == {None}
    assert {row["is_deleted"] for row in rows(api, "/flagged")} == {False}
    assert rows(api, "/deletions") == []


def test_deleted_rows_are_gone_or_told_with_their_time(api: HttpApi) -> None:
    show(api, [TABLES, without(2), without(2, 3)])
    assert [row["order_id"] for row in rows(api, "/gone")] == [1, 4]
    told = {row["order_id"]: (row["deleted_at"], row["updated_at"]) for row in rows(api, "/marked")}
    assert told[2] == (NOW_2, NOW_2)
    assert told[3] == (NOW_3, NOW_3)
    assert told[1] == (None, "2013-03-01T00:00:00Z")
    assert [row["order_id"] for row in rows(api, "/marked")] == [1, 4, 2, 3], "sorted by the time of writing"
    assert rows(api, "/deletions") == [{"order_id": 2, "deleted_at": NOW_2}, {"order_id": 3, "deleted_at": NOW_3}]


def test_who_reads_what_is_new_sees_the_deletions(api: HttpApi) -> None:
    show(api, [TABLES, without(2)])
    since = "updated_since=2013-03-01T03:00:00Z"
    assert [(row["order_id"], row["is_deleted"]) for row in rows(api, f"/flagged?{since}")] == [(4, False), (2, True)]
    assert [row["order_id"] for row in rows(api, f"/deletions?updated_since={NOW_2}")] == [2]


def test_a_row_that_comes_again_is_not_deleted(api: HttpApi) -> None:
    show(api, [TABLES, without(2), TABLES])
    assert {row["deleted_at"] for row in rows(api, "/marked")} == {None}
    assert rows(api, "/deletions") == []
