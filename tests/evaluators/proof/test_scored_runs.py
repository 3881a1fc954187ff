"""On which data a task is proven: runs of the scenarios that it scores, with their gold."""

from pathlib import Path

import duckdb
import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from evaluators.pipeline.gold import Gold
from evaluators.proof import scored_runs as proven
from evaluators.proof.gold_database import GoldDatabase
from evaluators.proof.result import TaskProof
from evaluators.proof.scored_runs import (
    HOLDOUT_SEEDS,
    RunState,
    find_golds,
    label_of,
    open_states,
    runs_that_passed,
    scored_runs,
)
from evaluators.scenarios import PipelineRun, Runs, days
from runtime.fork_client import ForkRuntime
from tests.helpers.kiosk.world import FILES, write_kiosk


def test_visible_data_comes_first_then_every_holdout_seed() -> None:
    task = get_task("flights_feeds")
    task = task.model_copy(
        update={"spec": task.spec.model_copy(update={"scenarios": ("holdout", "rerun", "visible", "day2")})}
    )
    days = task.world.spec.days
    found = [(scenario.name, dials) for scenario, dials in scored_runs([task])]
    assert [name for name, _ in found] == ["visible", "day2", "rerun", *["holdout"] * len(HOLDOUT_SEEDS)]
    assert [dials for _, dials in found[:3]] == [Dials(task.world.spec.visible_seed, days)] * 3
    assert [dials for _, dials in found[3:]] == [Dials(seed, days) for seed in HOLDOUT_SEEDS]
    assert task.world.spec.visible_seed not in HOLDOUT_SEEDS


def test_data_tests_are_proven_on_a_second_day_of_the_first_holdout_seed() -> None:
    found = {
        label_of(scenario.name, dials): [data.runs for data in proven.data_to_test(scenario, dials)]
        for scenario, dials in scored_runs([get_task("flights_report_contract")])
    }
    first, *others = (f"holdout {seed}" for seed in HOLDOUT_SEEDS)
    assert found == {"visible": [days(1)], first: [days(1), days(1, 2)]} | {label: [days(1)] for label in others}


def test_tasks_of_one_solution_have_each_scenario_once_and_are_told_apart_by_it(tmp_path: Path) -> None:
    base = get_task("flights_feeds")
    some, other = (
        base.model_copy(update={"spec": base.spec.model_copy(update={"id": name, "scenarios": scenarios})})
        for name, scenarios in (("some", ("visible", "holdout")), ("other", ("day2", "visible")))
    )
    labels = [label_of(scenario.name, dials) for scenario, dials in scored_runs([some, other])]
    assert labels == ["visible", "day2", *(f"holdout {seed}" for seed in HOLDOUT_SEEDS)]
    gold = Gold(tmp_path, {})
    golds = {
        dials.seed: {scenario.gold_runs: gold for scenario, _ in scored_runs([some, other])}
        for _, dials in scored_runs([some, other])
    }
    with open_states([some, other], golds) as states:
        assert {state.label: state.tasks for state in states} == {
            "visible": {"some", "other"}, "day2": {"other"}
        } | {f"holdout {seed}": {"some"} for seed in HOLDOUT_SEEDS}  # fmt: skip


def test_each_run_is_opened_with_its_gold_and_what_was_there_before(
    runtime: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Real loads and builds: one gold for two scenarios."""
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    task_file = FILES["tasks/kiosk_sales/task.yaml"].replace("[visible]", "[rerun, visible]")
    task = write_kiosk(tmp_path / "projects", {"tasks/kiosk_sales/task.yaml": task_file})
    with open_states([task], find_golds([task], runtime)) as states:
        visible, rerun = states
        assert [state.label for state in states] == ["visible", "rerun"]
        assert (visible.runs, rerun.runs) == (days(1), days(1, 1))
        assert visible.gold_runs == rerun.gold_runs == days(1)
        assert visible.gold == rerun.gold == rerun.previous
        assert visible.previous is None
        assert {state.dials for state in states} == {Dials(0, 2)}
        assert {state.database.pinned_now for state in states} == {"2020-01-02T23:30:00Z"}
        assert {table: watch.spec for table, (watch,) in visible.database.watches.items()} == task.scored_tables
        assert visible.tasks == {task.id}
        assert "marts.takings" in visible.gold.relations
        assert visible.database.columns("marts.takings"), "it is loaded"
        connection = visible.database.connection
        totals = connection.execute("FROM marts.takings ORDER BY item").fetchall()
        assert totals == [("cake", 100 + 114 + 128), ("tea", 107 + 121 + 135)]
        node = visible.database.relations["marts.takings"]
        node["type"] = rerun.database.relations["marts.takings"]["type"] = "incremental"
        assert (visible.database.needs_dbt("marts.takings"), rerun.database.needs_dbt("marts.takings")) == (False, True)
    with pytest.raises(duckdb.ConnectionException):
        connection.execute("SELECT 1")


@pytest.mark.parametrize(
    ("name", "seed", "runs", "label", "wanted", "is_calm"),
    [
        ("visible", 0, days(1), "visible", (1,), True),
        ("day2", 7, days(1, 2), "day2", (1, 2), True),
        ("holdout", 101, days(1), "holdout 101", (1,), True),
        ("drift", 0, (PipelineRun(1), PipelineRun(2, "drift")), "drift", (1, 2), False),
        ("late", 0, (PipelineRun(1, "late"), PipelineRun(3)), "late", (1, 3), False),
    ],
)
def test_what_a_state_says_of_its_runs(
    tmp_path: Path, name: str, seed: int, runs: Runs, label: str, wanted: tuple[int, ...], is_calm: bool
) -> None:
    gold = Gold(tmp_path, {})
    state = RunState(name, Dials(seed), runs, runs, gold, None, GoldDatabase(gold, "2020", {}, {}, 1), frozenset())
    assert (state.label, state.days, state.is_calm) == (label, wanted, is_calm)


def test_a_proof_without_findings_is_empty_and_proven() -> None:
    proof = TaskProof(task="t", kind="impl")
    assert (proof.mutants, proof.equivalents, proof.problems) == ((), (), ())
    assert proof.is_proven
    assert not proof.model_copy(update={"problems": ("one",)}).is_proven


def test_data_tests_are_run_again_where_gold_is_another_solutions(tmp_path: Path) -> None:
    """Gold is shared with solutions that have other data tests: theirs passed on it."""
    golds = {days(1): Gold(tmp_path, {}, "own"), days(1, 2): Gold(tmp_path, {}, "other")}
    impl, data_tests = get_task("flights_feeds"), get_task("flights_report_contract")
    assert runs_that_passed([impl, data_tests], golds, "own") == {days(1)}
    assert runs_that_passed([impl], golds, "other") == {days(1), days(1, 2)}
    assert runs_that_passed([impl], golds, "a third") == set()
    assert runs_that_passed([data_tests], golds, "a third") == {days(1), days(1, 2)}
