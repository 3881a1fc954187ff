"""A broken line that anybody would notice is not used."""

import pytest
from sqlglot import parse_one

from authoring.generate.smells import (
    has_comment_nearby,
    is_odd_mutation,
    lost_column,
    odd_line,
    without_needless_asc,
)

QUERY = """
with orders as (select * from raw.orders),
     shops as (select * from raw.shops),
     late as (select orders.id, orders.sent_at, orders.due_at from orders where orders.sent_at > orders.due_at),
     named as (
         select late.id, shops.name, case when late.id = 1 then 'a' else 'b' end as kind
         from late inner join shops on late.id = shops.id
     )
select * from named
"""


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("orders.sent_at > orders.due_at", "orders.sent_at >= orders.due_at", ""),
        ("inner join", "left join", ""),
        (
            "select orders.id, orders.sent_at, orders.due_at from orders where orders.sent_at > orders.due_at",
            "select * from orders",
            "a step that does nothing",
        ),
        ("shops.name", "late.name", "a joined table that is not used"),
        ("else 'b'", "when late.id = 2 then 'a' else 'b'", "two branches that are the same"),
        ("where orders.sent_at > orders.due_at", "where orders.sent_at > 5", "a column that is not used"),
    ],
)
def test_what_stands_out(old: str, new: str, what: str) -> None:
    assert old in QUERY
    assert odd_line(parse_one(QUERY, dialect="duckdb"), parse_one(QUERY.replace(old, new), dialect="duckdb")) == what


MORE = """
with latest_prices as (
         select * from prices qualify row_number() over (partition by item order by changed_at desc) = 1
     ),
     visits as (select visitor, min(seen_at) as started_at, max(seen_at) as seen_at, avg(pages) as pages from hits),
     priced as (
         select visits.visitor, visits.seen_at as visit_seen_at, greatest(latest_prices.price, 0) as price,
             cast(sum(visits.pages) as bigint) as pages,
             lead(visits.seen_at) over (order by visits.seen_at) as next_seen_at
         from visits inner join latest_prices on visits.item = latest_prices.item
     )
select * from priced
"""


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("order by changed_at desc", "order by changed_at", "a direction that a name contradicts"),
        ("min(seen_at) as started_at", "max(seen_at) as started_at", "a direction that a name contradicts"),
        ("max(seen_at) as seen_at", "min(seen_at) as seen_at", ""),
        ("order by visits.seen_at)", "order by visits.seen_at desc)", "a direction that a name contradicts"),
        ("greatest(", "least(", "a limit that lets nothing through"),
        ("cast(sum(", "cast(avg(", "a mean in a whole number"),
        ("visits.seen_at as visit_seen_at", "visits.started_at as visit_seen_at", "a column under the name of another"),
        ("visits.seen_at as visit_seen_at", "visits.visitor as visit_seen_at", "a column under the name of another"),
        ("sum(visits.pages)", "sum(visits.visitor)", "a column under the name of another"),
        ("= latest_prices.item", "= latest_prices.price", "a join of columns with different names"),
    ],
)
def test_names_and_limits_that_contradict_a_line(old: str, new: str, what: str) -> None:
    assert old in MORE
    found = odd_line(parse_one(MORE, dialect="duckdb"), parse_one(MORE.replace(old, new), dialect="duckdb"))
    assert found.startswith(what)
    assert bool(found) == bool(what)


def test_a_short_name_is_like_the_long_one() -> None:
    before, after = (
        parse_one(f"select {c} as promotion_id from sales", dialect="duckdb") for c in ("promo_sk", "ship_sk")
    )
    assert odd_line(before, after).startswith("a column under the name")
    assert odd_line(after, before) == ""


def test_a_column_that_nothing_reads_any_more_is_named() -> None:
    before, after = (parse_one(f"select {column} as due_at from orders", dialect="duckdb") for column in ("a", "b"))
    assert lost_column(before, after, ["select a, b from raw", "select b from stg"]) == "a"
    assert lost_column(before, after, ["select a, b from raw", "select a from stg"]) == ""


def test_ascending_order_is_written_as_models_write_it() -> None:
    source = "select x\nqualify row_number() over (order by a desc) = 1\norder by b asc\n"
    changed = source.replace("a desc", "a asc")
    assert without_needless_asc(source, changed) == source.replace("a desc", "a")
    assert without_needless_asc(source, source) == source
    both = source.replace("a desc", "a asc, b desc")
    assert without_needless_asc(source, both) == both


def test_columns_are_confused_only_with_their_like() -> None:
    assert not is_odd_mutation("wrong_column", "recorded_at in select", "moved_at")
    assert is_odd_mutation("wrong_column", "referrer in select", "order_number")
    assert is_odd_mutation("fan_out", "join a", "join a twice")
    assert not is_odd_mutation("join_kind", "inner join a", "left join a")


def test_a_comment_in_the_same_step_may_contradict_the_line() -> None:
    step = "a as (\n\n    -- only paid orders\n    select 1\n    from t\n    where is_paid\n\n),\n\n"
    source = f"with\n\n{step}b as (\n\n    select 2 as two\n    from a\n\n)\n\nselect * from b\n"
    assert has_comment_nearby(source, source.replace("    where is_paid\n", ""))
    assert not has_comment_nearby(source, source.replace("2 as two", "3 as two"))
