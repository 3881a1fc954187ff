"""Noise: each rule does what it says, to its share of the rows, and the same rows on every day."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from pydantic import TypeAdapter, ValidationError

from benchmark.noise_rules import AnyNoise
from benchmark.world_data import TableRoles
from sources.kit.errors import GeneratorError
from sources.kit.noise import open_noise

ROLES = {
    "orders": TableRoles(key=("id",), event_time="at", loaded_at="loaded_at", updated_at="updated_at", measures=("n",))
}
N_ROWS = 2000
OTHER_IDS = 5_000_000_000_000_000
START = datetime(2024, 1, 1, tzinfo=UTC)
LAST = datetime(2024, 4, 1, tzinfo=UTC)


def rows_until(now: datetime) -> pa.Table:
    """An order an hour, there at once: what a generator gives for a day."""
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(
            f"""
            select
                1000 + range as id, happened as at, range % 90 as n, (range % 70 * 0.25)::decimal(9, 2) as kilos,
                'Code' || range % 5 as code, happened as loaded_at, happened as updated_at
            from (select *, timestamptz '2024-01-01 00:00:00Z' + to_hours(range) as happened from range({N_ROWS}))
            where happened <= timestamptz '{now.isoformat()}' order by id
            """
        ).to_arrow_table()


def noisy(
    rule: Mapping[str, Any] | Sequence[Mapping[str, Any]],
    now: datetime = LAST,
    seed: int = 1,
    roles: Mapping[str, TableRoles] = ROLES,
) -> list[dict[str, Any]]:
    listed = [rule] if isinstance(rule, Mapping) else rule
    rules = [TypeAdapter[AnyNoise](AnyNoise).validate_python({"table": "orders", **one}) for one in listed]
    with open_noise(rules, roles, seed) as noise:
        rows: list[dict[str, Any]] = noise.apply("orders", rows_until(now), now).to_pylist()
        return rows


def by_id(rows: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    return {row["id"]: row for row in rows}


PLAIN = by_id(rows_until(LAST).to_pylist())
LATE = {"kind": "late", "rate": 0.2, "by": "4d"}


def test_late_rows_come_later_and_say_so() -> None:
    now = datetime(2024, 1, 20, tzinfo=UTC)
    shown = by_id(noisy(LATE, now))
    after = by_id(noisy(LATE))
    assert len(after) == N_ROWS
    delays = {key: row["loaded_at"] - row["at"] for key, row in after.items() if row["loaded_at"] > row["at"]}
    assert len(delays) / N_ROWS == pytest.approx(0.2, abs=0.03)
    assert all(timedelta(days=1) <= delay <= timedelta(days=4) for delay in delays.values())
    assert all(after[key]["updated_at"] == after[key]["loaded_at"] for key in delays)
    assert set(shown) == {key for key, row in after.items() if row["loaded_at"] <= now}
    assert all(shown[key] == after[key] for key in shown), "a row that came late is the same on every later day"
    missing = {key for key, row in PLAIN.items() if row["at"] <= now} - set(shown)
    assert 5 < len(missing) < 30


def test_deleted_rows_are_there_before() -> None:
    rule = {"kind": "deleted_later", "rate": 0.1, "after": "10d"}
    days = [START + timedelta(days=number) for number in range(20, 60, 5)]
    states = [set(by_id(noisy(rule, now))) for now in days]
    assert len(noisy(rule)) / N_ROWS == pytest.approx(0.9, abs=0.03)
    assert any(before - after for before, after in pairwise(states))
    for now, state in zip(days, states, strict=True):
        young = {key for key, row in PLAIN.items() if now - timedelta(days=5) < row["at"] <= now}
        assert young <= state
    gone: set[int] = set()
    for before, after in pairwise(states):
        gone |= before - after
        assert not gone & after, "what is deleted stays deleted"


def test_corrected_rows_are_wrong_at_first_and_move_updated_at() -> None:
    rule = {"kind": "corrected_later", "rate": 0.15, "after": "6d", "by": 0.5}
    final = by_id(noisy(rule))
    assert {key: row["n"] for key, row in final.items()} == {key: row["n"] for key, row in PLAIN.items()}
    corrected = {key: row["updated_at"] for key, row in final.items() if row["updated_at"] > row["at"]}
    assert len(corrected) / N_ROWS == pytest.approx(0.15, abs=0.03)
    assert all(row["loaded_at"] == row["at"] for row in final.values())
    now = datetime(2024, 2, 1, tzinfo=UTC)
    shown = by_id(noisy(rule, now))
    for key, row in shown.items():
        is_wrong = key in corrected and corrected[key] > now
        assert (row["n"] != final[key]["n"]) == is_wrong
        assert row["updated_at"] == (final[key]["updated_at"] if not is_wrong else row["at"])
        assert abs(row["n"] - final[key]["n"]) <= max(1, 0.5 * final[key]["n"])
        assert row["n"] >= 0


def test_the_second_row_differs_in_the_columns_that_change() -> None:
    rule = {"kind": "sent_twice", "rate": 0.1, "after": "8h", "new_id": "id"}
    plain, changing = noisy(rule), noisy(rule | {"changes": ["n", "code"], "by": 0.5})
    assert len(plain) == len(changing)
    firsts = by_id(changing)
    seconds = [row for row in changing if row["id"] >= OTHER_IDS]
    assert len(seconds) / N_ROWS == pytest.approx(0.1, abs=0.02)
    for row in seconds:
        first = firsts[row["id"] - OTHER_IDS]
        assert row["code"] is None
        assert 0 < abs(row["n"] - first["n"]) <= max(1, 0.5 * first["n"] + 1)
        assert row["kilos"] == first["kilos"]
    assert [row for row in changing if row["id"] < OTHER_IDS] == [row for row in plain if row["id"] < OTHER_IDS]


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"changes": "m"}, r"there is no column 'm'; known: id, at, n"),
        ({"changes": "id"}, r"column 'id' is of the key"),
        ({"changes": "loaded_at"}, r"changes: 'loaded_at' is a time of the row's, and moves by itself"),
        ({"changes": "id", "new_id": "id"}, r"changes: 'id' is new_id"),
        ({"changes": "n", "by": 2}, r"less than 1"),
    ],
)
def test_what_a_second_row_cannot_change_is_refused(more: Mapping[str, Any], problem: str) -> None:
    with pytest.raises((GeneratorError, ValidationError), match=problem):
        noisy({"kind": "sent_twice", "rate": 0.1, "after": "8h", **more})


def test_rows_sent_twice_have_another_identifier_and_come_later() -> None:
    rule = {"kind": "sent_twice", "rate": 0.1, "after": "8h", "new_id": "id"}
    rows = noisy(rule)
    again = [row for row in rows if row["id"] not in PLAIN]
    assert len(again) / N_ROWS == pytest.approx(0.1, abs=0.03)
    assert len(by_id(rows)) == len(rows)
    for row in again:
        first = PLAIN[row["id"] - 5_000_000_000_000_000]
        assert (row["n"], row["code"]) == (first["n"], first["code"])
        assert timedelta(hours=2) <= row["loaded_at"] - first["loaded_at"] <= timedelta(hours=8)
    times = [row["updated_at"] for row in rows]
    assert times == sorted(times)


def test_without_a_new_identifier_the_key_is_there_twice() -> None:
    rows = noisy({"kind": "sent_twice", "rate": 0.1, "after": "8h"})
    assert len(rows) - len(by_id(rows)) > 150


def share(rows: list[dict[str, Any]], column: str, *values: Any) -> float:
    return sum(row[column] in values for row in rows) / len(rows)


def test_missing_values() -> None:
    rows = noisy({"kind": "missing", "columns": ["n", "kilos"], "rate": 0.2})
    assert share(rows, "n", None) == pytest.approx(0.2, abs=0.03)
    both = sum(row["n"] is None and row["kilos"] is None for row in rows) / N_ROWS
    assert both == pytest.approx(0.04, abs=0.02), "each by a draw of its own"
    texts = noisy({"kind": "missing", "columns": "code", "rate": 0.3, "texts": ["", "UNKNOWN"]})
    assert share(texts, "code", "") == pytest.approx(0.15, abs=0.03)
    assert share(texts, "code", "UNKNOWN") == pytest.approx(0.15, abs=0.03)


def test_times_in_other_formats_and_zones_are_the_same_times() -> None:
    rows = noisy({"kind": "time_format", "column": "at", "rate": 0.4, "formats": ["%d.%m.%Y %H:%M"]})
    read = [
        datetime.strptime(row["at"], "%d.%m.%Y %H:%M").replace(tzinfo=UTC)
        if "." in row["at"]
        else datetime.fromisoformat(row["at"])
        for row in rows
    ]
    assert read == [PLAIN[row["id"]]["at"] for row in rows]
    assert sum("." in row["at"] for row in rows) / N_ROWS == pytest.approx(0.4, abs=0.04)
    for zone, offset in (("Asia/Kolkata", "+05:30"), ("America/New_York", "-05:00")):
        rows = noisy({"kind": "time_zone", "column": "at", "rate": 0.3, "zone": zone})
        assert [datetime.fromisoformat(row["at"]) for row in rows] == [PLAIN[row["id"]]["at"] for row in rows]
        assert {row["at"][19:] for row in rows} >= {"Z", offset}


def test_units_are_the_same_quantity() -> None:
    rows = noisy({"kind": "unit", "column": "kilos", "rate": 0.3, "unit": "kg", "others": {"g": 1000}})
    for row in rows:
        number, unit = row["kilos"].split(" ")
        assert float(number) / {"kg": 1, "g": 1000}[unit] == pytest.approx(float(PLAIN[row["id"]]["kilos"]))
    assert {row["kilos"] for row in rows} >= {"0.25 kg", "250 g", "15 kg", "10000 g"}
    bare = noisy({"kind": "unit", "column": "kilos", "rate": 0.3, "unit": "kg"})
    assert sum(row["kilos"].endswith(" kg") for row in bare) / N_ROWS == pytest.approx(0.3, abs=0.03)


def test_letters_change_case_alone() -> None:
    rows = noisy({"kind": "letter_case", "column": "code", "rate": 0.5})
    assert all(row["code"].lower() == PLAIN[row["id"]]["code"].lower() for row in rows)
    assert {row["code"] for row in rows if row["code"].endswith("1")} == {"Code1", "code1", "CODE1"}


def test_a_rule_moves_no_row_of_another_one() -> None:
    other = {"kind": "missing", "columns": "kilos", "rate": 0.2}
    alone, together = noisy(other), noisy([{"kind": "letter_case", "column": "code", "rate": 0.5}, other])
    assert [row["kilos"] for row in alone] == [row["kilos"] for row in together]
    assert [row["kilos"] for row in noisy(other, seed=2)] != [row["kilos"] for row in alone]


def test_late_rows_are_corrected_after_they_came() -> None:
    rules = [LATE | {"rate": 1.0}, {"kind": "corrected_later", "rate": 1.0, "after": "2d"}]
    for row in noisy(rules):
        assert row["updated_at"] >= row["loaded_at"] + timedelta(days=1) > row["at"] + timedelta(days=2)


@pytest.mark.parametrize(
    ("rule", "roles", "problem"),
    [
        (LATE, {}, r"needs a time at which rows come; say data\.orders\.loaded_at or event_time"),
        ({"kind": "missing", "columns": "no", "rate": 0.1}, ROLES, "there is no column 'no'; known: id, at"),
        ({"kind": "missing", "columns": "id", "rate": 0.1}, ROLES, "column 'id' is of the key"),
        ({"kind": "missing", "columns": "n", "rate": 0.1, "texts": "-"}, ROLES, "only a text can be missing as a text"),
        ({"kind": "letter_case", "column": "n", "rate": 0.1}, ROLES, "the column is BIGINT, but must be a text"),
        ({"kind": "unit", "column": "code", "rate": 0.1, "unit": "g"}, ROLES, "but must be a number"),
        (
            {"kind": "time_zone", "column": "at", "rate": 0.1, "zone": "Mars/Base"},
            ROLES,
            r"noise of table 'orders' in world\.yaml: .*Mars/Base",
        ),
        (
            {"kind": "corrected_later", "rate": 0.1, "after": "1d"},
            {"orders": TableRoles(key=("id",), event_time="at")},
            r"say columns, or data\.orders\.measures",
        ),
    ],
)
def test_a_rule_that_does_not_fit_is_one_clear_error(
    rule: Mapping[str, Any], roles: Mapping[str, TableRoles], problem: str
) -> None:
    if not roles:  # A table without any time.
        rules = [TypeAdapter[AnyNoise](AnyNoise).validate_python({"table": "orders", **rule})]
        with open_noise(rules, {}, 0) as noise, pytest.raises(GeneratorError, match=problem):
            noise.apply("orders", pa.table({"id": [1]}), LAST)
        return
    with pytest.raises(GeneratorError, match=problem):
        noisy(rule, roles=roles)
