"""Submissions to a kiosk with five models, each of which tries to reach more than its own table."""

from __future__ import annotations

from tests.helpers.hostile_submissions import SETTINGS, Changes, Place, hostile_submissions

FILES: dict[str, str] = {
    "tables.yaml": """\
tables:
  raw_kiosk.items: {stage: raw, key: [item], columns: [item, shelf]}
  raw_kiosk.sales: {stage: raw, key: [sale_id], columns: [sale_id, item, price]}
  staging.stg_sales: {stage: staging, key: [sale_id], columns: [sale_id, item, price]}
  marts.takings: {stage: marts, key: [item], columns: [item, total]}
  marts.shelves: {stage: marts, key: [shelf], columns: [shelf, total]}
  marts.seen: {stage: marts, key: [sale_id], columns: [sale_id, price]}
  marts.items: {stage: marts, key: [item], columns: [item]}
""",
    "project/dbt/dbt_project.yml": "name: kiosk\nversion: '1.0'\nprofile: kiosk\n"
    "flags: {send_anonymous_usage_stats: false}\nvars: {factor: 1}\nmodels:\n  kiosk:\n"
    "    staging: {+schema: staging, +materialized: view}\n    marts: {+schema: marts, +materialized: table}\n",
    "project/dbt/macros/whole.sql": "{% macro whole(column) %}cast({{ column }} as integer){% endmacro %}",
    "project/dbt/models/takings.sql": "",
    "project/dbt/models/staging/stg_sales.sql": "select sale_id, item, {{ whole('price') }} as price "
    "from {{ source('raw_kiosk', 'sales') }}\n",
    "project/dbt/models/marts/takings.sql": "select item, sum(price * {{ var('factor') }}) as total "
    "from {{ ref('stg_sales') }} group by item\n",
    "project/dbt/models/marts/shelves.sql": "select items.shelf, sum(takings.total) as total "
    "from {{ ref('takings') }} as takings\n"
    "inner join {{ source('raw_kiosk', 'items') }} as items on takings.item = items.item group by items.shelf\n",
    "project/dbt/models/marts/seen.sql": "{{ config(materialized='incremental', unique_key='sale_id') }}\n"
    "select sale_id, price from {{ ref('stg_sales') }}\n"
    "{% if is_incremental() %} where sale_id > (select max(sale_id) from {{ this }}) {% endif %}\n",
    "project/dbt/models/marts/items.sql": "select item from {{ source('raw_kiosk', 'items') }}\n",
    "project/dbt/models/marts/_models.yml": "models:\n  - name: takings\n"
    "    columns: [{name: item, data_tests: [unique]}]\n"
    "  - name: items\n    columns: [{name: item, data_tests: [unique, not_null]}]\n"
    "  - name: shelves\n    data_tests: []\n",
    "project/dbt/tests/assert_takings.sql": "select 1 from {{ ref('takings') }} where total < 0\n",
    "tasks/kiosk_sales/task.yaml": """\
id: kiosk_sales
kind: impl
title: Add up the sales
difficulty: easy
start: {remove: [dbt/models/marts/takings.sql, dbt/models/marts/shelves.sql, dbt/tests/assert_takings.sql]}
scenarios: [visible, rerun, day2]
scored:
  raw: [raw_kiosk.items, raw_kiosk.sales]
  staging: [staging.stg_sales]
  marts: [marts.takings, marts.shelves, marts.seen, marts.items]
""",
    "tasks/kiosk_sales/start/el/kiosk.yaml": "",
}
"""Files of the world, in place of those of the plain kiosk or beside them; empty ones are taken away."""

ITEMS, TAKINGS, SHELVES = (f"dbt/models/marts/{name}.sql" for name in ("items", "takings", "shelves"))
YAML = "dbt/models/marts/_models.yml"
_ITEM = "select item from {{ source('raw_kiosk', 'items') }}"
_SETTINGS = FILES["project/dbt/dbt_project.yml"]

_WRONG = "select 'x' as item, price as total from {{ ref('stg_sales') }}"
_BELOW = "select t.item from {{ ref('takings') }} as t cross join {{ ref('items') }} as i"

PLAIN: dict[str, Changes] = {
    "a data test fails": {TAKINGS: _WRONG},
    "a data test of two models fails": {
        TAKINGS: "select 'x' as item, 1 as total",
        "dbt/tests/assert_both.sql": f"{_BELOW} where t.item <> i.item",
        "dbt/models/marts/both.sql": _BELOW,
    },
    "the start": {TAKINGS: None, SHELVES: None, "dbt/tests/assert_takings.sql": None},
    "a wrong figure": {TAKINGS: "select item, max(price) as total from {{ ref('stg_sales') }} group by item"},
    "a wrong figure at the root": {"dbt/models/staging/stg_sales.sql": "select sale_id, item, 1 as price "
    "from {{ source('raw_kiosk', 'sales') }}"},
    "a model that fails": {TAKINGS: "select item, no_such_column as total from {{ ref('stg_sales') }}"},
    "a memory of its own": {"dbt/models/marts/seen.sql": "{{ config(materialized='incremental', "
    "unique_key='sale_id') }} select sale_id, price {% if is_incremental() %} + 1 {% endif %} as price "
    "from {{ ref('stg_sales') }}"},
    "a model more": {"dbt/models/marts/more.sql": "select count(*) as n from {{ ref('items') }}"},
    "a data test more": {"dbt/tests/assert_items.sql": "select 1 from {{ ref('items') }} where false"},
    "a property": {YAML: FILES["project/dbt/models/marts/_models.yml"].replace("[unique]", "[unique, not_null]")},
}  # fmt: skip
"""Submissions that are built in part."""

STOPPED: dict[str, Changes] = {
    "a data test of what is copied fails": {
        TAKINGS: _WRONG,
        "dbt/tests/assert_sales.sql": "select item from {{ ref('stg_sales') }}",
    },
    "a data test of what was loaded fails": {
        TAKINGS: _WRONG,
        "dbt/tests/assert_raw.sql": "select item from {{ source('raw_kiosk', 'sales') }}",
    },
    "ref to nothing": {"dbt/models/staging/stg_sales.sql": None},
}
"""Plain submissions of which dbt leaves something out, or all."""

_PLACE = Place(
    model=ITEMS,
    sql=_ITEM,
    settings=_SETTINGS,
    table="marts.takings",
    raw="raw_kiosk.sales",
    key="sale_id",
    column="price",
    schema_macro="dbt/macros/schema.sql",
    connection="el/kiosk.yaml",
)

HOSTILE: dict[str, Changes] = hostile_submissions(_PLACE) | {
    "other macro": {"dbt/macros/whole.sql": "{% macro whole(column) %}7{% endmacro %}"},
    "variable": {SETTINGS: _SETTINGS.replace("factor: 1", "factor: 2")},
}
"""Submissions that are built as a whole."""
