"""A message lists names that a person can read through: all of a few, of many the nearest."""

from benchmark.errors import UnknownNameError
from benchmark.spelling import MAX_LISTED, listed_names

MANY = [f"{place}_{number:02}" for place in ("harbour", "market", "station") for number in range(MAX_LISTED)]


def test_a_few_names_are_listed_in_order() -> None:
    assert listed_names("x", ["b", "a", "b"]) == "a, b"
    assert listed_names("x", []) == "none"
    assert listed_names("x", MANY[:MAX_LISTED]).count(",") == MAX_LISTED - 1


def test_of_many_names_the_nearest_are_listed_and_the_others_counted() -> None:
    assert listed_names("Market_7", MANY) == "market_07, market_16, market_17, market_18, market_19 and 55 more"


def test_of_many_names_that_are_all_far_away_the_first_are_listed() -> None:
    assert listed_names("?", MANY) == "harbour_00, harbour_01, harbour_02, harbour_03, harbour_04 and 55 more"


def test_an_unknown_name_among_many_has_a_short_message() -> None:
    message = str(UnknownNameError("place", "statoin_03", MANY))
    assert message.endswith("and 55 more. Did you mean 'station_03'?")
    assert len(message) < 200
