"""Draws: stable numbers, the shapes that they promise, and streams that do not touch one another."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.kit.draws import ID_BASE, ID_MODULUS, create_draws, draw_for
from tests.helpers.examples import n_examples

Connect = Callable[..., duckdb.DuckDBPyConnection]


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> Any:
    found = connection.execute(f"select {sql}").fetchone()
    assert found is not None
    return found[0]


NUMBERS: dict[str, Any] = {
    "draw": 0.3481422176308424,
    "identifier": 1_000_007_591_971_678,
    "person_name": "Rania Pellerin",
    "email": "rania.pellerin306778@example.net",
    "street": "179 Quay Row",
    "company_name": "Tidal Supply Ltd",
}


def test_draws_never_change(connect: Connect) -> None:
    """These figures are the data of every declared world: a change of them is another world."""
    connection = connect(7)
    draw_for(connection, "orders")
    draws = {
        "draw": "draw(1, 'amount')",
        "identifier": "identifier('order', 1)",
        **{name: f"{name}(1)" for name in ("person_name", "email", "street", "company_name")},
    }
    assert {name: one(connection, sql) for name, sql in draws.items()} == NUMBERS


@pytest.mark.parametrize("other", ["seed", "table", "stream", "key"])
def test_a_draw_is_of_seed_table_stream_and_key(other: str) -> None:
    def draw(seed: int = 1, table: str = "a", stream: str = "s", key: int = 1) -> Any:
        SHARED.execute(f"set variable lockgate_seed = {seed}::bigint")
        draw_for(SHARED, table)
        return one(SHARED, f"draw({key}, '{stream}')")

    changed: dict[str, Any] = {other: 2 if other in ("seed", "key") else "b"}
    assert draw() == draw()
    assert draw() != draw(**changed)


def test_shapes(connect: Connect) -> None:
    connection = connect(3)
    found = connection.execute(
        """
        select
            avg(draw(range, 'a')), min(pick(range, 'b', 6)), max(pick(range, 'b', 6)),
            count(distinct pick(range, 'b', 6)),
            min(wobble(range, 'c', 4)), max(wobble(range, 'c', 4)), count_if(wobble(range, 'c', 4) = 0),
            avg(normal(range, 'd', 50, 5)), stddev(normal(range, 'd', 50, 5)),
            median(lognormal(range, 'e', 20, 0.5)),
            avg((pick_weighted(range, 'f', ['x', 'y', 'z'], [3, 1, 0]) = 'x')::integer),
            count_if(pick_weighted(range, 'f', ['x', 'y', 'z'], [3, 1, 0]) = 'z'),
            min(zipf(range, 'g', 10, 1.3)), max(zipf(range, 'g', 10, 1.3)),
            count_if(zipf(range, 'g', 10, 1.3) = 0) > 3 * count_if(zipf(range, 'g', 10, 1.3) = 4),
            count(distinct choose(range, 'h', ['p', 'q']))
        from range(20000)
        """
    ).fetchone()
    assert found is not None
    assert found[0] == pytest.approx(0.5, abs=0.01)
    assert found[1:4] == (0, 5, 6)
    assert found[4:7] == (-4, 4, 0)
    assert found[7] == pytest.approx(50, abs=0.2)
    assert found[8] == pytest.approx(5, abs=0.2)
    assert found[9] == pytest.approx(20, rel=0.03)
    assert found[10] == pytest.approx(0.75, abs=0.02)
    assert found[11:16] == (0, 0, 9, True, 2)


def test_zipf_with_the_exponent_one(connect: Connect) -> None:
    found = (
        connect(3).execute("select zipf(range, 'z', 4, 1), count(*) from range(5000) group by 1 order by 1").fetchall()
    )
    assert [value for value, _ in found] == [0, 1, 2, 3]
    counts = [n for _, n in found]
    assert counts == sorted(counts, reverse=True)


@pytest.mark.parametrize("n", [-1, ID_MODULUS])
def test_an_identifier_that_would_not_be_unique_is_refused(connect: Connect, n: int) -> None:
    with pytest.raises(duckdb.Error, match=rf"identifier\(order, {n}\): the number must be from 0 to 900,000,010"):
        one(connect(0), f"identifier('order', {n})")
    assert one(connect(0), "identifier('order', null)") is None


def test_times_lie_between(connect: Connect) -> None:
    connection = connect(3)
    low, high = connection.execute(
        "select min(t), max(t) from (select between_times(range, 'a', timestamp '2024-01-01', timestamp '2024-01-02') "
        "as t from range(5000))"
    ).fetchall()[0]
    assert datetime(2024, 1, 1) <= low < high < datetime(2024, 1, 2)  # noqa: DTZ001


@settings(max_examples=n_examples(25), deadline=None)
@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 40))
def test_business_days_are_counted(start: date, n: int) -> None:
    expected = start
    while expected.isoweekday() > 5:
        expected += timedelta(days=1)
    for _ in range(n):
        expected += timedelta(days=3 if expected.isoweekday() == 5 else 1)
    assert one(SHARED, f"business_day(date '{start}', {n})") == expected


SHARED = duckdb.connect()
create_draws(SHARED, 0)


@settings(max_examples=n_examples(15), deadline=None)
@given(st.tuples(st.integers(0, 999_999), st.integers(0, 999_999)).filter(lambda pair: pair[0] != pair[1]))
def test_no_identifier_of_one_seed_is_in_another(seeds: tuple[int, int]) -> None:
    ranges = []
    for seed in seeds:
        SHARED.execute(f"set variable lockgate_seed = {seed}::bigint")
        low, high, n = SHARED.execute(
            f"select min(i), max(i), count(distinct i) from (select identifier('order', n) as i from (select unnest("
            f"[0, 1, 17, 500000, {ID_MODULUS - 1}]) as n))"
        ).fetchall()[0]
        assert n == 5
        ranges.append((low, high))
    (low, high), (other_low, other_high) = sorted(ranges)
    assert ID_BASE <= low <= high < other_low <= other_high < 2**53


@pytest.mark.parametrize("modulus", [2, 3, 5, 7, 8, 10])
def test_identifiers_leave_every_remainder(modulus: int) -> None:
    """SQL of tasks chooses rows by remainders: `order_id % 3 = 0` must choose some in every seed."""
    kinds = ["order", "customer", "parcel"]
    for seed in (0, 101, 202, 303, 501_739, *range(400, 410)):
        SHARED.execute(f"set variable lockgate_seed = {seed}::bigint")
        counts = SHARED.execute(
            f"select kind, identifier(kind, n) % {modulus}, count(*) from (select unnest({kinds}) as kind), "
            "range(600) as numbers(n) group by all"
        ).fetchall()
        assert len(counts) == len(kinds) * modulus, seed
        assert all(abs(n - 600 / modulus) < 6 * (600 / modulus) ** 0.5 for _, _, n in counts), seed


def test_made_people_are_nobody(connect: Connect) -> None:
    connection = connect(0)
    name, address = connection.execute("select person_name(4), email(4)").fetchall()[0]
    assert address.startswith(name.lower().replace(" ", "."))
    assert address.rpartition("@")[2] in {"example.com", "example.net", "example.org"}


def test_the_clock_and_the_dials(connect: Connect) -> None:
    connection = connect(5)
    assert connection.execute("select seed(), scale(), start_date(), as_of(), pinned_now()::varchar").fetchall() == [
        (5, 1, date(2024, 1, 1), date(2024, 1, 14), "2024-01-14 20:00:00+00")
    ]
    assert connection.execute("select count(*), max(day) from dates(ahead := 2)").fetchall() == [
        (16, date(2024, 1, 16))
    ]
    connection.execute("set variable lockgate_scale = 3::bigint")
    assert one(connection, "max(number) from entities(10)") == 29


def test_identifiers_as_text_are_unique_and_of_one_length(connect: Connect) -> None:
    connection = connect(7)
    found = connection.execute(
        "select count(distinct text), min(length(text)), max(length(text)), count_if(not regexp_matches(text, "
        "'^ORD-[0-9A-HJKMNP-TV-Z]{11}$')) "
        "from (select text_identifier('order', range, 'ORD-') as text from range(9000))"
    ).fetchone()
    assert found == (9000, 15, 15, 0)
    assert one(connection, "text_identifier('order', null, 'ORD-')") is None
    assert one(connection, "text_identifier('order', 1, '')") != one(connect(8), "text_identifier('order', 1, '')")
