"""Findings of a policy that are the start's own, on real graphs of a small project."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from benchmark.generator_parameters import Dials
from benchmark.scorecard import PolicyFinding, PolicyResult
from benchmark.task import Task
from benchmark.workspace import lay_start
from evaluators.evaluate import EvaluationRequest, evaluate
from evaluators.style.graph_rules import MAX_FINDINGS
from evaluators.style.start_findings import MAX_LISTED, since_start
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult
from tests.helpers.kiosk.world import FILES, write_kiosk

NOW = datetime(2020, 1, 2, 23, 30, tzinfo=UTC)
POLICY = {
    "world.yaml": FILES["world.yaml"] + "policy: [names_by_layer, keys_tested]\n",
    "project/dbt/models/marts/stg_old.sql": "select 1 as item\n",
}
"""A mart of the start is named as a staging model, and its key is not tested."""
IN_START = 2


class NoRuntime:
    """Nobody may run anything here."""

    network_pid: int | None = None
    has_walls = False

    def run(self, request: ChildRequest, profile: str | None = None) -> ChildResult:
        raise AssertionError(f"{request.entry} was run")


@pytest.fixture(scope="module")
def runtime() -> Iterator[ForkRuntime]:
    with ForkRuntime() as started:
        yield started


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "own_home"))
    return write_kiosk(tmp_path / "projects", POLICY)


def finding(message: str) -> PolicyFinding:
    return PolicyFinding(rule="keys_tested", model="m", file="dbt/models/m.sql", message=message)


def found(*messages: str) -> PolicyResult:
    return PolicyResult(
        rules=("keys_tested",),
        n_findings=len(messages),
        by_rule={"keys_tested": len(messages)},
        findings=tuple(map(finding, messages)),
    )


def evaluated(task: Task, runtime: ForkRuntime, folder: Path, changes: Mapping[str, str]) -> PolicyResult:
    """What is found in a submission that adds files to the start."""
    lay_start(task, folder / "project")
    for name, text in changes.items():
        (folder / "project" / name).write_text(text)
    request = EvaluationRequest(
        task, folder / "project", ("visible", "holdout"), Dials(1, 2), Dials(2, 2), folder / "work", folder / "logs"
    )
    first, second = evaluate(request, runtime, lambda *_: None, lambda _: None)
    assert second.policy is None
    assert first.policy is not None
    return first.policy


def test_dbt_does_not_read_the_start_where_nothing_was_found(task: Task, tmp_path: Path) -> None:
    nothing = since_start(found(), task, NOW, NoRuntime(), tmp_path)
    assert (nothing.n_findings, nothing.n_in_start, nothing.start_error) == (0, 0, None)
    unread = PolicyResult(rules=("keys_tested",), n_findings=0, error="The build left no graph of models.")
    assert since_start(unread, task, NOW, NoRuntime(), tmp_path) == unread


@pytest.mark.slow
def test_findings_of_the_start_are_counted_and_not_listed(task: Task, runtime: ForkRuntime, tmp_path: Path) -> None:
    idle = evaluated(task, runtime, tmp_path / "idle", {})
    assert (idle.n_findings, idle.by_rule, idle.findings, idle.n_in_start) == (0, {}, (), IN_START)
    assert (tmp_path / "idle/logs/start-parse.log").is_file()
    added = {"dbt/models/marts/int_new.sql": "select 1 as item\n"}
    worse = evaluated(task, runtime, tmp_path / "worse", added)
    assert (worse.n_findings, worse.by_rule) == (2, {"keys_tested": 1, "names_by_layer": 1})
    assert ({item.model for item in worse.findings}, worse.n_in_start) == ({"int_new"}, IN_START)
    assert not (tmp_path / "worse/logs/start-parse.log").exists(), "the start was read before"


@pytest.mark.slow
def test_the_start_is_read_again_when_a_file_of_it_changes(task: Task, runtime: ForkRuntime, tmp_path: Path) -> None:
    message = "stg_old has no data test that a key is unique (`unique` on a column, or a test over several columns)"
    same = PolicyFinding(rule="keys_tested", model="stg_old", file="elsewhere.sql", message=message)
    result = found("m has none").model_copy(update={"n_findings": 2, "findings": (finding("m has none"), same)})
    before = since_start(result, task, NOW, runtime, tmp_path / "logs")
    assert (before.n_findings, before.n_in_start) == (1, 1)
    (task.world.folder / "project/dbt/models/marts/stg_old.sql").unlink()
    after = since_start(result, task, NOW, runtime, tmp_path / "logs")
    assert (after.n_findings, after.n_in_start) == (2, 0)


@pytest.mark.slow
def test_a_start_that_dbt_cannot_read_takes_nothing_away_and_is_told(
    task: Task, runtime: ForkRuntime, tmp_path: Path
) -> None:
    (task.world.folder / "project/dbt/models/broken.sql").write_text("select * from {{ ref('nowhere') }}\n")
    result = found(*(f"m has no test {number}" for number in range(MAX_LISTED + 1)))
    told = since_start(result, task, NOW, runtime, tmp_path / "logs")
    assert (told.n_findings, len(told.findings), told.n_in_start) == (MAX_LISTED + 1, MAX_LISTED, None)
    assert told.start_error is not None
    assert "nowhere" in told.start_error
    assert since_start(result, task, NOW, NoRuntime(), tmp_path / "logs") == told, "it was read once"


@pytest.mark.slow
def test_what_is_more_than_can_be_compared_stays(task: Task, runtime: ForkRuntime, tmp_path: Path) -> None:
    many = found(*(f"m has no test {number}" for number in range(MAX_FINDINGS)))
    result = many.model_copy(update={"n_findings": MAX_FINDINGS + 7, "by_rule": {"keys_tested": MAX_FINDINGS + 7}})
    left = since_start(result, task, NOW, runtime, tmp_path / "logs")
    assert (left.n_findings, len(left.findings), left.n_in_start) == (MAX_FINDINGS + 7, MAX_LISTED, 0)
