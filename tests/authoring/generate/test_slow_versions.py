"""Steps that add up several figures at once, written with one query per figure: the same rows, in DuckDB."""

import duckdb
import pytest

from authoring.generate.slow_versions import one_query_per_figure

MODEL = """\
with

sales as (

    select * from shop_sales

),

added_up as (

    select
        shop,
        sold_on,
        count(*) as n_sales,
        sum(price) filter (where kind in ('tea', 'cake')) as warm,
        coalesce(max(note), 'a, b') as note
    from sales
    where price > 0
    group by shop, sold_on

),

with_mean as (

    select
        *,
        warm / n_sales as mean
    from added_up

)

select * from with_mean
"""
ROWS = (
    "create table shop_sales as select 'S' || range % 3 as shop, date '2024-01-01' + (range % 5)::int as sold_on, "
    "range % 7 as price, case when range % 2 = 0 then 'tea' else 'nuts' end as kind, null::varchar as note "
    "from range(60)"
)


def test_the_rows_are_the_same() -> None:
    slow = one_query_per_figure(MODEL)
    assert slow is not None
    with duckdb.connect() as connection:
        connection.execute(ROWS)
        first, second = (connection.execute(f"select * from ({sql}) order by all").fetchall() for sql in (MODEL, slow))
    assert first == second
    assert first


def test_each_figure_has_a_step_with_the_condition_and_the_group() -> None:
    slow = one_query_per_figure(MODEL) or ""
    assert slow.count("where price > 0") == 4
    assert slow.count("group by shop, sold_on") == 3
    assert "warm_of_added_up as (\n" in slow
    assert slow.startswith(MODEL[: MODEL.index("added_up as")])
    assert slow.endswith(MODEL[MODEL.index("with_mean as") :])


UNFIT = {
    "two figures": MODEL.replace("        coalesce(max(note), 'a, b') as note\n", "").replace("as warm,", "as warm"),
    "a join": MODEL.replace("    from sales\n", "    from sales\n    left join shops on sales.shop = shops.shop\n"),
    "a window": MODEL.replace("count(*) as n_sales", "count(*) over (partition by shop) as n_sales"),
    "groups by expressions": MODEL.replace("group by shop, sold_on", "group by lower(shop), sold_on"),
    "a group that is not shown": MODEL.replace("        sold_on,\n", "", 1),
    "a condition on groups": MODEL.replace("group by shop, sold_on", "group by shop, sold_on\n    having count(*) > 1"),
    "a name that is taken": MODEL.replace("with_mean", "warm_of_added_up"),
}


@pytest.mark.parametrize("text", UNFIT.values(), ids=UNFIT.keys())
def test_what_is_written_otherwise_is_left_alone(text: str) -> None:
    assert one_query_per_figure(text) is None
