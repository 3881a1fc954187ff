"""What a query needs for its columns, and what it cannot make without one."""

import pytest

from authoring.lineage.query_columns import (
    UnreadableQueryError,
    affected,
    needed,
    read_columns,
    unused_joins,
)

SQL = """
with
orders as (select * from raw.orders),
regions as (select region_id, upper(name) as region_name from raw.regions),
joined as (
    select o.order_id, o.cents * 2 as twice, o.cents * 2 - o.fee as net, regions.region_name
    from orders as o
    left join regions on o.region_id = regions.region_id
    where o.kind = 'a'
)
select * from joined
"""
TABLES = {"raw.orders": ["order_id", "cents", "fee", "region_id", "kind"], "raw.regions": ["region_id", "name"]}


def test_columns_that_follow_from_one_are_found_over_all_steps() -> None:
    query = read_columns(SQL, TABLES)
    assert query.outputs() == ("order_id", "twice", "net", "region_name")
    lost = affected(query, {("raw.orders", "cents")})
    assert {column for step, column in lost if step == ""} == {"twice", "net"}
    assert "net" in query.steps["joined"][0].computed
    assert "order_id" not in query.steps["joined"][0].computed


@pytest.mark.parametrize("column", ["kind", "region_id"])
def test_a_column_that_chooses_rows_cannot_be_missing(column: str) -> None:
    with pytest.raises(UnreadableQueryError, match="rows depend"):
        affected(read_columns(SQL, TABLES), {("raw.orders", column)})


def test_a_join_of_which_nothing_is_needed_is_found() -> None:
    query = read_columns(SQL, TABLES)
    assert unused_joins(query, needed(query, query.outputs())) == frozenset()
    shorter = needed(query, ["order_id"])
    assert unused_joins(query, shorter) == {("joined", 0, "regions")}
    without = needed(query, ["order_id"], {("joined", 0, "regions")})
    assert "regions" not in without.steps
    assert ("orders", "region_id") not in without.columns


def test_both_sides_of_a_union_need_a_column() -> None:
    query = read_columns(
        "with both as (select cents, fee from raw.orders union all select 0 as cents, 1 as fee from raw.orders) "
        "select cents from both",
        TABLES,
    )
    assert ("both", "fee") not in needed(query, query.outputs()).columns


@pytest.mark.parametrize(
    "sql", ["select * from (select 1 as a)", "select order_id from raw.orders where x in (select 1)"]
)
def test_a_select_within_another_one_is_not_read(sql: str) -> None:
    with pytest.raises(UnreadableQueryError):
        read_columns(sql, TABLES)
