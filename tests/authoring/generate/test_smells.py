"""A broken line that anybody would notice is not used."""

import pytest
from sqlglot import parse_one

from authoring.generate.smells import has_comment_nearby, is_odd_mutation, odd_line

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
