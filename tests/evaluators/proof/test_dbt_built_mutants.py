"""Mutants above a Python model: dbt builds what queries cannot, on a small project."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmark.errors import LockgateError
from benchmark.generator_parameters import Dials
from benchmark.tables import TableSpec
from evaluators.pipeline.gold import Gold
from evaluators.proof.dbt_built_mutants import Variant, read_model_file, sql_text, try_variants
from evaluators.proof.gold_database import GoldDatabase
from evaluators.proof.scored_runs import RunState
from evaluators.proof.sql_mutants import ModelCase, try_mutants
from evaluators.proof.sql_trees import CLOCK
from evaluators.scenarios.base import days
from runtime.fork_client import ForkRuntime
from tests.helpers.proof import ASKING, TASK, only, settled, watched

pytestmark = pytest.mark.slow  # dbt builds in each; the tests prove a small world with dbt anyway

NOW = "2013-03-14T23:30:00Z"
SQL = "select city, sum(fare) as total from raw.rides where fare > 2 group by city"
FILES = {
    "dbt_project.yml": "name: rides\nprofile: rides\nversion: '1.0'\nflags: {send_anonymous_usage_stats: false}\n",
    "profiles.yml": "rides: {target: dev, outputs: {dev: {type: duckdb, path: \"{{ env_var('WAREHOUSE_PATH') }}\"}}}\n",
    "macros/generate_schema_name.sql": "{% macro generate_schema_name(a, b) %}{{ a or 'main' }}{% endmacro %}",
    "models/sources.yml": "sources: [{name: raw, tables: [{name: rides}]}]\n",
    "models/totals.sql": "{{ config(schema='staging', materialized='table') }}\n"
    + SQL.replace("raw.rides", "{{ source('raw', 'rides') }}"),
    "models/report.py": "def model(dbt, session):\n    dbt.config(schema='marts', materialized='table')\n"
    "    frame = dbt.ref('totals').df()\n    frame['total'] = frame['total'] * 2\n    return frame\n",
}
TABLES = {
    "raw.rides": "select * from (values ('a', 1), ('a', 3), ('b', 5), ('b', 6)) t(city, fare)",
    "staging.totals": "select * from (values ('a', 3::hugeint), ('b', 11::hugeint)) t(city, total)",
    "marts.report": "select * from (values ('a', 6.0::double), ('b', 22.0::double)) t(city, total)",
}


@pytest.fixture
def case(tmp_path: Path, runtime: ForkRuntime) -> Iterator[ModelCase]:
    for name, text in FILES.items():
        path = tmp_path / "project/dbt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "gold").mkdir()
    for name, query in TABLES.items():
        duckdb.sql(query).write_parquet(str(tmp_path / "gold" / f"{name}.parquet"))
    relations: dict[str, dict[str, Any]] = {
        "staging.totals": {
            "path": "dbt/models/totals.sql", "type": "table", "parents": ["raw.rides"], "macros": [], "compiled": SQL,
        },
        "marts.report": {
            "path": "dbt/models/report.py", "type": "table", "parents": ["staging.totals"], "macros": [],
            "compiled": None,
        },
    }  # fmt: skip
    gold = Gold(tmp_path / "gold", relations)
    scored = {"marts.report": TableSpec(stage="marts", key=("city",), columns=("city", "total"))}
    (tmp_path / "scratch").mkdir()
    with GoldDatabase(gold, NOW, watched(scored), {}, 1) as database:
        state = RunState("visible", Dials(0), days(1), days(1), gold, None, database, ASKING)
        yield ModelCase("staging.totals", [state], tmp_path / "project", runtime, tmp_path / "scratch", ASKING, ASKING)


def test_mutants_above_a_python_model_are_decided_by_building_it(case: ModelCase) -> None:
    results = settled(try_mutants(case)[TASK])
    by_change = {(result.operator, result.after): result for result in results}
    assert len(results) >= 4
    killed = [result for result in results if result.outcome == "killed"]
    assert any(result.killed_by.startswith("marts.report") for result in killed), by_change
    survived = [result.after for result in results if result.outcome == "survived"]
    assert all("3" in after or ">=" in after for after in survived), survived  # no ride costs 2 to 3


HEAD = "{{ config(schema='staging', materialized='table') }}\n"
VARIANTS = {
    "right": (SQL, "accepted", ""),
    "wrong": (SQL.replace("> 2", "> 4"), "rejected", "differs"),
    "unbound": ("select nope from raw.rides", "stillborn", ""),
    "absent": ("select * from raw.nowhere", "stillborn", ""),
    "no SQL": ("selekt", "stillborn", ""),
    "no Jinja": ("select {{ nope() }}", "stillborn", ""),
    "of text": ("select city, city::int as total from raw.rides", "rejected", "does not run"),
}


@pytest.mark.parametrize("below", [None, {"marts.report": "report"}], ids=["queries follow", "dbt builds what follows"])
def test_what_becomes_of_each_version_that_dbt_builds(case: ModelCase, below: dict[str, str] | None) -> None:
    state = case.states[0]
    file = read_model_file(case.project, state.database.relations[case.relation], case.relation)
    texts = {name: Variant(HEAD + sql, ASKING) for name, (sql, _, _) in VARIANTS.items()}
    folder = case.scratch / "tried"
    found = try_variants(state, case.project, case.runtime, case.relation, file, texts, folder, below)
    tried = {name: only(outcomes) for name, outcomes in found.items()}
    verdicts = {name: outcome.verdict for name, outcome in tried.items()}
    # What follows is a Python model, which no query stands for: whatever differs stays open without dbt.
    wanted = {name: "unknown" if name == "wrong" and below is None else v for name, (_, v, _) in VARIANTS.items()}
    assert verdicts == wanted
    assert (tried["of text"].table, tried["of text"].reason) == ("staging.totals", "does not run")
    assert all("\n" not in outcome.reason for outcome in tried.values())
    assert {name for name, found in tried.items() if found.verdict == "stillborn" and found.reason} == {
        name for name, (_, verdict, _) in VARIANTS.items() if verdict == "stillborn"
    }
    if below:
        assert (tried["wrong"].table, tried["wrong"].reason) == ("marts.report", "differs")
    assert not folder.exists()
    assert (case.project / "dbt/models/totals.sql").read_text() == FILES["models/totals.sql"]


def test_nothing_is_built_where_there_is_nothing_to_try(case: ModelCase) -> None:
    state = case.states[0]
    file = read_model_file(case.project, state.database.relations[case.relation], case.relation)
    assert try_variants(state, case.project, case.runtime, case.relation, file, {}, case.scratch) == {}
    assert list(case.scratch.iterdir()) == []


def test_a_child_that_dies_says_nothing_of_the_variants(case: ModelCase) -> None:
    state = case.states[0]
    file = read_model_file(case.project, state.database.relations[case.relation], case.relation)
    (case.project / "dbt/dbt_project.yml").unlink()
    (state.gold.folder / "raw.rides.parquet").write_text("no Parquet")
    with pytest.raises(LockgateError, match=r"^Variants of staging\.totals could not be built: .*\w"):
        try_variants(
            state,
            case.project,
            case.runtime,
            case.relation,
            file,
            {"x": Variant(HEAD + SQL, ASKING)},
            case.scratch / "x",
        )


LATE = """{{ config(schema='staging', materialized='incremental', unique_key='city') }}
select city, sum(fare)::hugeint as total from {{ source('raw', 'rides') }} group by city
{% if is_incremental() %} having city != 'a' {% endif %}
"""


def test_a_later_run_builds_upon_the_gold_of_the_run_before(case: ModelCase, tmp_path: Path) -> None:
    """City `a` stands in the table of the run before alone; without it, the first run's query makes it new."""
    state = case.states[0]
    (tmp_path / "before").mkdir()
    earlier = "select * from (values ('a', 3::hugeint), ('b', 7::hugeint)) t(city, total)"
    duckdb.sql(earlier).write_parquet(str(tmp_path / "before/staging.totals.parquet"))
    (case.project / "dbt/models/totals.sql").write_text(LATE)
    later = state._replace(previous=Gold(tmp_path / "before", {}))
    file = read_model_file(case.project, {"path": "dbt/models/totals.sql", "type": "incremental"}, case.relation)
    verdicts = [
        try_variants(
            found, case.project, case.runtime, case.relation, file, {"x": Variant(LATE, ASKING)}, case.scratch / name
        )["x"]
        for name, found in (("later", later), ("first", state))
    ]
    assert [only(tried).verdict for tried in verdicts] == ["accepted", "unknown"]


def test_a_mutants_sql_stands_in_its_file_at_the_instant_of_the_run(case: ModelCase) -> None:
    file = read_model_file(case.project, case.states[0].database.relations[case.relation], case.relation)
    text = sql_text(file, f"select '{CLOCK}'::timestamp", case.states[0])
    assert text == f"{HEAD.rstrip()}\n{{% raw %}}\nselect '{NOW}'::timestamp\n{{% endraw %}}\n"
