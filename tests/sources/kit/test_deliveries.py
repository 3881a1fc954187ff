"""Files of declared folders: when they come, what is in them, and what noise does to them."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pytest
from pydantic import TypeAdapter, ValidationError

from benchmark.generator_parameters import Dials
from benchmark.noise_rules import AnyNoise
from benchmark.source_systems import FolderSystem
from benchmark.world_data import TableRoles
from sources.contract import Delivery
from sources.kit.clock import WorldClock
from sources.kit.deliveries import deliveries_of, with_file_noise
from sources.kit.noise import open_noise
from sources.kit.shown_tables import ShownTables

CLOCK = WorldClock(date(2024, 1, 1), time(20))
ROLES = {"items": TableRoles(key=("id",))}
SEED = 1


def state(day: date) -> pa.Table:
    """A row a day, of which the first changes on the fourth day; the fifth of January brings nothing new."""
    last = min(day, date(2024, 1, 4)) if day < date(2024, 1, 6) else day
    ids = list(range(1, last.day + 1))
    return pa.table({"id": ids, "n": [99 if number == 1 and day.day >= 4 else 0 for number in ids]})


class States:
    """A generator that can tell the past only by its states."""

    def state(self, table: str, instant: datetime) -> pa.Table:
        """Of the day."""
        assert table == "items"
        return state(instant.date())

    def history(self, table: str) -> None:
        """There is none."""


def files(delivery: str, dials: Dials, pattern: str = "items_{date:%Y%m%d}.csv") -> list[Delivery]:
    folder = FolderSystem.model_validate(
        {
            "name": "in",
            "documentation": "",
            "files": {"stuff": {"pattern": pattern, "table": "items", "delivery": delivery}},
        }
    )
    with open_noise((), ROLES, SEED) as noise:
        return list(deliveries_of(folder, {"stuff": "items"}, ShownTables(States(), noise, ROLES), CLOCK, dials))


def content(found: list[Delivery]) -> list[tuple[int, list[int]]]:
    return [(file.delivered_at.day, file.table["id"].to_pylist()) for file in found]


@pytest.mark.parametrize(
    ("delivery", "rows"),
    [
        ("full", [(3, [1, 2, 3]), (4, [1, 2, 3, 4]), (5, [1, 2, 3, 4]), (6, [1, 2, 3, 4, 5, 6])]),
        ("changes", [(3, [1, 2, 3]), (4, [1, 4]), (6, [5, 6])]),
        ("daily", [(1, [1]), (2, [2]), (3, [3]), (4, [1, 4]), (6, [5, 6])]),
    ],
)
def test_each_way_of_delivery(delivery: str, rows: list[tuple[int, list[int]]]) -> None:
    found = files(delivery, Dials(0, 3, 4))
    assert content(found) == rows
    assert found[0].name == f"items_202401{rows[0][0]:02}.csv"
    assert {(file.system, file.stream) for file in found} == {("in", "stuff")}
    assert all(file.delivered_at.time() == time(6) for file in found)


def test_hourly_files_come_each_hour_with_something_new() -> None:
    schedule = {"pattern": "in/{date}/{hour:02}.csv", "delivery": "hourly", "delivered": "06:30"}
    file = FolderSystem.model_validate({"name": "in", "documentation": "", "files": {"stuff": schedule}}).files["stuff"]
    times = file.delivery_times(CLOCK.start, date(2024, 1, 2), datetime(2024, 1, 2, 20, tzinfo=UTC))
    assert (times[0], times[-1]) == (
        datetime(2024, 1, 1, 0, 30, tzinfo=UTC),
        datetime(2024, 1, 2, 19, 30, tzinfo=UTC),
    )
    assert len(times) == 24 + 20
    found = files("hourly", Dials(0, 3, 4), "items_{date:%Y%m%d}_{hour:02}.csv")
    assert content(found) == [(1, [1]), (2, [2]), (3, [3]), (4, [1, 4]), (6, [5, 6])]
    assert found[1].name == "items_20240102_00.csv"


@pytest.mark.parametrize(
    ("delivery", "pattern", "problem"),
    [
        ("hourly", "items_{date}.csv", r"needs \{hour\}, since delivery is hourly"),
        ("daily", "items_{date}_{hour}.csv", r"has \{hour\}, but delivery is not hourly"),
        ("hourly", "items_{date}_{minute}.csv", r"there is no minute; use \{date\}, .*\{hour\}"),
        ("hourley", "items_{date}.csv", "'hourly'"),
    ],
)
def test_an_hourly_file_says_its_hour(delivery: str, pattern: str, problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        files(delivery, Dials(0), pattern)


@pytest.mark.parametrize("delivery", ["full", "changes", "daily"])
def test_later_days_add_files_and_change_none(delivery: str) -> None:
    for day in (1, 2, 3):
        before, after = files(delivery, Dials(0, 3, day)), files(delivery, Dials(0, 3, day + 1))
        assert after[: len(before)] == before


def noisy(found: list[Delivery], now: datetime, *kinds: str) -> tuple[Delivery, ...]:
    rules = [
        TypeAdapter[AnyNoise](AnyNoise).validate_python({"kind": kind, "table": "items", "rate": 0.5}) for kind in kinds
    ]
    return with_file_noise(found, rules, {"in.stuff": "items"}, SEED, now)


LONG = files("daily", Dials(0, 20, 1))


def test_cut_files_are_whole_a_day_later() -> None:
    end = datetime(2024, 2, 1, tzinfo=UTC)
    whole = {file.name: file for file in noisy(LONG, end, "file_cut")}
    cut = {name for name, file in whole.items() if file.delivered_at.time() == time(6) and file not in LONG}
    assert 3 < len(cut) < len(LONG) - 3
    assert all(whole[file.name].table == file.table for file in LONG)
    for file in LONG:
        shown = noisy([file], file.delivered_at + timedelta(hours=5), "file_cut")[0]
        assert (shown.table.num_rows < file.table.num_rows) == (file.name in cut)
        assert shown.delivered_at == file.delivered_at


def test_files_come_again_under_another_name() -> None:
    found = noisy(LONG, datetime(2024, 1, 15, 12, tzinfo=UTC), "file_again")
    again: Mapping[str, Any] = {file.name: file for file in found if file not in LONG}
    assert 3 < len(again) < len(LONG) - 3
    for name, file in again.items():
        first = next(one for one in LONG if one.name == name.replace("_2.", "."))
        assert file.table == first.table
        assert file.delivered_at == first.delivered_at + timedelta(days=1) <= datetime(2024, 1, 15, 12, tzinfo=UTC)
    times = [file.delivered_at for file in found]
    assert times == sorted(times)


def test_the_second_name_stays_in_its_folder() -> None:
    deep = files("daily", Dials(0, 20, 1), "v1.2/day={date}/items.csv.gz")
    names = {file.name for file in noisy(deep, datetime(2024, 2, 1, tzinfo=UTC), "file_again")}
    assert all(name.startswith("v1.2/day=2024-01-") for name in names)
    assert any(name.endswith("/items_2.csv.gz") for name in names)
