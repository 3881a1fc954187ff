"""Several accepted golds per table."""

import shutil
from pathlib import Path

import duckdb
import pytest

from agents.base import Agent, AgentContext
from benchmark.errors import SpecError
from benchmark.registry import get_task, get_world
from benchmark.scorecard import AgentResult
from benchmark.task import Task
from benchmark.task_folder import read_task
from benchmark.trial import TrialOptions
from benchmark.workspace import lay_solution
from evaluators.scoring.alternatives import accept_alternatives
from evaluators.scoring.table_verdicts import judge_tables
from orchestration.planning.trials import plan_trial
from orchestration.trial import run_trial
from runtime.fork_client import ForkRuntime

DECLARED = """
alternatives:
  - name: rounded_down
    reason: the ticket does not say how shares are rounded
    tables: [marts.airlines]
"""


def write(folder: Path, name: str, query: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    duckdb.sql(query).write_parquet(str(folder / f"{name}.parquet"))


@pytest.fixture
def task_folder(tmp_path: Path) -> Path:
    """A copy of a task of `flights` that can be changed."""
    folder = tmp_path / "flights_otp_scorecard"
    shutil.copytree(get_task("flights_otp_scorecard").folder, folder)
    return folder


def declare(folder: Path, text: str = DECLARED) -> Task:
    with (folder / "task.yaml").open("a", encoding="utf-8") as file:
        file.write(text)
    return read_task(folder, get_world("flights"))


def scored_task(task_folder: Path) -> Task:
    (task_folder / "alternatives" / "rounded_down").mkdir(parents=True)
    table = next(iter(get_task("flights_otp_scorecard").scored_tables))
    return declare(task_folder, DECLARED.replace("marts.airlines", table))


def test_only_what_equals_the_alternative_is_accepted(task_folder: Path, tmp_path: Path) -> None:
    task = scored_task(task_folder)
    (table,) = task.spec.alternatives[0].tables
    columns = task.scored_tables[table].columns
    gold, other = (", ".join(f"{value} as {column}" for column in columns) for value in (1, 2))
    write(tmp_path / "gold", table, f"select {gold}")
    write(tmp_path / "alternative", table, f"select {other}")
    for query, is_accepted in ((gold, True), (other, True), (gold.replace("1 as", "3 as"), False)):
        write(tmp_path / "output", table, f"select {query}")
        spec = {table: task.scored_tables[table]}
        verdicts = judge_tables(tmp_path / "gold", tmp_path / "output", spec, {})
        found = accept_alternatives(task, verdicts, tmp_path / "output", {}, lambda name: tmp_path / "alternative")
        assert found[table].is_match == is_accepted
        assert ("alternative 'rounded_down'" in found[table].summary) == (query == other)


def test_a_table_that_matches_gold_asks_for_no_alternative(task_folder: Path, tmp_path: Path) -> None:
    task = scored_task(task_folder)
    (table,) = task.spec.alternatives[0].tables
    query = "select " + ", ".join(f"1 as {column}" for column in task.scored_tables[table].columns)
    for side in ("gold", "output"):
        write(tmp_path / side, table, query)
    verdicts = judge_tables(tmp_path / "gold", tmp_path / "output", {table: task.scored_tables[table]}, {})

    def never(name: str) -> Path:
        pytest.fail(f"alternative {name} was built")

    assert accept_alternatives(task, verdicts, tmp_path / "output", {}, never) == verdicts


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (DECLARED, "there is no folder alternatives/rounded_down/"),
        (DECLARED.replace("marts.airlines", "marts.nothing"), "'marts.nothing' is not among the task's"),
        (DECLARED.replace("    reason: the ticket does not say how shares are rounded\n", ""), "reason"),
    ],
    ids=["no folder", "unknown table", "no reason"],
)
def test_a_wrong_declaration_is_refused(task_folder: Path, text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message):
        declare(task_folder, text)


class GivesTheAlternative(Agent):
    """Applies the alternative of the task."""

    needs_systems = False

    def solve(self, context: AgentContext) -> AgentResult:
        lay_solution(context.task, context.workspace, "by_rank")
        return AgentResult(status="finished")


@pytest.mark.slow
def test_a_submission_that_is_the_alternative_succeeds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    projects = tmp_path / "dbt_projects"
    shutil.copytree(get_world("flights").folder, projects / "flights")
    folder = projects / "flights/tasks/flights_otp_scorecard"
    mart = next((projects / "flights/project/dbt/models/marts").rglob("weather_effects.sql"))
    other = folder / "alternatives/by_rank" / mart.relative_to(projects / "flights/project")
    other.parent.mkdir(parents=True)
    changed = mart.read_text(encoding="utf-8").rstrip() + "\norder by all limit 2\n"
    other.write_text(changed, encoding="utf-8")
    with (folder / "task.yaml").open("a", encoding="utf-8") as file:
        file.write(DECLARED.replace("rounded_down", "by_rank").replace("marts.airlines", "marts.weather_effects"))
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(projects))
    agent = f"{__name__}:{GivesTheAlternative.__name__}"
    with ForkRuntime() as runtime:
        plan = plan_trial(
            get_task("flights_otp_scorecard"),
            agent,
            run_id="r",
            options=TrialOptions(holdout_seed=3, scenarios=("visible",), days=3),
        )
        card = run_trial(plan, runtime)
    assert card.unscored_reason is None
    assert card.success is True
    summaries = [table.verdict.summary for table in card.scenarios[0].tables]
    assert any("accepted alternative 'by_rank'" in summary for summary in summaries)
