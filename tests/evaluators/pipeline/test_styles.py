"""Right pipelines in many styles have every component right, and so have the right models below a wrong table."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from runtime.fork_client import ForkRuntime
from tests.evaluators.pipeline.shop import PROJECT, TABLES, Golds, Shop, wrong

DAYS = ("visible", "rerun", "day2")
STG, MID, MART = "models/stg.sql", "models/mid.sql", "models/mart.sql"


@dataclass(frozen=True)
class Style:
    """A way of writing the shop."""

    files: dict[str, str]
    """What differs from the plain project."""
    gold: dict[str, str] = field(default_factory=dict)
    """What differs in the solution, where the style computes something else than the plain project does."""
    scenarios: tuple[str, ...] = ("visible",)


def table(sql: str, config: str = "") -> str:
    return f"{{{{ config(materialized='table'{config}) }}}} {sql}"


RATES = "code,factor\nx,2\n"
BY_HELPER = (
    "select id, customer, total * (select max(factor) from {}) as twice, day, placed_at from {{{{ ref('stg') }}}}"
)
HELPER = "create or replace table marts.helper as select 2 as factor"
PLAIN_MID = "select id, customer, total * 2 as twice, day, placed_at from {{ ref('stg') }}"
PLAIN_MART = "select customer, sum(twice) as total, count(*) as n from {{ ref('mid') }} group by 1"
OPTIONS = PROJECT["dbt_project.yml"]
NAMED_SNAPSHOT = """
snapshots:
  - name: memory
    relation: ref('stg')
    config:
      schema: marts
      unique_key: id
      strategy: check
      check_cols: [total]
      snapshot_meta_column_names: {dbt_valid_from: since, dbt_valid_to: until}
"""
FIRST_TOTALS = (
    "{{ config(materialized='incremental', unique_key='id') }} select id, total from {{ ref('stg') }} "
    "{% if is_incremental() %} where id not in (select id from {{ this }}) {% endif %}"
)
OF_FIRST = table(
    "select id, customer, f.total * 2 as twice, day, placed_at from {{ ref('stg') }} join FIRST f using (id)"
)
AGED = (
    "{% set last = adapter.get_relation(database=this.database, schema=this.schema, identifier=this.identifier) %}"
    "select customer, sum(twice) as total, count(*) "
    "+ {% if last %}coalesce((select max(n) from {{ this }}), 0){% else %}0{% endif %} as n "
    "from {{ ref('mid') }} group by 1"
)

STYLES = {
    "seed that is not scored": Style({"seeds/rates.csv": RATES, MID: table(BY_HELPER.format("{{ ref('rates') }}"))}),
    "python helper": Style(
        {
            "models/doubled.py": "def model(dbt, session):\n    dbt.config(materialized='table')\n"
            "    return dbt.ref('stg').project('id, total + total as twice')\n",
            MID: table(
                "select id, customer, twice, day, placed_at from {{ ref('stg') }} join {{ ref('doubled') }} using (id)"
            ),
        }
    ),
    "pre-hook": Style({MID: table(BY_HELPER.format("marts.helper"), f', pre_hook="{HELPER}"')}),
    "post-hook that completes the table": Style(
        {MID: table(PLAIN_MID.replace("* 2", "* 1"), ', post_hook="update {{ this }} set twice = twice * 2"')}
    ),
    "post-hook above that makes a helper": Style(
        {
            STG: "{{ config(materialized='view', post_hook=\"" + HELPER + '") }} ' + PROJECT[STG].partition("}} ")[2],
            MID: table(BY_HELPER.format("marts.helper")),
        }
    ),
    "on-run-start": Style(
        {
            "dbt_project.yml": OPTIONS + f'on-run-start: ["create schema if not exists marts", "{HELPER}"]\n',
            MID: table(BY_HELPER.format("marts.helper")),
        }
    ),
    "sql header": Style(
        {
            MID: table(
                "{% call set_sql_header(config) %} create or replace macro main.doubled(x) as x * 2; {% endcall %}"
                + PLAIN_MID.replace("total * 2", "doubled(total)")
            )
        }
    ),
    "variable of the session": Style(
        {MID: table(PLAIN_MID.replace("* 2", "* getvariable('factor')"), ', pre_hook="set variable factor = 2"')}
    ),
    "setting in a hook": Style(
        {
            MID: table(
                PLAIN_MID.replace(
                    "placed_at from", "cast(timestamptz '2024-01-01 00:00:00+00' as timestamp) as seen, placed_at from"
                ),
                ", pre_hook=\"set TimeZone = 'America/New_York'\"",
            )
        }
    ),
    "target-path": Style({"dbt_project.yml": OPTIONS + "target-path: build/output\n"}),
    "fail-fast": Style({"dbt_project.yml": OPTIONS + "flags: {fail_fast: true}\n"}),
    "microbatch": Style(
        {
            "models/_sources.yml": "sources: [{name: raw, schema: raw_shop, tables: [{name: orders}]}]\n"
            "models: [{name: stg, config: {event_time: placed_at}}]\n",
            MID: "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='placed_at', "
            "batch_size='day', begin='2013-03-13') }} " + PLAIN_MID,
        }
    ),
    "a table that reads its own last version": Style(
        {MART: table(AGED)}, gold={MART: table(AGED)}, scenarios=("visible", "day2", "day3")
    ),
    "incremental memory": Style(
        {"models/first.sql": FIRST_TOTALS, MID: OF_FIRST.replace("FIRST", "{{ ref('first') }}")},
        gold={"models/first.sql": FIRST_TOTALS, MID: OF_FIRST.replace("FIRST", "{{ ref('first') }}")},
        scenarios=DAYS,
    ),
    "snapshot with names of its own as memory": Style(
        {
            "snapshots/memory.yml": NAMED_SNAPSHOT,
            MID: OF_FIRST.replace(
                "FIRST", "(select id, min_by(total, since) as total from {{ ref('memory') }} group by id)"
            ),
        },
        gold={"models/first.sql": FIRST_TOTALS, MID: OF_FIRST.replace("FIRST", "{{ ref('first') }}")},
        scenarios=DAYS,
    ),
    "helper with a name of gold's and other columns": Style(
        {
            "models/helper.sql": table("select id as order_id, total as amount from {{ ref('stg') }}"),
            MID: table(
                "select id, customer, amount * 2 as twice, day, placed_at "
                "from {{ ref('stg') }} join {{ ref('helper') }} on order_id = id"
            ),
        },
        gold={
            "models/helper.sql": table("select id, total * 2 as twice from {{ ref('stg') }}"),
            MID: table(
                "select id, customer, h.twice, day, placed_at from {{ ref('stg') }} "
                "join {{ ref('helper') }} h using (id)"
            ),
        },
    ),
    "timestamps with time zone": Style(
        {
            STG: PROJECT[STG].replace("placed_at from", "placed_at at time zone 'UTC' as placed_at from"),
            MART: table(
                PLAIN_MART.replace("count(*)", "count(distinct (placed_at at time zone 'America/New_York')::date)")
            ),
        },
        gold={
            MART: table(
                PLAIN_MART.replace(
                    "count(*)", "count(distinct (placed_at at time zone 'UTC' at time zone 'America/New_York')::date)"
                )
            )
        },
    ),
    "a column more than gold has": Style(
        {
            STG: PROJECT[STG].replace("placed_at from", "placed_at, id % 2 = 0 as is_even from"),
            MART: table(
                PLAIN_MART.replace("ref('mid') }}", "ref('mid') }} join {{ ref('stg') }} using (id)")
                .replace("customer,", "m.customer,")
                .replace("from {{ ref('mid') }}", "from {{ ref('mid') }} m")
                .replace("count(*)", "count(*) filter (is_even)")
            ),
        },
        gold={MART: table(PLAIN_MART.replace("count(*)", "count(*) filter (id % 2 = 0)"))},
    ),
    "ephemeral upstream": Style(
        {
            STG: PROJECT[STG],
            "models/step.sql": "{{ config(materialized='ephemeral') }} select * from {{ ref('stg') }}",
            MID: table(PLAIN_MID.replace("ref('stg')", "ref('step')")),
        }
    ),
    "names in capitals": Style({STG: PROJECT[STG].replace("materialized='view'", "materialized='view', alias='STG'")}),
    "external table in the workspace": Style(
        {MID: PROJECT[MID].replace("materialized='table'", "materialized='external', location='mid.parquet'")}
    ),
}


def broken_stg(style: Style) -> dict[str, str]:
    """The style with wrong totals in its first table."""
    text = style.files.get(STG, PROJECT[STG])
    return style.files | {STG: text.replace("total, day", "total + id as total, day")}


def one_in(number: int) -> list[Any]:
    """The styles, of which all but every so many-th are for the slow suite."""
    return [pytest.param(name, marks=pytest.mark.slow if n % number else ()) for n, name in enumerate(STYLES)]


@pytest.fixture(scope="module")
def golds(servers: ForkRuntime, tmp_path_factory: pytest.TempPathFactory) -> Golds:
    return Golds(servers, tmp_path_factory.mktemp("golds"))


@pytest.mark.parametrize("name", one_in(24))
def test_a_right_pipeline_has_every_component_right(
    golds: Golds, servers: ForkRuntime, tmp_path: Path, name: str
) -> None:
    style = STYLES[name]
    shop = Shop(golds, servers, tmp_path, TABLES)
    whole, alone = shop.components(style.gold, style.files, style.scenarios)
    for scenario in style.scenarios:
        assert wrong(whole[scenario]) == set()
        assert wrong(alone[scenario]) == set()
    assert shop.rebuilt == []


@pytest.mark.parametrize("name", one_in(24))
def test_right_models_below_a_wrong_table_are_right_alone(
    golds: Golds, servers: ForkRuntime, tmp_path: Path, name: str
) -> None:
    style = STYLES[name]
    shop = Shop(golds, servers, tmp_path, TABLES)
    whole, alone = shop.components(style.gold, broken_stg(style), style.scenarios)
    for scenario in style.scenarios:
        assert {"marts.stg", "marts.mid"} <= wrong(whole[scenario])
        assert wrong(alone[scenario]) == {"marts.stg"}
