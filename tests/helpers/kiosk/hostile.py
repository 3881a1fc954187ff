"""Submissions to a kiosk with five models, each of which tries to reach more than its own table."""

from __future__ import annotations

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
YAML, SETTINGS = "dbt/models/marts/_models.yml", "dbt/dbt_project.yml"
_ITEM = "select item from {{ source('raw_kiosk', 'items') }}"
_SETTINGS = FILES["project/dbt/dbt_project.yml"]

PLAIN: dict[str, dict[str, str | None]] = {
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

RED = {TAKINGS: "select 'x' as item, price as total from {{ ref('stg_sales') }}"}
"""A data test of a table fails, so dbt leaves out what reads the table."""

HOSTILE: dict[str, dict[str, str | None]] = {
    "second statement": {ITEMS: f"{_ITEM}); drop table if exists marts.takings; create table marts.x as (select 1"},
    "pre-hook on raw rows": {ITEMS: "{{ config(pre_hook='delete from raw_kiosk.sales') }} " + _ITEM},
    "post-hook on the loader's states": {ITEMS: '{{ config(post_hook="delete from _airbyte_internal.states") }} '
    + _ITEM},
    "macro that replaces sum": {SETTINGS: _SETTINGS + 'on-run-end: "create macro main.sum(x) as 0"\n'},
    "view in place of raw rows": {SETTINGS: _SETTINGS + "on-run-end: \"create table marts.kept as "
    "from raw_kiosk.sales; drop table raw_kiosk.sales; create view raw_kiosk.sales as from marts.kept\"\n"},
    "index on raw rows": {SETTINGS: _SETTINGS + 'on-run-end: "create index i on raw_kiosk.sales (sale_id)"\n'},
    "column more in raw rows": {SETTINGS: _SETTINGS + "on-run-end: "
    '"alter table raw_kiosk.sales add column if not exists more integer"\n'},
    "other values in raw rows": {SETTINGS: _SETTINGS + 'on-run-end: "update raw_kiosk.sales set price = 7"\n'},
    "raw rows in another order": {SETTINGS: _SETTINGS + "on-run-end: \"create or replace table raw_kiosk.sales as "
    'from raw_kiosk.sales order by sale_id desc"\n'},
    "schema more": {SETTINGS: _SETTINGS + 'on-run-end: "create table if not exists raw_kiosk.more as select 1 as x"\n'},
    "run_query": {ITEMS: "{% if execute %}{% do run_query('drop table if exists marts.takings') %}{% endif %}" + _ITEM},
    "alias in capitals": {"dbt/models/marts/more.sql": "{{ config(alias='TAKINGS') }} select 'x' as item, 1 as total"},
    "schema of another": {"dbt/models/marts/more.sql": "{{ config(schema='raw_kiosk', alias='Sales') }} select 1 as x"},
    "other relation by name": {ITEMS: _ITEM + " where exists (select 1 from marts.seen)"},
    "catalog": {ITEMS: _ITEM + " where (select count(*) from information_schema.tables) > 5"},
    "files": {ITEMS: _ITEM + " where (select count(*) from glob('**')) > 40"},
    "where of a data test": {YAML: "models: [{name: items, columns: [{name: item, data_tests: [{not_null: {config: "
    "{where: \"1=1) x; drop table if exists marts.seen; select * from (select 1 as item\"}}}]}]}]"},
    "hook in YAML": {YAML: "models: [{name: items, config: {post_hook: drop table if exists marts.seen}}]"},
    "Jinja in YAML": {YAML: "models: [{name: items, description: \"{{ env_var('PINNED_NOW') }}\"}]"},
    "other macro": {"dbt/macros/whole.sql": "{% macro whole(column) %}7{% endmacro %}"},
    "other schema names": {"dbt/macros/schema.sql": "{% macro generate_schema_name(name, node) %}marts{% endmacro %}"},
    "variable": {SETTINGS: _SETTINGS.replace("factor: 1", "factor: 2")},
    "materialisation": {"dbt/macros/m.sql": "{% materialization table, adapter='duckdb' %}{% call statement('main') %}"
    "create or replace table {{ this }} as select 1 as item, 2 as total{% endcall %}"
    "{{ return({'relations': [this]}) }}{% endmaterialization %}"},
    "Python that changes el/": {"dbt/models/marts/p.py": "from pathlib import Path\ndef model(dbt, session):\n"
    "    path = Path('../el/kiosk.yaml')\n    path.write_text(path.read_text() + '# changed')\n"
    "    return session.sql('select 1 as x')\n"},
    "Python that changes models": {"dbt/models/marts/p.py": "from pathlib import Path\ndef model(dbt, session):\n"
    "    Path('models/marts/items.sql').write_text('select 9 as item')\n    return session.sql('select 1 as x')\n"},
    "file in the warehouse's way": {"warehouse.duckdb.tmp": "x"},
    "ref to nothing": {"dbt/models/staging/stg_sales.sql": None},
    "SQL that is none": {ITEMS: "select item from ("},
    "YAML that is none": {YAML: "models: ["},
    "no dbt at all": {SETTINGS: None},
}  # fmt: skip
"""Submissions that are built as a whole."""
