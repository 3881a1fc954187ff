"""Which submissions are built in part, and that no reach of one model at another one gets through."""

from __future__ import annotations

import re

import pytest

from evaluators.pipeline.plain.differences import Differences, find_differences
from evaluators.pipeline.plain.jinja import NotPlainError
from tests.helpers.plain_project import SCHEMAS, SOLUTION, graph


def differences(changes: dict[str, str | None], solution: dict[str, str] = SOLUTION) -> Differences:
    theirs = {name: text.encode() for name, text in solution.items()}
    own = theirs | {name: (text or "").encode() for name, text in changes.items()}
    own = {name: content for name, content in own.items() if changes.get(name, "") is not None}
    return find_differences(own, theirs, graph(), SCHEMAS)


def same(found: Differences) -> set[str]:
    return {name.rsplit(".", 1)[-1] for name in found.same}


ORDERS: dict[str, str | None] = {"dbt/models/marts/orders.sql": "select id, 0 as total from {{ ref('stg_orders') }}"}


@pytest.mark.parametrize(
    ("changes", "held", "affected"),
    [
        (ORDERS, set(), {"orders", "days"}),
        (ORDERS, {"orders"}, set()),
        (ORDERS, {"days"}, {"orders"}),
        (ORDERS, {"stg_orders"}, {"orders", "days"}),
        ({"dbt/models/staging/stg_orders.sql": "select 1 as id, 2 as total"}, {"orders"}, {"stg_orders"}),
        ({**ORDERS, "dbt/models/marts/days.sql": "select 0 as n"}, {"orders"}, {"days"}),
    ],
)
def test_what_reads_only_what_holds_the_solutions_tables_is_not_affected(
    changes: dict[str, str | None], held: set[str], affected: set[str]
) -> None:
    assert differences(changes).affected(held) == affected


def test_only_what_a_table_is_built_from_is_above_it() -> None:
    found = differences(ORDERS)
    assert found.above(["days"], ()) == {"days", "orders", "stg_orders"}
    assert found.above(["days", "lines"], {"orders"}) == {"days", "lines"}
    assert found.above(["orders"], {"orders"}) == set()


def test_what_reads_a_changed_model_is_built_and_the_rest_is_not() -> None:
    found = differences({"dbt/models/marts/orders.sql": "select id, 0 as total from {{ ref('stg_orders') }}"})
    assert found.selected == ("models/marts/days.sql", "models/marts/orders.sql")
    assert same(found) == {"stg_orders", "lines"}


def test_what_is_taken_away_needs_no_build() -> None:
    found = differences({"dbt/models/marts/days.sql": None, "dbt/tests/assert_days.sql": None})
    assert found.selected == ()
    assert same(found) == {"stg_orders", "orders", "lines"}


def test_another_property_of_a_model_has_it_built_with_its_tests() -> None:
    text = SOLUTION["dbt/models/marts/_models.yml"].replace("[unique]", "[unique, not_null]")
    assert differences({"dbt/models/marts/_models.yml": text}).selected == ("models/marts/lines.sql",)
    assert differences({"dbt/models/marts/_models.yml": None}).selected == (
        "models/marts/days.sql", "models/marts/lines.sql", "models/marts/orders.sql",
    )  # fmt: skip


def test_values_that_only_python_takes_for_equal_are_different() -> None:
    name = "dbt/models/marts/_models.yml"
    yaml = "models: [{{name: lines, columns: [{{name: id, data_tests: [{{accepted_values: {{values: [{}]}}}}]}}]}}]"
    solution = SOLUTION | {name: yaml.format("1")}
    assert differences({name: yaml.format("1")}, solution).selected == ()
    assert differences({name: yaml.format("true")}, solution).selected == ("models/marts/lines.sql",)
    source = "dbt/models/staging/_sources.yml"
    with pytest.raises(NotPlainError):
        differences({source: "sources: [{name: raw, x: true}]"}, SOLUTION | {source: "sources: [{name: raw, x: 1}]"})


def test_a_data_test_of_values_and_references_is_plain() -> None:
    yaml = (
        "models: [{name: lines, columns: [{name: id, data_tests: [{relationships: {to: ref('days'), field: n}}, "
        "{accepted_values: {values: [on the way, '1.5', 'a, b']}}]}]}]"
    )
    assert "models/marts/lines.sql" in differences({"dbt/models/marts/_models.yml": yaml}).selected


def test_unit_tests_may_be_taken_away_and_not_changed() -> None:
    name, text = "dbt/models/marts/_units.yml", "unit_tests: [{name: u, model: days, given: [{input: ref('orders')}]}]"
    assert differences({name: None}, SOLUTION | {name: text}).selected == ()
    assert differences({name: "version: 2"}, SOLUTION | {name: text}).selected == ()
    with pytest.raises(NotPlainError):
        differences({name: text.replace("ref('orders')", "run_query('x')")}, SOLUTION | {name: text})


def test_sql_among_the_documents_is_a_text_for_people() -> None:
    found = differences({"docs/legacy/load.sql": "create procedure f() /* old */ as $$ drop table orders $$"})
    assert found.selected == ()
    assert len(found.same) == 4


def test_what_yaml_says_of_something_that_is_no_model_has_all_built() -> None:
    """A snapshot, a seed, a model that is gone or never was: nothing is built because of it, and dbt may refuse it."""
    name = "dbt/models/marts/more.yml"
    gone: dict[str, str | None] = {"dbt/models/marts/days.sql": None, "dbt/tests/assert_days.sql": None}
    ghost: dict[str, str | None] = {name: "models: [{name: ghost}]"}
    for changes in (ghost, gone | {name: "models: [{name: days}]"}):
        with pytest.raises(NotPlainError, match="no model in SQL"):
            differences(changes)
    text = SOLUTION["dbt/models/marts/_models.yml"] + "  - {name: days, description: Days}\n"
    solution = SOLUTION | {"dbt/models/marts/_models.yml": text}
    assert differences(gone, solution).selected == ()
    assert differences(gone | {"dbt/models/marts/_models.yml": SOLUTION["dbt/models/marts/_models.yml"]}).selected == ()


@pytest.mark.parametrize(
    "test",
    [
        "{unique: {config: {severity: warn}}}",
        "{accepted_values: {values: [1], quote: true}}",
        "{relationships: {arguments: {to: ref('days'), field: n}}}",
        "{at_least: {least: 1}}",
    ],
)
def test_a_data_test_with_its_own_arguments_is_plain(test: str) -> None:
    own = "{% test at_least(model, column_name, least=0) %}select 1 from {{ model }} where false{% endtest %}"
    text = f"models: [{{name: lines, columns: [{{name: id, data_tests: [{test}]}}]}}]"
    found = differences({"dbt/models/marts/_models.yml": text}, SOLUTION | {"dbt/tests/generic/at_least.sql": own})
    assert "models/marts/lines.sql" in found.selected


def test_a_new_data_test_is_run_alone() -> None:
    found = differences({"dbt/tests/assert_lines.sql": "select * from {{ ref('lines') }} where id is null"})
    assert found.selected == ("tests/assert_lines.sql",)
    assert len(found.same) == 4


@pytest.mark.parametrize(
    "sql",
    [
        "{{ config(materialized='table') }}\nwith a as (select id, {{ cents('total') }} as c "
        "from {{ ref('stg_orders') }})\n"
        "select a.*, 'it''s -- no comment /* neither' as t from a -- a comment; with a semicolon\n"
        "left join {{ source('raw', 'orders') }} as o on a.id = o.id where c > {{ var('limit') }}",
        SOLUTION["dbt/models/marts/orders.sql"]
        + " {% if is_incremental() %} where id > (select max(id) from {{ this }}) "
        "{% endif %}",
        "select {{ cents(\"'America/New_York'\", '100') }} as t from {{ ref('stg_orders') }}",
        "select {{ cents('coalesce(o.id, (total - 2) * 3)', \"(id)\", 7) }} as t from {{ ref('stg_orders') }} as o",
        "{# a note #}select sum(total) filter (where id > 1) over (partition by id) as s from {{ ref('orders') }}",
    ],
)
def test_ordinary_models_are_plain(sql: str) -> None:
    assert "models/marts/lines.sql" in differences({"dbt/models/marts/lines.sql": sql}).selected


REF = "{{ ref('stg_orders') }}"
REACHES = {
    "a text of a macro that ends its quotes": "select {{ cents(\"'a' || 'b'\") }} from orders",
    "a text of a macro with a dash": "select {{ cents(\"'a--b'\") }} as t",
    "a text of a macro with blanks": "select {{ cents(\"'a b'\") }} as t",
    "SQL as what a macro is given": "select {{ cents(\"(select 1)\") }} as t",
    "a table behind what a macro is given": "select {{ cents('id from orders') }} as t",
    "a table behind a parenthesis": "select {{ cents('(id) from orders') }} as t",
    "a parenthesis too many in what a macro is given": "select {{ cents('id) from (orders') }} as t",
    "a function in what a macro is given": "select {{ cents('getenv(id)') }} as t",
    "a function behind a blank": "select {{ cents('getenv (id)') }} as t",
    "a comment in what a macro is given": "select {{ cents('id -- 1') }} as t",
    "a comment between marks in what a macro is given": "select {{ cents('id/*1') }} as t",
    "an escaped quote": "select {{ cents('id\\\\x27 || 1') }} as t",
    "a sign that stands for a call": "select {{ cents('@') }} as t",
    "nothing": "select {{ cents('') }} as t",
    "a relation by schema, table and column": "select {{ cents('marts.orders.total') }} as t",
    "second statement": f"select 1 from {REF}); drop table marts.orders; select (1",
    "parenthesis out of the create": "select 1) union all (select 2",
    "statement": "delete from marts.orders",
    "statement in a step": f"with a as (insert into marts.orders select 1 returning 1) select * from {REF}",
    "other relation by name": "select * from marts.orders",
    "other relation, quoted": 'select * from "marts"."orders"',
    "other relation without schema": "select * from orders",
    "other relation behind a comma": f"select * from {REF} s, orders",
    "catalog": "select * from information_schema.tables",
    "file": "select * from read_csv('x.csv')",
    "file as a table": "select * from 'x.csv'",
    "file behind a comma": f"select * from {REF} s, 'x.csv'",
    "file, quoted name": "select * from \"read_text\"('x')",
    "function of a value": "select 'x.csv'.read_text()",
    "setting": "select current_setting('threads')",
    "SQL in a text": "select * from query('select 1')",
    "sequence": "select nextval('marts.s')",
    "environment": "select getenv('HOME')",
    "random numbers": "select random()",
    "seed of random numbers": "select setseed(0.1)",
    "text with escapes": "select e'\\' from marts.orders where x = ' as t",
    "text in dollars": "select $$ ' $$",
    "comment between marks": "select 1 /* ' */ from marts.orders /* ' */",
    "end of a comment by another sign": "select 1 -- x\r from marts.orders",
    "letter that looks like a space": "select 1\u00a0from marts.orders",
    "variable": "select $1",
    "run_query": "{% do run_query('drop table marts.orders') %} select 1",
    "statement of Jinja": "{% call statement('x') %} drop table marts.orders {% endcall %} select 1",
    "adapter": "{{ adapter.drop_schema(api.Relation.create(schema='marts')) }} select 1",
    "set": "{% set x = 1 %} select {{ x }}",
    "log": "{{ log('x') }} select 1",
    "variable of the environment": "select '{{ env_var('HOME') }}'",
    "graph": "select {{ graph.nodes | length }}",
    "ref of a version": "select * from {{ ref('orders', v=1) }}",
    "ref that is computed": "select * from {{ ref('or' ~ 'ders') }}",
    "ref of a package": "select * from {{ ref('shop', 'orders') }}",
    "raw": "{% raw %}{{ ref('orders') }}{% endraw %} select 1",
    "pre-hook": "{{ config(pre_hook='drop table marts.orders') }} select 1",
    "post-hook of its own": "{{ config(post_hook=\"drop table marts.orders\") }} select 1",
    "alias": "{{ config(alias='orders') }} select 1",
    "schema": "{{ config(schema='raw_shop') }} select 1",
    "ephemeral": "{{ config(materialized='ephemeral') }} select 1",
    "materialisation": "{{ config(materialized='external') }} select 1",
    "second config": "{{ config(materialized='table') }}{{ config(alias='orders') }} select 1",
    "disabled": "{{ config(enabled=false) }} select 1",
    "macro with more than a name": "select {{ cents('1 as bigint) from marts.orders where (x') }}",
    "macro with words": "select {{ cents('x from marts') }}",
    "macro that changes its table": "select 1 {{ forget('x', 'y') }}",
    "name that stands for a macro": "with lockgate_macro as (select 1) select * from {{ cents('marts.orders') }}",
    "name that stands for a relation": 'select * from "lockgate_relation"."orders"',
    "letter before a macro": "select e{{ cents('x') }}",
    "comment of Jinja over code": "select {{ cents('a{#') }} from marts.orders {{ cents('#}b') }}",
    "comment of Jinja in a text": "select {{ cents('map{#1: 2} is null as bigint) from marts.orders -- #}') }}",
    "comment of Jinja in a key": "{{ config(unique_key='id{# #}') }} select 1 as id",
    "comment of Jinja in a hook": "{{ config(post_hook=\"{{ forget(ref('stg_orders'), 'id{# #}') }}\") }} "
    "select 1 as id",
    "comment of Jinja behind a hook": "{{ config(post_hook=\"{{ forget(ref('stg_orders'), 'id') }}\", "
    "unique_key='id{# #}') }} select 1 as id",
    "place of a row, quoted": f'select "rowid" from {REF}',
    "place of a row, for a macro": f"select {{{{ cents('s.rowid') }}}} from {REF} s",
    "catalog under the name of a step elsewhere": "with a as (with duckdb_tables as (select 1) "
    "select * from duckdb_tables) select count(*) from a, duckdb_tables",
    "older catalog under the name of a step": "with a as (with sqlite_master as (select 1) "
    "select * from sqlite_master) select count(*) from a, sqlite_master",
    "relation that a macro hands through": "with {{ generate_schema_name('x', 'n') }} as (select 1 as a) "
    "select 1 where (select count(*) from {{ generate_schema_name('marts.orders', 'n') }}) > 5",
    "relation that a macro begins with": "select * from {{ shift('marts.orders') }}",
    "relation that a macro ends with": "select 1 as id where exists (from {{ last('marts.orders') }})",
    "alias that a macro is": "select 1 as {{ cents('id') }}, {{ cents('id') }} as x from {{ ref('orders') }} "
    "as {{ cents('a') }}",
    "part of a name behind a dot": "select * from marts.{{ cents('orders') }}",
    "part of a name before a dot": "select * from {{ cents('marts') }}.orders",
    "function by a macro's parenthesis": "select sleep_ms {{ half('1') }}",
    "setting by a macro's parenthesis": "select current_setting {{ half('1') }}",
    "comment by a sign before a variable": "select 2 -{{ var('limit') }} || '\n) ; drop table marts.orders; --'",
    "comment by a sign before a macro": "select 2 -{{ cents('x') }}",
    "comment in a macro": "select {{ noted('x') }} from {{ ref('orders') }}",
    "variable below zero": "select 2 - {{ var('shift') }}",
    "two macros side by side": "select {{ cents('x') }}{{ var('limit') }}",
    "table macro that reads a name": "select * from histogram('marts.orders', id)",
    "table macro that reads a name, in a step": "with a as (from histogram('information_schema.tables', table_name)) "
    "select * from a",
    "function in place of a table": "select * from list('x')",
    "function of a schema in place of a table": "select * from main.range(3)",
    "rows by chance": f"select * from {REF} using sample 1 rows",
    "half of the rows by chance": f"select * from {REF} tablesample 50%",
    "sample of a step": f"with a as (select * from {REF}) select * from a using sample reservoir(1 rows)",
    "a figure that may come out otherwise": f"select approx_quantile(total, 0.5) as q from {REF}",
    "Python": "def model(dbt, session): return session.sql('select 1')",
    "description of a relation": f"select * from (describe {REF})",
    "pivot": f"pivot {REF} on id",
    "bytes": "select 1 \x00",
}  # fmt: skip


@pytest.mark.parametrize("reach", REACHES)
def test_a_model_that_could_reach_something_else_is_built_with_all_others(reach: str) -> None:
    with pytest.raises(NotPlainError):
        differences({"dbt/models/marts/lines.sql": REACHES[reach]})


@pytest.mark.parametrize(
    "yaml",
    [
        "models: [{name: lines, config: {pre_hook: drop table marts.orders}}]",
        "models: [{name: lines, config: {alias: orders}}]",
        "models: [{name: lines, description: \"{{ run_query('drop table marts.orders') }}\"}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{not_null: {config: {where: '1=1) --'}}}]}]}]",
        'models: [{name: lines, columns: [{name: id, data_tests: [{accepted_values: {values: ["x\') --"]}}]}]}]',
        "models: [{name: lines, columns: [{name: 'id; drop table marts.orders'}]}]",
        "models: [{name: lines, data_tests: [{dbt_utils.expression_is_true: {expression: x}}]}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{relationships: {to: marts.days, field: n}}]}]}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{relationships: {to: duckdb_tables, field: x}}]}]}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{relationships: "
        "{to: ref('days'), field: n as x from marts.orders}}]}]}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{relationships: "
        "{to: ref('days'), field: rowid}}]}]}]",
        "models: [{name: lines, columns: [{name: rowid, data_tests: [unique]}]}]",
        "models: [{name: lines, latest_version: 1, versions: [{v: 1, defined_in: orders}]}]",
        "models: [{name: lines}]\nsnapshots: [{name: s, relation: ref('lines')}]",
        "models: [{name: lines}]\nseeds: [{name: s, config: {alias: orders}}]",
        "models: [{name: lines}, {name: lines}]",
        "models: [{name: lines, name: orders}]",
        "models: {name: lines}",
        "models: ''",
        "models: {}",
        "models:",
        "version: 2.0\nmodels: [{name: lines}]",
        "models: [{name: lines}, {name: ghost}]",
        "models: [{name: lines}, {name: ghost, columns: [{name: id, data_tests: [unique], tests: [not_null]}]}]",
        "models: [{name: lines}, {name: ghost, columns: [{data_tests: [unique]}]}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{not_null: {store_failures: true, schema: raw_shop, "
        "alias: orders}}]}]}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{unique: {enabled: false}}]}]}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{unique: {error_if: '>5'}}]}]}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{unique: {arguments: {alias: orders}}}]}]}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{unique: {name: other}}]}]}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{unique: {config: {severity: bogus}}}]}]}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{unique: {config: {severity: [warn]}}}]}]}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{unique: {config: "
        "{severity: \"{{ 'warn' if invocation_id[0] in '01234567' else 'error' }}\"}}}]}]}]",
        "models: [{name: lines, columns: [{name: id, data_tests: [{unique: 1}]}]}]",
        "a: &a [1, 1, 1, 1, 1, 1, 1, 1]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n"
        "c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n"
        "d: &d [*c, *c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d, *d]\n"
        "f: [*e, *e, *e, *e, *e, *e, *e]",
        "models: [",
        "{% set x = 1 %}",
    ],
)
def test_yaml_that_says_more_than_of_plain_models_has_all_built(yaml: str) -> None:
    with pytest.raises(NotPlainError):
        differences({"dbt/models/marts/_models.yml": yaml})


@pytest.mark.parametrize(
    "name",
    [
        "el/shop.yaml",
        "dbt/dbt_project.yml",
        "dbt/profiles.yml",
        "dbt/packages.yml",
        "dbt/macros/more.sql",
        "dbt/seeds/x.csv",
        "dbt/snapshots/s.sql",
        "dbt/tests/generic/more.sql",
        "dbt/models/marts/x.py",
        "dbt/models/marts/X.sql",
        "dbt/models/marts/docs.md",
        "dbt/models/elsewhere/x.sql",
        "dbt/models/x.sql",
        "dbt/models/staging/lines.sql",
        "dbt/dbt_packages/p/models/x.sql",
        "notes.txt",
        "dbt/models/marts/orders__dbt_tmp.sql",
        "dbt/models/marts/orders__dbt_backup.sql",
    ],
)
def test_a_difference_anywhere_else_has_all_built(name: str) -> None:
    with pytest.raises(NotPlainError):
        differences({name: "select 1"})


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("dbt/dbt_project.yml", "name: shop\non-run-end: drop table x", "settings"),
        ("dbt/dbt_project.yml", "name: shop\nmodels: {shop: {+post-hook: x}}", "settings"),
        ("dbt/dbt_project.yml", "name: shop\nflags: {fail_fast: true}", "settings"),
        ("dbt/dbt_project.yml", "name: shop\nmodel-paths: [others]", "folders"),
        ("dbt/macros/m.sql", "{% macro m() %}{% do run_query('select 1') %}{% endmacro %}", "looks around"),
        ("dbt/macros/m.sql", "{% macro ref(name) %}x{% endmacro %}", "replaces"),
        ("dbt/macros/m.sql", "{% materialization table, default %}{% endmaterialization %}", "materialization"),
        ("dbt/models/marts/h.sql", '{{ config(post_hook="drop table marts.orders") }} select 1', "hook"),
        ("dbt/models/marts/h.sql", "select * from marts.orders", "names a relation"),
        ("dbt/models/marts/p.py", "def model(dbt, session): ...", "Python"),
        ("dbt/packages.yml", "packages: []", "packages"),
    ],
)
def test_a_solution_whose_models_could_reach_each_other_is_built_as_a_whole(name: str, text: str, reason: str) -> None:
    with pytest.raises(NotPlainError, match=reason):
        differences({}, SOLUTION | {name: text})


def test_every_reach_is_refused_for_a_reason_that_names_it() -> None:
    """Not, for example, because the test's own project is not plain."""
    assert re.fullmatch(r"models/.*", differences({"dbt/models/marts/lines.sql": f"select 2 from {REF}"}).selected[0])
