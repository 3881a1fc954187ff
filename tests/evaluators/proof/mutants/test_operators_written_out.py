# ruff: noqa: E501 queries stand on one line
"""Each operator makes exactly the changes that stand in `cases/`, written out to be read.

`LOCKGATE_WRITE_CASES=1 pytest THIS_FILE` writes them anew: read the difference before you keep it.
"""

import copy
import os
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from evaluators.proof.equivalents.whole_query import make_equivalents
from evaluators.proof.mutants.connection_files import CONNECTION_MUTATIONS, CONNECTION_REWRITES, StreamCase
from evaluators.proof.mutants.registry import MUTATIONS
from evaluators.proof.sql_trees import Scope, make_mutants, parse
from tests.helpers.operator_cases import CASES, DOUBLE, NOW, ROWS, TYPES
from tests.helpers.stream_cases import COLUMNS, FILES, HTTP, ORDERS, SHOPS, STOCK

FOLDER = Path(__file__).with_name("cases")
MORE = {
    "join_kind": "select r.ride_id from main.rides r join main.lines using (line) cross join main.lines as l",
    "fan_out": "select r.ride_id from main.rides r left join main.lines as l on r.line = l.line "
    "join (select 1 as one) as s on s.one = l.zone",
    "filter_dropped": "select line, count(*) filter (where fare > 12) as n from main.rides "
    "where (fare > 1 and tip > 2) group by line having count(*) > 1 and max(fare) < 40",
    "distinct_lost": "select count(distinct line) as n, sum(distinct fare) as m from (select distinct fare, line "
    "from main.rides)",
    "union_kind": "select line from main.rides union select line from main.lines union all by name select line "
    "from main.rides",
    "predicate_negated": "select ride_id from main.rides where tip is not null and not (fare > 3) and line in ('a') "
    "and exists (select 1)",
    "list_value_dropped": "select ride_id from main.rides where line not in ('a') and fare in (1, 2, 3)",
    "bound_moved": "select ride_id from main.rides where fare >= 12 and tip < 3 and miles <= 2 and fare between 1 and 9",
    "constant_moved": "select ride_id, fare + 2 as n, 'x' as s, 1.5 as d from main.rides limit 4",
    "sum_for_mean": "select avg(fare) as n, sum(fare) over (order by fare) as m from main.rides",
    "extremes_swapped": "select max(fare) as a, arg_min(line, fare) as b, least(fare, tip) as c, greatest(fare, 3) as d "
    "from main.rides group by line",
    "coalesce_lost": "select coalesce(tip, fare, 0) as n, ifnull(tip, 1) as m, coalesce(tip) as o from main.rides",
    "cleaning_lost": "select lower(trim(place)) as p, upper(place) as q, nullif(place, '') as r from main.rides",
    "case_branch_dropped": "select case when fare > 20 then 1 end as k, case line when 'a' then 1 when 'b' then 2 end as l "
    "from main.rides",
    "date_grain": "select date_trunc('month', started_at) as m, extract(hour from started_at) as h, "
    "cast(started_at as date) as d, date_diff('day', started_at, ended_at) as n from main.rides",
    "time_zone_dropped": "select timezone('UTC', started_at at time zone 'Asia/Tokyo') as t, "
    "started_at at time zone 'Asia/Tokyo' at time zone 'UTC' as u from main.rides",
    "wrong_column": "with a as (select ride_id, started_at, ended_at, tip from main.rides) select started_at, tip as t from a",
    "window_order_turned": "select row_number() over (partition by line order by fare desc nulls last) as n from main.rides "
    "qualify rank() over (order by fare) = 1",
    "neighbour_swapped": "select lead(fare, 2) over (order by ride_id) as n, first_value(fare) over (order by ride_id) as f, "
    "last_value(fare) over (order by ride_id) as l from main.rides",
    "rank_kind": "select rank() over (order by line) as a, dense_rank() over (order by line) as b from main.rides",
}
QUERIES = {
    "plain": "select ride_id, fare from main.rides where 12 < fare and line = 'c' or tip >= 3",
    "common tables": "with a as (select * from main.rides where fare <> 1), b as (select * from main.lines), "
    "c as (select a.line from a join b on a.line = b.line and b.zone = 1) select c.line, x.name from c left join b as x on c.line = x.line",
    "lists and ranges": "select ride_id from main.rides where fare between 1 and 9 and line in ('a', 'b') "
    "and tip in (select 1)",
    "aggregates": "select line, count(*) as n, count(*) filter (where fare > 3) as m, sum(coalesce(tip, fare, 0)) as s, "
    "count(distinct fare) filter (where tip > 1) as d from main.rides group by line",
    "filtered aggregates": "select line, any_value(tip order by ride_id) filter (where fare > 3) as t, any_value(miles) filter "
    "(where false) as z, first(tip order by ride_id) filter (where fare > 3) as f, list(fare order by fare) filter "
    "(where fare > 3) as l, max_by(place, ride_id) filter (where fare > 3) as n from main.rides group by line",
    "numbered": "select * from main.rides qualify row_number() over (partition by line order by ride_id) = 1",
    "numbered below a common table": "with r as (select * from main.rides) select * from r "
    "qualify row_number() over (order by ride_id) = 1",
    "numbered inside and outside": "with r as (select * from main.rides qualify row_number() over (order by fare) < 6) "
    "select * from r qualify row_number() over (partition by line order by ride_id) = 1",
    "numbered and cut": "select * from main.rides qualify row_number() over (partition by line order by ride_id) = 1 limit 1",
    "numbered columns": "select line from main.rides qualify row_number() over (order by ride_id) = 1",
    "distinct": "select distinct line, fare from main.rides",
    "grouped": "select line, fare from main.rides group by line, fare",
    "union": "select line from main.rides union all select line from main.lines",
    "outer": "select r.ride_id, l.name from main.rides r right join main.lines l on r.line = l.line and l.zone = 1",
    "three tables": "select r.ride_id, l.name, m.zone from main.rides r join main.lines l on r.line = l.line and l.zone = 1 join main.lines m "
    "on m.line = l.line and m.zone = 2",
}


@pytest.fixture
def database():
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(ROWS)
        yield connection


def settled(name: str, made: Any) -> Any:
    """What the case file says; written first where that is asked for."""
    path = FOLDER / name
    if os.environ.get("LOCKGATE_WRITE_CASES"):
        path.write_text(yaml.safe_dump(made, sort_keys=False, allow_unicode=True, width=1000), encoding="utf-8")
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def one_line(sql: str) -> str:
    return " ".join(sql.split())


def test_mutants_of_queries():
    made: dict[str, dict[str, list[str]]] = {}
    for name, operator in MUTATIONS.items():
        for query in filter(None, (CASES[name], MORE.get(name), DOUBLE if name == "division_kind" else None)):
            mutants = make_mutants("marts.x", parse(query, NOW), Scope(TYPES), {name: operator})
            made.setdefault(name, {})[query] = [f"{m.before} -> {m.after}: {one_line(m.sql)}" for m in mutants]
    assert made == settled("mutants.yaml", made)


@pytest.mark.parametrize("name", QUERIES)
def test_equivalents_give_the_same_rows(database, name):
    """All that keep the columns as they are; the others are named in `cases/equivalents.yaml`."""
    others = {"columns_reordered", "column_added", "rows_reordered", "types_widened", "grouped_by_all"}
    columns = dict.fromkeys(database.execute(f"describe ({QUERIES[name]})").fetchdf()["column_name"], "VARCHAR")
    made = make_equivalents("marts.x", parse(QUERIES[name], NOW), columns, is_unique=False, is_strict=True)
    for found in made:
        if found.operator not in others:
            expected = sorted_columns(database, QUERIES[name])
            assert sorted_columns(database, found.sql) == expected, found.operator


def sorted_columns(database, sql):
    """Rows as bags of name and value: `select *` over joins has its columns in the order of the tables."""
    result = database.execute(sql)
    names = [column[0] for column in result.description]
    return Counter(repr(sorted(zip(names, map(repr, row), strict=True))) for row in result.fetchall())


def test_equivalents_of_queries():
    made = {
        name: {
            "query": query,
            **{
                found.operator: one_line(found.sql)
                for found in make_equivalents(
                    "marts.x", parse(query, NOW), TYPES, is_unique=name == "distinct", is_strict=name != "plain"
                )
            },
        }
        for name, query in QUERIES.items()
    }
    assert made == settled("equivalents.yaml", made)


LINES = StreamCase(HTTP, 1, COLUMNS, ())
JSON_LINES = StreamCase(
    {**FILES, "streams": [{"name": "stock", "pattern": "a/b.jsonl.gz", "format": "jsonl"}]},
    0,
    COLUMNS,
    ("a/b.jsonl.gz",),
)
STREAMS = {"orders": ORDERS, "lines": LINES, "stock": STOCK, "json lines": JSON_LINES, "shops": SHOPS}


def differences(one: Any, other: Any, at: str = "") -> list[str]:
    """Where two parsed files differ, keys' order included."""
    if isinstance(one, dict) and isinstance(other, dict):
        found = (
            []
            if [k for k in one if k in other] == [k for k in other if k in one]
            else [f"{at}: keys {', '.join(other)}"]
        )
        for key in dict.fromkeys([*one, *other]):
            found += differences(one.get(key, "absent"), other.get(key, "absent"), f"{at}.{key}".lstrip("."))
        return found
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        return [
            line for i, (a, b) in enumerate(zip(one, other, strict=True)) for line in differences(a, b, f"{at}[{i}]")
        ]
    return [] if one == other else [f"{at}: {one} -> {other}"]


def test_variants_of_connection_files():
    made = {}
    for stream, case in STREAMS.items():
        original = copy.deepcopy(case.content)
        for name, operator in (CONNECTION_MUTATIONS | CONNECTION_REWRITES).items():
            changes = [
                {"before": edited.before, "after": edited.after, "changes": differences(original, edited.content)}
                for edited in operator(case)
            ]
            if changes:
                made[f"{stream}: {name}"] = changes
    assert made == settled("connections.yaml", made)
