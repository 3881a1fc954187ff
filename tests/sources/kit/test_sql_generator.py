"""Generators in SQL: order, refusals, versions, days, and that nothing but the dials counts."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from benchmark.generator_parameters import Dials
from benchmark.world_data import TableRoles
from sources.kit import draws, made_tables, time_limit
from sources.kit.errors import GeneratorError
from sources.kit.sql_generator import SqlGenerator
from sources.kit.stability import moved_rows

Make = Callable[..., SqlGenerator]

CUSTOMERS = """
    select number as number__, identifier('customer', number) as customer_id, person_name(number) as name
    from entities(12)
"""
ORDERS = """
    with days as (
        select customer_id, [number__, day - start_date()] as key, day from customers cross join dates()
    )
    select
        identifier('order', key[1] * 10000 + key[2]) as order_id, customer_id,
        pick(key, 'amount', 500) + version__ as amount, version__,
        between_times(key, 'at', day, day + 1) as ordered_at,
        between_times(key, 'at', day, day + 1) + to_days((2 * version__ - 2)::integer) as arrives_at__,
        case when draw(key, 'withdrawn') < 0.1 then (day + 5)::timestamp end as deleted_at__
    from days cross join unnest([1, 2]) as versions (version__)
    where draw(key, 'ordered') < 0.4 and (version__ = 1 or draw(key, 'changed') < 0.3)
"""
ORDER_ROLES = {"orders": TableRoles(key=("order_id",), event_time="ordered_at")}


def test_tables_are_made_in_the_order_in_which_they_read_one_another(make_generator: Make) -> None:
    generator = make_generator({"a": "select n + 1 as n from b", "b": "select n from c", "c": "select 1 as n"})
    assert [query.table for query in generator.queries] == ["c", "b", "a"]
    assert generator.states(Dials(0))["a"].to_pylist() == [{"n": 2}]


def test_a_step_of_a_query_may_have_the_name_of_its_table(make_generator: Make) -> None:
    generator = make_generator(
        {"a": "with a as (select * from b), c as (select 1) select * from a", "b": "select 1 as n"}
    )
    assert [query.table for query in generator.queries] == ["b", "a"]


@pytest.mark.parametrize(
    "sql",
    [
        "from b select n",
        "from b",
        "select list_transform([0], lambda x: x + n)[1] as n from b",
        "select [x + n for x in [0]][1] as n from b",
        "select * replace (n + 0 as n) from b qualify row_number() over (order by n) = 1",
        "select * exclude (m) from (select n, 2 as m from b)",
        "select b.n from b asof join (select 0 as n) as c on b.n >= c.n",
        "select n from b union all by name select n from b limit 1",
        "with recursive r as (select n from b union all select n + 1 from r where n < 1) select n from r",
        "select n from (values (1)) as v (k) inner join b on k = n",
        "select (select max(n) from b) as n",
        "select n from b where exists (from b)",
        "select n::integer as n from b positional join (select 2 as k)",
    ],
)
def test_what_duckdb_can_say_is_understood(make_generator: Make, sql: str) -> None:
    generator = make_generator({"a": sql, "b": "select 1 as n"})
    assert [query.table for query in generator.queries] == ["b", "a"]
    assert generator.states(Dials(0))["a"].to_pylist() == [{"n": 1}]


def test_a_circle_is_named_with_its_files(make_generator: Make) -> None:
    generator = make_generator({"a": "select * from b", "b": "select * from c", "c": "select * from a"})
    with pytest.raises(GeneratorError, match=r"circle: a -> b -> c -> a \(a\.sql, b\.sql, c\.sql\)"):
        generator.states(Dials(0))


@pytest.mark.parametrize(
    ("sql", "line", "name"),
    [
        ("select\n  random() as n", 2, "random()"),
        ("select now() as n", 1, "now()"),
        ("select 1 as a,\n\ncurrent_date as n", 3, "current_date"),
        ("select CURRENT_TIMESTAMP as n", 1, "current_timestamp"),
        ("select gen_random_uuid() as n", 1, "gen_random_uuid()"),
        ("select uuid() as n", 1, "uuid()"),
        ("select hash(1) as n", 1, "hash()"),
        ('select "hash"(1) as n', 1, "hash()"),
        ("select system.main.hash(1) as n", 1, "hash()"),
        ("select n.hash() from (select 1 as n) as t", 1, "hash()"),
        ("select * from read_csv('x.csv')", 1, "read_csv()"),
        ("select * from range(10) using sample 3", 1, "using sample"),
        ("select * from query('select 1')", 1, "query()"),
        ("select age(timestamp '2020-01-01') as n", 1, "age()"),
    ],
)
def test_what_depends_on_more_than_the_dials_is_refused(make_generator: Make, sql: str, line: int, name: str) -> None:
    generator = make_generator({"t": sql})
    with pytest.raises(GeneratorError) as caught:
        generator.states(Dials(0))
    assert f"t.sql:{line}: {name} " in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "select 'random() now()' as n -- hash(1)",
        "select 1 as hash",
        "select md5('a') as n",
    ],
)
def test_words_in_texts_comments_and_names_are_none_of_it(make_generator: Make, sql: str) -> None:
    assert make_generator({"t": sql}).states(Dials(0))["t"].num_rows == 1


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("select 1 as n; select 2", r"t\.sql: holds 2 statements"),
        ("create table x as select 1", r"t\.sql: holds 1 statements"),
        ("select 1 as\nn from from", r"t\.sql:2: is not SQL"),
        ("select 1 as n,\n  m from (select 2 as k)", r"t\.sql:2: Binder Error.*m"),
        ("select 1 as n,\n  nothing(2) as m", r"t\.sql:2: Catalog Error.*nothing"),
        ("select * from 'secret.csv'", r"t\.sql.*"),
        ("select 1 as n__", r"^$"),
    ],
)
def test_a_query_that_fails_says_where(make_generator: Make, sql: str, problem: str) -> None:
    generator = make_generator({"t": sql})
    if problem == "^$":
        assert generator.states(Dials(0)) == {}
        return
    with pytest.raises(GeneratorError, match=problem):
        generator.states(Dials(0))


def test_an_empty_folder_and_roles_of_no_table_are_mistakes(make_generator: Make) -> None:
    with pytest.raises(GeneratorError, match="has no query"):
        make_generator({}).states(Dials(0))
    with pytest.raises(GeneratorError, match=r"data\.orders in world\.yaml: there is no generate/orders\.sql"):
        make_generator({"a": "select 1 as n"}, ORDER_ROLES).states(Dials(0))


@pytest.mark.parametrize(
    ("roles", "problem"),
    [
        (TableRoles(key=("id",)), r"a\.sql: has no column 'id', which its roles name \(columns: n\)"),
        (TableRoles(event_time="n"), "column 'n' is INTEGER, but must be a date or a timestamp"),
    ],
)
def test_roles_fit_the_table(make_generator: Make, roles: TableRoles, problem: str) -> None:
    with pytest.raises(GeneratorError, match=problem):
        make_generator({"a": "select 1 as n"}, {"a": roles}).states(Dials(0))


def test_versions_need_a_key(make_generator: Make) -> None:
    with pytest.raises(GeneratorError, match=r"has version__ but no key; say data\.a\.key"):
        make_generator({"a": "select 1 as n, 1 as version__"}).states(Dials(0))


VERSIONS = """
    select * from (values
        (1, 'new', 1, timestamp '2024-01-03', null),
        (1, 'paid', 2, timestamp '2024-01-05', null),
        (2, 'new', 1, timestamp '2024-01-04', timestamp '2024-01-06'),
        (3, 'new', 1, timestamp '2024-01-09', null)
    ) as t (id, state, version__, loaded_at, deleted_at__)
"""


@pytest.mark.parametrize(
    ("days", "shown"),
    [
        (2, []),
        (4, [(1, "new"), (2, "new")]),
        (5, [(1, "paid"), (2, "new")]),
        (6, [(1, "paid")]),
        (9, [(1, "paid"), (3, "new")]),
    ],
)
def test_the_latest_version_that_has_come_is_shown(
    make_generator: Make, days: int, shown: list[tuple[int, str]]
) -> None:
    state = make_generator({"t": VERSIONS}, {"t": TableRoles(key=("id",))}).states(Dials(0, days))["t"]
    assert state.column_names == ["id", "state", "loaded_at"]
    assert [(row["id"], row["state"]) for row in state.to_pylist()] == shown


def test_dates_and_day(make_generator: Make) -> None:
    generator = make_generator(
        {"t": "select first_as_of() as first, as_of() as last, pinned_now()::timestamp as clock, scale() as n"}
    )
    assert generator.states(Dials(0, 3, 2, 4))["t"].to_pylist() == [
        {"first": date(2024, 1, 3), "last": date(2024, 1, 4), "clock": datetime(2024, 1, 4, 20), "n": 4}  # noqa: DTZ001
    ]


@pytest.mark.parametrize("dials", [Dials(0, 5, 1), Dials(4711, 9, 2, 3)])
def test_widening_moves_no_row(make_generator: Make, dials: Dials) -> None:
    generator = make_generator({"customers": CUSTOMERS, "orders": ORDERS}, ORDER_ROLES)
    assert generator.states(dials)["orders"].num_rows > 15
    assert moved_rows(generator, dials) == {}


def test_a_new_table_moves_no_row(make_generator: Make) -> None:
    before = make_generator({"customers": CUSTOMERS, "orders": ORDERS}, ORDER_ROLES).states(Dials(1))
    queries = {"a_first": "select draw(number, 'x') as n from entities(5)", "customers": CUSTOMERS, "orders": ORDERS}
    after = make_generator(queries, ORDER_ROLES).states(Dials(1))
    assert all(after[name].equals(table) for name, table in before.items())


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("select first_as_of() as day", "do not read first_as_of"),
        ("select day, max(day) over () as newest, day::timestamp as loaded_at from dates()", "once a week has passed"),
        ("select number, (select count(*) from entities(5)) as n from entities(5)", "rows move when scale doubles"),
    ],
)
def test_what_moves_is_found(make_generator: Make, sql: str, problem: str) -> None:
    assert problem in moved_rows(make_generator({"t": sql}), Dials(0))["t"]


EACH_DAY = "select day, day::timestamp + interval 5 hours as loaded_at from dates()"


def at(day: int) -> datetime:
    return datetime(2024, 1, day, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("queries", "rows"),
    [
        # Made once; the time of arrival says what is there.
        ({"t": EACH_DAY}, [2, 3, 5]),
        # Without one, for each instant; so is what asks for the day, and what reads that.
        ({"t": "select day from dates()"}, [2, 3, 5]),
        ({"t": "select unnest(range(day(as_of()))) as n, timestamp '2024-01-01' as loaded_at"}, [2, 3, 5]),
        ({"t": "select * from u", "u": "select unnest(range(day(pinned_now()))) as n"}, [2, 3, 5]),
        ({"t": "select unnest(range((select count(*) from u))) as n, as_of() as d", "u": EACH_DAY}, [2, 3, 5]),
        ({"t": "select unnest([1, 2]) as n"}, [2, 2, 2]),
    ],
)
def test_each_instant_shows_what_was_there(make_generator: Make, queries: dict[str, str], rows: list[int]) -> None:
    generator = make_generator(queries)
    with generator.made(Dials(0, 5), at(5)) as made:
        states = {day: made.state("t", at(day)) for day in (2, 3, 5)}
    assert [state.num_rows for state in states.values() if state is not None] == rows
    for day, state in states.items():
        assert state is not None
        assert state.equals(generator.states(Dials(0, day))["t"])


def test_a_table_is_made_once_for_all_instants(make_generator: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr(made_tables, "draw_for", lambda _connection, table: made.append(table))
    generator = make_generator(
        {"fixed": "select 1 as n__", "grows": EACH_DAY, "asks": "select n__, as_of() as d from fixed cross join grows"}
    )
    with generator.made(Dials(0, 5), at(5)) as rows:
        for day in (2, 3, 5):
            rows.state("asks", at(day))
            rows.state("grows", at(day))
    assert Counter(made) == {"fixed": 1, "grows": 3, "asks": 3}


def test_a_query_without_an_end_is_ended_and_named(make_generator: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time_limit, "GENERATION_SECONDS", 0.2)
    generator = make_generator(
        {
            "a": "select 1 as n",
            "endless": "select sum(a.range * b.range) as n from range(100000000) as a, range(100000000) as b",
        }
    )
    with pytest.raises(GeneratorError, match=r"generate/endless\.sql: was still running when the \d+ seconds"):
        generator.states(Dials(0))


def documented_calls() -> list[str]:
    """Every call of the table in the docstring of `sources/kit/draws.py`."""
    rows = [line for line in (draws.__doc__ or "").splitlines() if line.startswith("| `")]
    return [call for row in rows for call in re.findall(r"`([^`]+)`", row.split("|")[1])]


VALUES = {
    "key": "[n, 1]", "stream": "'s'", "n": "3", "mean": "50", "deviation": "5", "median": "20", "sigma": "0.5",
    "exponent": "1.3", "first": "pinned_now() - interval 1 day", "last": "pinned_now()", "day": "as_of()",
    "kind": "'order'", "prefix": "'O-'",
}  # fmt: skip


@pytest.mark.parametrize("call", documented_calls())
def test_every_call_of_the_docs_works_in_a_query(make_generator: Make, call: str) -> None:
    """Some have the name of a function of another database, which takes other arguments."""
    if call.startswith("from "):
        sql = f"select 1 as n, * {call}"
    else:
        name, _, rest = call.partition("(")
        sql = f"select 7 as n, {name}({', '.join(VALUES.get(part, part) for part in _arguments(rest))}) as made"
    assert make_generator({"t": sql}).states(Dials(3))["t"].num_rows > 0


def _arguments(rest: str) -> list[str]:
    return [part.strip() for part in re.split(r",(?![^\[]*\])", rest.rstrip(")")) if part.strip()]


def test_there_are_many_calls() -> None:
    assert {call.partition("(")[0] for call in documented_calls()} >= {"normal", "zipf", "lognormal", "text_identifier"}
