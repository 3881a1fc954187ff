"""Columns traced through compiled SQL."""

from authoring.lineage.column_lineage import column_lineage

COLUMNS = {"raw.orders": ["id", "amount", "customer"], "staging.customers": ["customer", "city"]}


def test_columns_are_traced_through_expressions_joins_and_stars() -> None:
    sql = """
    with paid as (select * from "warehouse"."raw"."orders" where amount > 0)
    select paid.id as order_id, amount / 100.0 as Euros, c.city || paid.customer as label, count(*) as n, 1 as one
    from paid left join warehouse.staging.customers as c using (customer)
    group by all
    """
    assert column_lineage(sql, COLUMNS) == {
        "order_id": (("raw.orders", "id"),),
        "euros": (("raw.orders", "amount"),),
        "label": (("raw.orders", "customer"), ("staging.customers", "city")),
    }


def test_the_second_part_of_a_union_counts() -> None:
    sql = "select id from raw.orders union all select city from staging.customers"
    assert column_lineage(sql, COLUMNS) == {"id": (("raw.orders", "id"), ("staging.customers", "city"))}


def test_what_is_no_query_has_no_lineage() -> None:
    assert column_lineage("select from where", COLUMNS) == {}
    assert column_lineage("create table x (a int)", COLUMNS) == {}
    assert column_lineage("", COLUMNS) == {}
