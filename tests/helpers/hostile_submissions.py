"""Changes to a right project, each of which tries to reach more than its own table: what no short way may copy."""

from __future__ import annotations

from typing import NamedTuple

SETTINGS = "dbt/dbt_project.yml"
Changes = dict[str, str | None]
"""Path, relative to the workspace -> its new text; None = the file is gone."""


class Place(NamedTuple):
    """Where in a project the changes go."""

    model: str
    """A model in SQL, relative to the workspace."""
    sql: str
    """Its text."""
    settings: str
    """Text of `dbt_project.yml`."""
    table: str
    """`schema.table` of another model."""
    raw: str
    """`schema.table` that a load writes."""
    key: str
    """A column of it."""
    column: str
    """Another one of its columns, not part of a key, if it has one."""
    schema_macro: str
    """The file of the macro that gives models their schemas."""
    connection: str
    """A file of `el/`."""


def hostile_submissions(place: Place) -> dict[str, Changes]:
    """What is tried -> what it changes. Each is built as a whole."""
    raw_schema, raw_table = place.raw.split(".")
    schema, table_name = place.table.split(".")
    folder = place.model.rpartition("/")[0]
    more, more_yaml, python = (f"{folder}/lockgate_more{end}" for end in (".sql", ".yml", "_python.py"))
    sql = place.sql.rstrip().rstrip(";")
    kept = f"{schema}.lockgate_kept"

    def model(before: str = "", after: str = "") -> Changes:
        return {place.model: f"{before}\n{sql}\n{after}"}

    def only_where(condition: str) -> Changes:
        return model("select * from (", f") as built where {condition}")

    def at_the_end(statement: str) -> Changes:
        return {SETTINGS: f'{place.settings}\non-run-end: "{statement}"\n'}

    def in_yaml(properties: str) -> Changes:
        return {more: "select 1 as x", more_yaml: f"models: [{{name: lockgate_more, {properties}}}]\n"}

    return {
        "second statement": model(
            after=f"); drop table if exists {place.table}; create table {schema}.lockgate_x as (select 1 as x"
        ),
        "pre-hook on raw rows": model(f"{{{{ config(pre_hook='delete from {place.raw}') }}}}"),
        "post-hook on the loader's states": model("{{ config(post_hook='delete from _airbyte_internal.states') }}"),
        "macro that replaces sum": at_the_end("create or replace macro main.sum(x) as 0"),
        "view in place of raw rows": at_the_end(
            f"create table if not exists {kept} as from {place.raw}; drop table if exists {place.raw}; "
            f"create or replace view {place.raw} as from {kept}"
        ),
        "index on raw rows": at_the_end(f"create index if not exists i on {place.raw} ({place.key})"),
        "column more in raw rows": at_the_end(f"alter table {place.raw} add column if not exists more integer"),
        "other values in raw rows": at_the_end(f"update {place.raw} set {place.column} = null"),
        "raw rows in another order": at_the_end(
            f"create or replace table {place.raw} as from {place.raw} order by {place.key} desc"
        ),
        "raw table more": at_the_end(f"create table if not exists {raw_schema}.more as select 1 as x"),
        "run_query": model(
            f"{{% if execute %}}{{% do run_query('drop table if exists {place.table}') %}}{{% endif %}}"
        ),
        "alias in capitals": {more: f"{{{{ config(alias='{table_name.upper()}') }}}} select 'x' as item, 1 as total"},
        "schema of another": {
            more: f"{{{{ config(schema='{raw_schema}', alias='{raw_table.title()}') }}}} select 1 as x"
        },
        "other relation by name": only_where(f"exists (select 1 from {place.table})"),
        "catalog": only_where("(select count(*) from information_schema.tables) > 5"),
        "files": only_where("(select count(*) from glob('**')) > 40"),
        "where of a data test": in_yaml(
            "columns: [{name: x, data_tests: [{not_null: {config: {where: "
            f'"1=1) x; drop table if exists {place.table}; select * from (select 1 as x"}}}}}}]}}]'
        ),
        "hook in YAML": in_yaml(f"config: {{post_hook: drop table if exists {place.table}}}"),
        "Jinja in YAML": in_yaml("description: \"{{ env_var('PINNED_NOW') }}\""),
        "other schema names": {
            place.schema_macro: "{% macro generate_schema_name(name, node) %}lockgate_x{% endmacro %}"
        },
        "materialisation": {
            "dbt/macros/lockgate_table.sql": "{% materialization table, adapter='duckdb' %}{% call statement('main') %}"
            "create or replace table {{ this }} as select 1 as item, 2 as total{% endcall %}"
            "{{ return({'relations': [this]}) }}{% endmaterialization %}"
        },
        "Python that changes el/": {
            python: "from pathlib import Path\ndef model(dbt, session):\n"
            f"    path = Path('../{place.connection}')\n    path.write_text(path.read_text() + '# changed')\n"
            "    return session.sql('select 1 as x')\n"
        },
        "Python that changes models": {
            python: "from pathlib import Path\ndef model(dbt, session):\n"
            f"    Path('../{place.model}').write_text('select 9 as item')\n    return session.sql('select 1 as x')\n"
        },
        "YAML of a model that is not there": {
            more_yaml: "models: [{name: none, columns: [{name: x, data_tests: [unique], tests: [not_null]}]}]\n"
        },
        "models that are no list": {more_yaml: "models: {}\n"},
        "model named as dbt names its own": {f"{folder}/{table_name}__dbt_tmp.sql": "select 1 as x"},
        "relation that a macro hands through": only_where(
            f"(select count(*) from {{{{ generate_schema_name('{place.table}', 'x') }}}}) > 0"
        ),
        "relation that a function reads": only_where(
            f"(select count(*) from histogram('{place.raw}', {place.key})) > 0"
        ),
        "failures of a data test in place of raw rows": in_yaml(
            "columns: [{name: x, data_tests: [{not_null: {store_failures: true, "
            f"schema: {raw_schema}, alias: {raw_table}}}}}]}}]"
        ),
        "file in the warehouse's way": {"warehouse.duckdb.tmp": "x"},
        "SQL that is none": {place.model: "select item from ("},
        "YAML that is none": {more_yaml: "models: ["},
        "no dbt at all": {SETTINGS: None},
    }
