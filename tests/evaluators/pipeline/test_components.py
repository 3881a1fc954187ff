"""Component verdicts with real dbt: tables below a mismatch are built again on gold."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime.fork_client import ForkRuntime
from tests.evaluators.pipeline.shop import PROJECT, Shop, wrong

WRONG_STG = {"models/stg.sql": PROJECT["models/stg.sql"].replace("total,", "total + 1 as total,")}


@pytest.fixture(scope="module")
def servers() -> Iterator[ForkRuntime]:
    with ForkRuntime() as runtime:
        yield runtime


@pytest.fixture
def shop(servers: ForkRuntime, tmp_path: Path) -> Shop:
    return Shop(servers, tmp_path)


def test_nothing_is_built_again_where_all_tables_match(shop: Shop) -> None:
    _, alone = shop.components({}, {}, ("visible", "rerun", "day2"))
    assert all(wrong(verdicts) == set() for verdicts in alone.values())
    assert shop.rebuilt == []


def test_tables_below_a_wrong_one_are_right_alone(shop: Shop) -> None:
    whole, alone = shop.components({}, WRONG_STG, ("visible", "rerun", "day2"))
    for name in ("visible", "rerun", "day2"):
        assert wrong(whole[name]) == {"marts.stg", "marts.mid", "marts.mart"}
        assert wrong(alone[name]) == {"marts.stg"}
    assert shop.rebuilt == [(name, frozenset({"marts.stg"})) for name in ("visible", "rerun", "day2")]
