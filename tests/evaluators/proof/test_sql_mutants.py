"""Mutants of an incremental model in its first run, where it is its query, and in a later one, which dbt builds."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from benchmark.tables import TableSpec
from evaluators.pipeline.gold import Gold
from evaluators.proof.equivalent_list import Listing
from evaluators.proof.gold_database import GoldDatabase
from evaluators.proof.result import MutantResult
from evaluators.proof.scored_runs import RunState
from evaluators.proof.sql_mutants import ModelCase, try_equivalents, try_mutants
from evaluators.scenarios import days
from runtime.fork_client import ForkRuntime
from tests.helpers.proof import ASKING, TASK, settled, watched

NOW = "2013-03-14T23:30:00Z"
HEAD = """\
{{ config(schema='marts', materialized='incremental', unique_key='ride_id', incremental_strategy='delete+insert',
    post_hook="delete from {{ this }} where fare = 0") }}
"""
QUERY = "select ride_id, upper(city) as city, fare from raw.rides"
LATER = f"{QUERY} where city <> 'a'"
FILES = {
    "dbt_project.yml": "name: rides\nprofile: rides\nversion: '1.0'\nflags: {send_anonymous_usage_stats: false}\n",
    "profiles.yml": "rides: {target: dev, outputs: {dev: {type: duckdb, path: \"{{ env_var('WAREHOUSE_PATH') }}\"}}}\n",
    "macros/generate_schema_name.sql": "{% macro generate_schema_name(a, b) %}{{ a or 'main' }}{% endmacro %}",
    "models/sources.yml": "sources: [{name: raw, tables: [{name: rides}]}]\n",
    "models/rides.sql": HEAD
    + QUERY.replace("raw.rides", "{{ source('raw', 'rides') }}")
    + "{% if is_incremental() %} where city <> 'a'{% endif %}\n",
}
FIRST = {"raw.rides": "(1, 'a', 30.5), (2, 'b', 50.5)", "marts.rides": "(1, 'A', 30.5), (2, 'B', 50.5)"}
SECOND = {
    "raw.rides": "(1, 'a', 31.5), (2, 'b', 55.5), (3, 'b', 60.5)",
    "marts.rides": "(1, 'A', 30.5), (2, 'B', 55.5), (3, 'B', 60.5)",
}
"""The second run corrects ride 2, adds ride 3, and leaves the first one alone. No ride is free."""
SCORED = {"marts.rides": TableSpec(stage="marts", key=("ride_id",), columns=("ride_id", "city", "fare"))}


def write_gold(folder: Path, tables: dict[str, str], compiled: str) -> Gold:
    folder.mkdir()
    for name, rows in tables.items():
        query = f"select * from (values {rows}) t(ride_id, city, fare)"
        duckdb.sql(query).write_parquet(str(folder / f"{name}.parquet"))
    node: dict[str, Any] = {"path": "dbt/models/rides.sql", "type": "incremental", "parents": ["raw.rides"]}
    return Gold(folder, {"marts.rides": node | {"macros": [], "compiled": compiled}})


@pytest.fixture
def case(tmp_path: Path, runtime: ForkRuntime) -> Iterator[ModelCase]:
    for name, text in FILES.items():
        path = tmp_path / "project/dbt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    first = write_gold(tmp_path / "first", FIRST, QUERY)
    second = write_gold(tmp_path / "second", SECOND, LATER)
    (tmp_path / "scratch").mkdir()
    with ExitStack() as stack:
        databases = [
            stack.enter_context(GoldDatabase(g, NOW, watched(SCORED), {}, i + 1)) for i, g in enumerate((first, second))
        ]
        states = [
            RunState("visible", Dials(0), days(1), days(1), first, None, databases[0], ASKING),
            RunState("day2", Dials(0), days(1, 2), days(1, 2), second, first, databases[1], ASKING),
        ]
        yield ModelCase("marts.rides", states, tmp_path / "project", runtime, tmp_path / "scratch", ASKING, ASKING)


NO_LIST = Listing(get_task("flights_otp_scorecard"))
KILLED_BY_QUERY = {("cleaning_lost", "UPPER(city)", "city"): ("killed", "visible", "marts.rides (differs)")}
KILLED_BY_DBT = {
    ("filter_dropped", "where city <> 'a'", ""): ("killed", "day2", "marts.rides (differs)"),
    ("key_dropped", "unique_key='ride_id',", ""): ("killed", "day2", "marts.rides (differs)"),
    ("hook_dropped", 'post_hook="delete from {{ this }} where fare = 0"', ""): ("survived", "", ""),
    ("key_wrong", "ride_id", "fare"): ("killed", "day2", "marts.rides (differs)"),
    ("rows_appended", "'delete+insert'", "append"): ("killed", "day2", "marts.rides (differs)"),
    ("made_in_full", "incremental", "table"): ("killed", "day2", "marts.rides (differs)"),
}
"""Operator, before and after -> what becomes of it, in which run and where."""


def by_change(results: tuple[MutantResult, ...]) -> dict[tuple[str, str, str], tuple[str, str, str]]:
    return {(m.operator, m.before, m.after): (m.outcome, m.killed_in, m.killed_by) for m in results}


@pytest.mark.slow
def test_queries_decide_a_first_run_and_dbt_a_later_one_with_wrong_configurations(case: ModelCase) -> None:
    results = settled(try_mutants(case)[TASK], NO_LIST)
    assert by_change(results) == KILLED_BY_QUERY | KILLED_BY_DBT
    assert len({mutant.id for mutant in results}) == len(results)
    assert {mutant.part for mutant in results} == {"marts.rides"}
    assert {mutant.operator: mutant.diff.splitlines() for mutant in results if mutant.diff} == {
        "hook_dropped": [
            "@@ -1,3 +1,3 @@",
            " " + HEAD.splitlines()[0],
            "-" + HEAD.splitlines()[1],
            "+    ) }}",
            " " + FILES["models/rides.sql"].splitlines()[2],
        ]
    }


def test_a_model_that_the_task_does_not_change_is_tried_as_a_query_alone(case: ModelCase) -> None:
    """Nothing is built: the scratch folder stays empty."""
    untouched = case._replace(touched=frozenset())
    assert by_change(settled(try_mutants(untouched)[TASK], NO_LIST)) == KILLED_BY_QUERY
    assert list(case.scratch.iterdir()) == []
    assert settled(try_mutants(untouched._replace(states=case.states[1:]))[TASK], NO_LIST)[0].outcome == "survived"


def test_a_query_that_needs_dbt_has_no_equivalents(case: ModelCase) -> None:
    assert try_equivalents(case._replace(states=case.states[1:]))[TASK] == ()
    assert {item.operator for item in try_equivalents(case)[TASK]} >= {"identical", "types_widened", "grouped_by_all"}


def alone(tmp_path: Path, runtime: ForkRuntime, stack: ExitStack, gold: Gold, spec: TableSpec) -> ModelCase:
    """A model that is a table, in one run."""
    (tmp_path / "dbt/models").mkdir(parents=True)
    (tmp_path / "dbt/models/rides.sql").write_text(QUERY)
    gold.relations["marts.rides"]["type"] = "table"
    database = stack.enter_context(GoldDatabase(gold, NOW, watched({"marts.rides": spec}), {}, 1))
    state = RunState("holdout", Dials(101), days(1), days(1), gold, None, database, ASKING)
    return ModelCase("marts.rides", [state], tmp_path, runtime, tmp_path, ASKING, ASKING)


def test_a_rewrite_that_the_judge_does_not_accept_says_where_and_shows_itself(
    tmp_path: Path, runtime: ForkRuntime
) -> None:
    """Gold is wrong here, so no rewrite is accepted."""
    wrong = FIRST | {"marts.rides": "(1, 'A', 30.5), (2, 'X', 50.5)"}
    with ExitStack() as stack:
        gold = write_gold(tmp_path / "gold", wrong, QUERY)
        found = {
            e.operator: e for e in try_equivalents(alone(tmp_path, runtime, stack, gold, SCORED["marts.rides"]))[TASK]
        }
    assert {item.difference for item in found.values()} == {"holdout 101: marts.rides rejected differs"}
    assert {(item.part, item.is_accepted) for item in found.values()} == {("marts.rides", False)}
    assert found["identical"].diff == ""
    assert found["column_added"].diff.startswith("@@ -1,5 +1,")
    assert "+  'internal' AS note_of_the_author" in found["column_added"].diff.splitlines()


@pytest.mark.parametrize(
    ("rows", "is_strict", "left_out"),
    [
        (FIRST["raw.rides"], False, set()),
        (FIRST["raw.rides"], True, {"column_added"}),
        ("(1, 'a', 30.5), (1, 'a', 30.5)", False, {"grouped_by_all"}),
    ],
    ids=["unique rows", "no other columns", "rows twice"],
)
def test_rewrites_that_would_change_the_table_are_not_made(
    tmp_path: Path, runtime: ForkRuntime, rows: str, is_strict: bool, left_out: set[str]
) -> None:
    tables = {"raw.rides": rows, "marts.rides": rows.replace("'a'", "'A'").replace("'b'", "'B'")}
    with ExitStack() as stack:
        gold = write_gold(tmp_path / "gold", tables, QUERY)
        spec = SCORED["marts.rides"].model_copy(update={"strict": is_strict})
        made = try_equivalents(alone(tmp_path, runtime, stack, gold, spec))[TASK]
    assert all(item.is_accepted for item in made)
    assert {"column_added", "grouped_by_all"} - {item.operator for item in made} == left_out


TIED = (
    "select ride_id, city, fare from raw.rides qualify row_number() over (partition by ride_id order by fare, city) = 1"
)
TIES = {"raw.rides": "(1, 'a', 30.5), (1, 'b', 30.5), (2, 'b', 50.5)", "marts.rides": "(1, 'a', 30.5), (2, 'b', 50.5)"}


def test_a_mutant_that_golds_order_of_rows_suits_is_killed_by_the_other_order_unless_it_is_listed(
    tmp_path: Path, runtime: ForkRuntime
) -> None:
    with ExitStack() as stack:
        gold = write_gold(tmp_path / "gold", TIES, TIED)
        case = alone(tmp_path, runtime, stack, gold, SCORED["marts.rides"])
        tie = next(m for m in settled(try_mutants(case)[TASK], NO_LIST) if m.operator == "window_tie_broken_otherwise")
        assert (tie.outcome, tie.killed_in) == ("killed", "holdout 101, rows upstream reversed")
        (tmp_path / "proof.yaml").write_text(
            f"equivalent: [{{id: {tie.id}, operator: {tie.operator}, part: marts.rides, reason: cities never tie}}]"
        )
        listed = Listing(get_task("flights_otp_scorecard").model_copy(update={"folder": tmp_path}))
        tie = next(m for m in settled(try_mutants(case)[TASK], listed) if m.operator == "window_tie_broken_otherwise")
        assert (tie.outcome, tie.killed_in, tie.reason) == ("equivalent", "", "cities never tie")
        assert tie.diff.startswith("@@")
