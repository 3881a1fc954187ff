"""A solution of five models, as files and as the graph that dbt has of it."""

from __future__ import annotations

from typing import Any

SOLUTION = {
    "el/shop.yaml": "connection: shop",
    "dbt/dbt_project.yml": "name: shop\nvars: {limit: 3, shift: -1}\nmodels: {shop: {marts: {+schema: marts}}}\n",
    "dbt/profiles.yml": "shop: {}",
    "dbt/macros/cents.sql": "{% macro cents(column) %}cast({{ column }} * 100 as bigint){% endmacro %}",
    "dbt/macros/others.sql": "{% macro generate_schema_name(name, node) %}{{ name }}{% endmacro %}"
    "{% macro shift(time) %}{{ time }} at time zone 'UTC'{% endmacro %}"
    "{% macro last(column) %}nothing, {{ column }}{% endmacro %}"
    "{% macro half(column) %}({{ column }} / 2){% endmacro %}"
    "{% macro noted(column) %}({{ column }} -- a note\n){% endmacro %}",
    "dbt/macros/forget.sql": "{% macro forget(upstream, key) %}delete from {{ this }} where {{ key }} not in "
    "(select {{ key }} from {{ upstream }}){% endmacro %}",
    "dbt/models/staging/stg_orders.sql": "select * from {{ source('raw', 'orders') }}",
    "dbt/models/marts/orders.sql": "{{ config(materialized='incremental', unique_key='id', "
    "post_hook=\"{{ forget(ref('stg_orders'), 'id') }}\") }} select id, total from {{ ref('stg_orders') }}",
    "dbt/models/marts/days.sql": "select count(*) as n from {{ ref('orders') }}",
    "dbt/models/marts/lines.sql": "select 1 as id",
    "dbt/models/marts/_models.yml": "version: 2\nmodels:\n  - name: lines\n"
    "    columns: [{name: id, data_tests: [unique]}]\n"
    "  - {name: orders, description: '{{ doc(\"x\") }}'}\n",
    "dbt/models/staging/_sources.yml": "sources: [{name: raw, schema: raw_shop, tables: [{name: orders}]}]",
    "dbt/tests/assert_days.sql": "select 1 from {{ ref('days') }} where n < 0",
}
SCHEMAS = {"raw_shop", "staging", "marts"}


def graph() -> dict[str, Any]:
    def node(schema: str, name: str, *parents: str) -> dict[str, Any]:
        above = [f"model.shop.{parent}" if "." not in parent else parent for parent in parents]
        return {
            "type": "model",
            "schema": schema,
            "name": name,
            "parents": above,
            "path": f"models/{schema}/{name}.sql",
        }

    nodes = [
        node("staging", "stg_orders", "source.shop.raw.orders"),
        node("marts", "orders", "stg_orders"),
        node("marts", "days", "orders"),
        node("marts", "lines"),
    ]
    return {"nodes": {f"model.shop.{found['name']}": found for found in nodes}}
