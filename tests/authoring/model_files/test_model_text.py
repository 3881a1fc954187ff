"""Columns, joins and steps are taken out of a model's file; Jinja and layout stay as they are."""

import pytest

from authoring.model_files.model_text import ModelText, NotSimpleError

MODEL = """\
{{
    config(
        materialized='incremental',
        post_hook="{{ delete_rows(ref('orders'), 'order_id') }}"
    )
}}

with

orders as (

    select * from {{ ref('stg_orders') }}

),

regions as (

    select distinct
        region_id,
        region_name
    from {{ ref('stg_regions') }}

),

joined as (

    select
        orders.order_id,
        {{ berlin_date('orders.placed_at') }} as order_date,
        case when orders.kind in ('a', 'b') then 1 else 0 end as is_known,
        regions.region_name
    from orders
    left join regions on orders.region_id = regions.region_id
    where orders.order_id > 0
    {% if is_incremental() %}
        and orders.order_id > (select max(known.order_id) from {{ this }} as known)
    {% endif %}

)

select * from joined
"""


def test_a_column_in_the_middle_is_taken_out_with_its_line() -> None:
    text = ModelText.read(MODEL).without_column("joined", 0, "order_date").source
    assert text == MODEL.replace("        {{ berlin_date('orders.placed_at') }} as order_date,\n", "")


def test_the_last_column_takes_the_comma_before_it() -> None:
    text = ModelText.read(MODEL).without_column("joined", 0, "region_name").source
    assert text == MODEL.replace("as is_known,\n        regions.region_name\n", "as is_known\n")


def test_a_single_column_stands_beside_its_select() -> None:
    text = ModelText.read(MODEL).without_column("regions", 0, "region_name").source
    assert "    select distinct region_id\n    from" in text
    with pytest.raises(NotSimpleError, match="no column would be left"):
        ModelText.read(text).without_column("regions", 0, "region_id")


def test_a_column_that_a_star_stands_for_is_out_already() -> None:
    assert ModelText.read(MODEL).without_column("", 0, "region_name").source == MODEL


def test_a_joined_table_and_its_step_are_taken_out() -> None:
    shorter = ModelText.read(MODEL).without_join("joined", 0, "regions").without_query("regions")
    assert "regions.region_id" not in shorter.source
    assert "    from orders\n    where orders.order_id > 0\n" in shorter.source
    assert "),\n\njoined as (" in shorter.source


def test_a_group_behind_a_join_stays() -> None:
    sql = (
        "with a as (\n    select t.x\n    from t\n    left join u on t.x = u.x\n    group by t.x\n)\nselect * from a\n"
    )
    assert ModelText.read(sql).without_join("a", 0, "u").source == sql.replace("    left join u on t.x = u.x\n", "")


def test_both_sides_of_a_union_are_known() -> None:
    sql = (
        "with parts as (\n    select a, b from x\n    union all\n    select a, 0 as b from y\n)\nselect * from parts\n"
    )
    text = ModelText.read(sql)
    for place in (0, 1):
        text = text.without_column("parts", place, "b")
    assert text.source == sql.replace(", b from", " from").replace(", 0 as b", "")


@pytest.mark.parametrize("sql", ["", "insert into x values (1)", "with a (x) as (select 1) select * from a"])
def test_what_is_no_usual_query_is_refused(sql: str) -> None:
    with pytest.raises(NotSimpleError):
        ModelText.read(sql)
