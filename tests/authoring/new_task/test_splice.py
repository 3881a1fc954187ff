"""A change of compiled SQL lands in the file that people wrote, and nothing else of it changes."""

import pytest
from sqlglot import parse_one

from authoring.new_task.splice import splice

SOURCE = """\
{{ config(materialized='table') }}
-- What was sold.
select
    orders.day,  -- UTC
    sum(lines.cents) as total
from {{ ref('orders') }} as orders
inner join {{ ref('lines') }} as lines on orders.id = lines.id
where orders.status != 'Cancelled' and lines.cents > {{ var('least') }}
group by orders.day
"""
COMPILED = SOURCE.partition("\n")[2].replace("{{ ref('orders') }}", "s.orders").replace("{{ ref('lines') }}", "s.lines")
COMPILED = COMPILED.replace("{{ var('least') }}", "5")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("inner join", "left join"),
        ("sum(lines.cents)", "max(lines.cents)"),
        (" orders.status != 'Cancelled' and", ""),
        ("'Cancelled'", "'Lost'"),
        ("cents >", "cents >="),
    ],
)
def test_one_change_is_one_change(old: str, new: str) -> None:
    before, after = (
        parse_one(sql, dialect="duckdb").sql("duckdb", pretty=True) for sql in (COMPILED, COMPILED.replace(old, new))
    )
    changed = splice(SOURCE, before, after)
    assert changed is not None
    assert changed.replace("<>", "!=").split() == SOURCE.replace(old, new).split()
    assert changed.splitlines()[:2] == SOURCE.splitlines()[:2]


def test_what_jinja_makes_is_not_changed() -> None:
    before, after = (
        parse_one(sql, dialect="duckdb").sql("duckdb", pretty=True) for sql in (COMPILED, COMPILED.replace("5", "6"))
    )
    assert splice(SOURCE, before, after) is None
