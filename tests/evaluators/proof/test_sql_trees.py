"""Mutants differ from their model, equivalents do not: on a small table in a real DuckDB."""

import duckdb
import pytest

from evaluators.proof.equivalents.whole_query import REWRITES, make_equivalents
from evaluators.proof.mutants.registry import MUTATIONS
from evaluators.proof.sql_trees import CLOCK, Scope, at, conjuncts, make_mutants, parse, render, short, without

NOW = "2013-03-15T23:30:00Z"
ROWS = """
    create table main.rides as select * from (values
        (1, 'a', 10, 3, timestamp '2013-03-15 01:00:00'), (2, 'a', 12, 5, timestamp '2013-03-15 02:00:00'),
        (3, 'b', 20, null, timestamp '2013-03-16 03:00:00'), (4, 'b', 20, 9, timestamp '2013-03-15 04:00:00'),
        (5, 'c', 30, null, timestamp '2013-03-15 05:00:00'), (6, 'c', 30, null, timestamp '2013-03-15 23:30:00')
    ) as t (ride_id, line, fare, tip, started_at);
    create table main.lines as select * from (values ('a', 'Avenue'), ('b', 'Bay')) as t (line, name);
"""
MODEL = f"""
    with rides as (select * from main.rides where started_at < cast('{NOW}' as timestamptz)),
    counted as (
        select line, count(*) as n, sum(coalesce(tip, 0)) as tips, max(fare) as fare
        from rides where fare between 10 and 30 group by line
    ),
    joined as (
        select counted.line, lines.name, counted.n, counted.tips, counted.fare,
            row_number() over (order by counted.fare desc, counted.line) as place
        from counted left join main.lines on counted.line = lines.line
    )
    select * from joined
"""
TYPES = {"line": "VARCHAR", "name": "VARCHAR", "n": "BIGINT", "tips": "HUGEINT", "fare": "INTEGER", "place": "BIGINT"}
OTHER_MODEL = """
    with rides as (select * from main.rides where line in ('a', 'b', 'c')),
    lines as (select line, name from main.lines group by line, name),
    first as (select * from rides qualify row_number() over (partition by line order by ride_id) = 1),
    free as (select line, count(*) filter (where tip is null) as n from rides group by line)
    select free.line, lines.name, free.n from free join lines on free.line = lines.line and lines.name <> 'Bay'
    union all by name
    select first.line, null as name, first.fare as n from first
"""
OTHER_TYPES = {"line": "VARCHAR", "name": "VARCHAR", "n": "BIGINT"}
MODELS = {"windows and joins": (MODEL, TYPES), "unions and lists": (OTHER_MODEL, OTHER_TYPES)}


def equivalents(model, types):
    return make_equivalents("marts.lines", parse(model, NOW), types, is_unique=True, is_strict=False)


@pytest.fixture
def database():
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute(ROWS)
        yield connection


def rows(database, sql, types=TYPES):
    names = ", ".join(types)
    return sorted(database.execute(f"select {names} from ({sql.replace('pinned now', NOW)})").fetchall(), key=repr)


def mutants():
    return make_mutants("marts.lines", parse(MODEL, NOW), Scope(TYPES | {"tip": "INTEGER"}), MUTATIONS)


@pytest.mark.parametrize("name", MODELS)
def test_every_equivalent_gives_the_same_rows(database, name):
    model, types = MODELS[name]
    wanted = rows(database, model, types)
    for item in equivalents(model, types):
        assert rows(database, item.sql, types) == wanted, item.operator


def test_every_rewrite_has_something_to_do_in_one_of_the_models():
    assert {item.operator for model, types in MODELS.values() for item in equivalents(model, types)} == set(REWRITES)


@pytest.mark.parametrize(
    "operator",
    ["join_kind", "fan_out", "filter_dropped", "bound_moved", "coalesce_lost", "window_order_turned", "sum_for_mean"],
)
def test_an_operator_makes_a_mutant_that_changes_rows(database, operator):
    wanted, seen = rows(database, MODEL), []
    for mutant in mutants():
        if mutant.operator == operator:
            seen.append(rows(database, mutant.sql))
    assert any(found != wanted for found in seen)


def test_ids_are_unique_and_the_same_again():
    first, second = mutants(), mutants()
    assert [m.id for m in first] == [m.id for m in second]
    assert len({m.id for m in first}) == len(first) > 20


def test_an_edit_elsewhere_keeps_the_id():
    before = {(m.operator, m.before): m.id for m in mutants() if m.operator == "join_kind"}
    other = parse(MODEL.replace("between 10 and 30", "between 10 and 31"), NOW)
    after = make_mutants("marts.lines", other, Scope(TYPES), MUTATIONS)
    assert before == {(m.operator, m.before): m.id for m in after if m.operator == "join_kind"}


DAY_AGO = "select line from warehouse.main.rides as r where r.started_at < timestamptz '{}' - interval 1 day"


def test_a_model_has_one_tree_whatever_the_instant_and_the_catalog():
    sql = render(parse(DAY_AGO.format(NOW), NOW))
    assert sql == render(
        parse(DAY_AGO.format("2020-01-01T00:00:00Z").replace("warehouse.", ""), "2020-01-01T00:00:00Z")
    )
    assert "warehouse" not in sql
    assert sql.count(CLOCK) == 1
    assert at(sql, NOW).count(NOW) == 1
    assert CLOCK not in at(sql, NOW)


def test_a_mutant_says_what_it_changes_and_shows_the_lines():
    sql = "select line, max(fare) as most from main.rides where fare >= 10 group by line"
    (mutant,) = make_mutants("marts.lines", parse(sql, NOW), Scope({}), {"bound_moved": MUTATIONS["bound_moved"]})
    assert (mutant.operator, mutant.model, mutant.before, mutant.after) == (
        "bound_moved", "marts.lines", "fare >= 10", "fare > 10"
    )  # fmt: skip
    assert mutant.diff.splitlines() == ["@@ -5,3 +5,3 @@", " WHERE", "-  fare >= 10", "+  fare > 10", " GROUP BY"]
    assert (
        " ".join(mutant.sql.split()) == "SELECT line, MAX(fare) AS most FROM main.rides WHERE fare > 10 GROUP BY line"
    )


ALIKE = "with a as (select fare from main.rides where fare > 1), b as (select fare from main.rides where fare > 1) {}"


def test_like_changes_are_told_apart_by_their_part_of_the_query_and_by_their_number():
    def ids(last, model="marts.lines"):
        tree = parse(ALIKE.format(last), NOW)
        return [m.id for m in make_mutants(model, tree, Scope({}), {"bound_moved": MUTATIONS["bound_moved"]})]

    two, four = ids("from a union all from b"), ids("select * from a where fare > 1 union all from b where fare > 1")
    assert len(set(four)) == 4
    assert set(two) < set(four), "what stands elsewhere has no part in it"
    assert not set(two) & set(ids("from a union all from b", "marts.others"))
    assert all(len(found) == 8 and int(found, 16) >= 0 for found in four)


def test_changes_that_are_written_alike_are_one_mutant():
    again = dict.fromkeys(("first", "second"), MUTATIONS["bound_moved"])
    assert [m.operator for m in make_mutants("marts.x", parse("select 1 where 2 > 1", NOW), Scope({}), again)] == [
        "first"
    ]


@pytest.mark.parametrize(
    ("condition", "parts", "without_first"),
    [
        ("a = 1", ["a = 1"], None),
        ("a = 1 or b > 2", ["a = 1 OR b > 2"], None),
        ("a = 1 and b > 2", ["a = 1", "b > 2"], "b > 2"),
        ("(a = 1 and b > 2 and c)", ["a = 1", "b > 2", "c"], "b > 2 AND c"),
        ("a = 1 and (b > 2 or c)", ["a = 1", "b > 2 OR c"], "b > 2 OR c"),
        ("a = 1 and (b > 2 or c) and d", ["a = 1", "b > 2 OR c", "d"], "(b > 2 OR c) AND d"),
        ("(a and b) and c", ["a AND b", "c"], "c"),
    ],
)
def test_the_parts_of_a_condition_and_what_is_left_without_one(condition, parts, without_first):
    where = parse(f"select 1 where {condition}", NOW).args["where"].this
    assert [short(part) for part in conjuncts(where)] == parts
    assert short(without(where, 0)) == (without_first or "")
    assert (without(where, 0) is None) is (without_first is None)
