"""The work of an `optimize` task's tables, with real loads and builds: slow SQL, and other places to do it in."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from benchmark.scorecard import WorkResult
from benchmark.task import Task
from benchmark.work import WorkSpec
from benchmark.workspace import lay_solution
from evaluators.pipeline.gold import get_gold
from evaluators.pipeline.kept_builds import solution_builds
from evaluators.pipeline.loads import no_timer
from evaluators.pipeline.runner import PipelineChain
from evaluators.pipeline.work import work_of_gold, work_of_run
from evaluators.scenarios import days
from evaluators.scoring.work_limit import judge_work
from runtime.dbt.clock import clock_environment
from runtime.fork_client import ForkRuntime
from tests.helpers.kiosk.world import write_kiosk

SPEC = WorkSpec(tables=("marts.takings",), limit=1.5)
RIGHT = "select item, sum(price::integer) as total\nfrom {{ source('raw_kiosk', 'sales') }}\ngroup by item\n"
SLOW = (
    "select s.item, sum(s.price::integer) as total\nfrom {{ source('raw_kiosk', 'sales') }} as s\n"
    "left join {{ source('raw_kiosk', 'sales') }} as o on abs(o.sale_id::integer - s.sale_id::integer) = 0\n"
    "group by s.item\n"
)
ADDED_UP = "select item, sum(price::integer) as total from raw_kiosk.sales group by item"
HOOKED = f'{{{{ config(pre_hook="create or replace table main.hidden as {ADDED_UP}") }}}}\n'
IN_PLACE = (
    "{{ config(materialized='TYPE', post_hook='drop view {{ this }}; create table {{ this }} as " + ADDED_UP + "') }}\n"
)
ANSWERED = (
    "{% if execute %}{% for row in run_query('" + ADDED_UP + "').rows %}\n"
    "select '{{ row[0] }}' as item, {{ row[1] }}::hugeint as total union all\n"
    "{% endfor %}{% endif %}select '' as item, 0::hugeint as total where false\n"
)
SUBMISSIONS: dict[str, tuple[dict[str, str], str]] = {
    "the solution": ({"takings.sql": RIGHT}, "1.00 times"),
    "another right way": ({"takings.sql": f"with s as ({RIGHT}) select * from s\n"}, "1.00 times"),
    "each sale with each": ({"takings.sql": SLOW}, "over"),
    "slow upstream": ({"slow.sql": SLOW, "takings.sql": "select * from {{ ref('slow') }}\n"}, "over"),
    "slow in a view": (
        {"slow.sql": "{{ config(materialized='view') }}\n" + SLOW, "takings.sql": "select * from {{ ref('slow') }}\n"},
        "over",
    ),
    "rows in a list": (
        {
            "takings.sql": "with all_sales as (select list(s) as sales from {{ source('raw_kiosk', 'sales') }} as s),\n"
            "items as (select distinct item from {{ source('raw_kiosk', 'sales') }})\n"
            "select item, list_sum([s.price::integer for s in sales if s.item = items.item]) as total\n"
            "from items, all_sales\n"
        },
        "list packs rows into one value",
    ),
    "one of a list": (
        {
            "takings.sql": "select item, sum(price) as total from (select item, list(price::integer)[1] as price\n"
            "from {{ source('raw_kiosk', 'sales') }} group by item, sale_id) group by item\n"
        },
        "times",
    ),
    "a hook makes a table": ({"takings.sql": HOOKED + "select * from main.hidden\n"}, "hidden does not exist"),
    "a hook fills the table": (
        {
            "takings.sql": f'{{{{ config(post_hook="insert into {{{{ this }}}} {ADDED_UP}") }}}}\n'
            "select '' as item, 0::hugeint as total where false\n"
        },
        "gives other rows",
    ),
    "a hook changes what was loaded": (
        {"takings.sql": '{{ config(post_hook="delete from raw_kiosk.sales") }}\n' + RIGHT},
        "1.00 times",
    ),
    "a hook changes what was loaded before it is read": (
        {
            "takings.sql": f'{{{{ config(pre_hook="create or replace table raw_kiosk.sales as {ADDED_UP}") }}}}\n'
            "select item, total from {{ source('raw_kiosk', 'sales') }}\n"
        },
        "cannot be made",
    ),
    "a model takes the place of what was loaded": (
        {
            "sales.sql": "{{ config(schema='raw_kiosk') }}\n"
            + RIGHT.replace("{{ source('raw_kiosk', 'sales') }}", "raw_kiosk.sales"),
            "takings.sql": "select * from {{ ref('sales') }}\n",
        },
        "takes the place of what was loaded",
    ),
    "a hook puts a table in the place of a view": (
        {
            "slow.sql": IN_PLACE.replace("TYPE", "view") + SLOW,
            "takings.sql": "select * from {{ ref('slow') }}\n",
        },
        "over",
    ),
    "a hook puts a table in the place of a view that is read twice": (
        {
            "slow.sql": "{{ config(materialized='view') }}\n" + SLOW,
            "takings.sql": f"{{{{ config(pre_hook='drop view marts.slow; create table marts.slow as {ADDED_UP}') }}}}\n"
            "select * from {{ ref('slow') }}\n",
        },
        "over",
    ),
    "a view is replaced after it was read": (
        {
            "slow.sql": "{{ config(materialized='view') }}\n" + SLOW,
            "takings.sql": f"{{{{ config(post_hook='create or replace view marts.slow as {ADDED_UP}') }}}}\n"
            "select * from {{ ref('slow') }}\n",
        },
        "over",
    ),
    "a table for a model that is ephemeral": (
        {
            "takings.sql": "{{ config(materialized='ephemeral') }}\nselect '' as item, 0::hugeint as total\n",
            "other.sql": f"{{{{ config(post_hook='create table marts.takings as {ADDED_UP}') }}}}\n"
            "select * from {{ ref('takings') }}\n",
        },
        "materialisation 'ephemeral'",
    ),
    "Jinja writes the answer into the SQL": ({"takings.sql": ANSWERED}, "gives other rows"),
    "Jinja reads the answer from what another build left": (
        {
            "slow.sql": "{{ config(materialized='table', post_hook=\"copy marts.slow to 'answer.csv'\") }}\n" + SLOW,
            "takings.sql": "-- depends_on: {{ ref('slow') }}\n"
            + ANSWERED.replace(ADDED_UP, "select * from read_csv('answer.csv')"),
        },
        "cannot compile",
    ),
    "a second statement": (
        {
            "takings.sql": "{% if flags.WHICH == 'compile' %}select 1); create table main.hidden as "
            + ADDED_UP
            + "; create or replace table marts.takings as (select * from main.hidden{% else %}"
            + RIGHT
            + "{% endif %}\n"
        },
        "not one query",
    ),
    "a selector leaves a model out of the build": (
        {
            "../selectors.yml": "selectors: [{name: few, default: true, definition: 'fqn:other'}]\n",
            "takings.sql": SLOW,
            "other.sql": f"{{{{ config(post_hook='create or replace table marts.takings as {ADDED_UP}') }}}}\n"
            "select 1 as one\n",
        },
        "over",
    ),
    "a model that only a build has not": (
        {
            "takings.sql": "{{ config(enabled=flags.WHICH != 'build') }}\n" + SLOW,
            "other.sql": f"{{{{ config(post_hook='create or replace table marts.takings as {ADDED_UP}') }}}}\n"
            "select 1 as one\n",
        },
        "over",
    ),
    "a seed": (
        {
            "../seeds/slow.csv": "item,total\na,1\n",
            "takings.sql": "select * from {{ ref('slow') }}\n",
        },
        "is a seed",
    ),
    "a table that is called a source": (
        {
            "takings.sql": HOOKED + "select * from {{ source('main', 'hidden') }}\n",
            "_more.yml": "sources: [{name: main, tables: [{name: hidden}]}]\n",
        },
        "main.hidden is called a source",
    ),
    "Python": (
        {
            "takings.py": "def model(dbt, session):\n    dbt.config(materialized='table')\n"
            f"    return session.sql('{ADDED_UP}')\n"
        },
        "is no SQL",
    ),
    "nothing": ({}, "no model makes marts.takings"),
}
"""Models, and what is said of the work: how it stands to the solution's, or why nobody knows."""


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Task]:
    folder = tmp_path_factory.mktemp("kiosk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_PROJECTS", str(folder / "projects"))
        patch.setenv("LOCKGATE_HOME", str(folder / "home"))
        yield write_kiosk(folder / "projects", {"project/dbt/models/takings.sql": RIGHT})


def judge(task: Task, models: Mapping[str, str], runtime: ForkRuntime, folder: Path) -> WorkResult:
    dials, runs = task.world.spec.dials(0), days(1)
    lay_solution(task, folder / "project")
    (folder / "project/dbt/models/takings.sql").unlink()
    (folder / "project/dbt/seeds").mkdir(exist_ok=True)
    for name, text in models.items():
        (folder / "project/dbt/models" / name).write_text(text)
    gold = get_gold(task, dials, [runs], runtime, no_timer)[runs]
    builds = solution_builds(task, dials, PipelineChain, runtime, folder / "kept", no_timer)
    (folder / "runs").mkdir()
    chain = PipelineChain(
        folder / "project",
        task.world,
        dials,
        runtime,
        folder / "runs",
        folder / "logs",
        no_timer,
        keeps_loads=True,
        builds=builds,
    )
    with chain.started():
        state = chain.state(runs)
        chain.export(state, list(SPEC.tables), output := folder / "output")
    now = clock_environment(task.world.pinned_now(dials))["PINNED_NOW"]
    solution = work_of_gold(SPEC, gold, now, runtime, folder / "gold")
    return judge_work(
        SPEC, work_of_run(SPEC, state, gold, output, now, runtime, folder / "logs" / "work.log"), solution
    )


@pytest.mark.parametrize("name", SUBMISSIONS)
def test_work_is_counted_wherever_it_is_done(
    kiosk: Task, servers: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    projects = kiosk.world.folder.parent
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(projects))
    monkeypatch.setenv("LOCKGATE_HOME", str(projects.with_name("home")))
    models, says = SUBMISSIONS[name]
    found = judge(kiosk, models, servers, tmp_path)
    if says == "over":
        assert found.rows is not None
        assert found.rows > SPEC.limit * found.rows_of_solution
        assert not found.is_within
    else:
        assert says in found.summary
        assert found.is_within == (says == "1.00 times")
