"""Schedules that are written in different words and mean the same."""

import pytest

from evaluators.scoring.schedule_meaning import cron_meaning, is_same_zone


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("@daily", "0 0 * * *"),
        ("@midnight", "0 0 * * *"),
        ("@weekly", "0 0 * * 0"),
        ("0 0 * * 7", "0 0 * * sun"),
        ("30 23 * * *", " 30  23 */1 1-12 0-6"),
        ("30 23 * * 1-7", "30 23 * * *"),
        ("30 23 * * MON-FRI", "30 23 * * 1,2,3,4,5"),
        ("*/20 5 * * *", "0,20,40 05 * JAN-DEC *"),
        ("10/25 5 * * *", "10,35 5 * * *"),
        ("0 0 * * L", "0  0 * * l"),
    ],
)
def test_expressions_that_mean_the_same(one: str, other: str) -> None:
    assert cron_meaning(one) == cron_meaning(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("@daily", "0 1 * * *"),
        ("@hourly", "@daily"),
        ("30 23 * * *", "23 30 * * *"),
        ("30 23 * * 1-5", "30 23 * * *"),
        ("30 23 1 * *", "30 23 * * *"),
        ("0 0 * * L", "0 0 * * *"),
        ("99 0 * * *", "* 0 * * *"),
        ("0 0 0 * * *", "0 0 * * *"),
        ("nonsense", ""),
    ],
)
def test_expressions_that_do_not(one: str, other: str) -> None:
    assert cron_meaning(one) != cron_meaning(other)


def test_names_of_one_time_zone() -> None:
    assert is_same_zone("Etc/UTC", "UTC")
    assert is_same_zone("UTC", "Zulu")
    assert is_same_zone("US/Eastern", "America/New_York")


@pytest.mark.parametrize(
    "other",
    [
        "Europe/Berlin",
        "Europe/Lisbon",
        "UTC",
        "Europe/Londn",
        "Europe",
        "../UTC",
        "",
        "x\0",
        "a/" * 999 + "a",
        "a" * 999,
    ],
)
def test_names_of_another_one_or_of_none(other: str) -> None:
    assert not is_same_zone(other, "Europe/London")


def test_a_long_expression_is_not_taken_apart() -> None:
    long = ",".join(["*"] * 1000)
    assert cron_meaning(f"{long} * * * *") == (f"{long} * * * *",)
