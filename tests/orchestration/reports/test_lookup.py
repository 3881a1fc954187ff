"""What a person types finds one thing, or is told what there is."""

from pathlib import Path

import pytest

from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore
from orchestration.planning.trials import plan_run
from orchestration.reports.lookup import find_agent_scorecards, find_scorecards, find_trial
from tests.helpers.scorecards import store_run

ORACLE = "repair_ports--oracle--1"


def start(run_id: str, *agents: str, n_attempts: int = 1) -> RunPlan:
    """A run that is planned."""
    models = [ModelSpec(name="openai/gpt-5")]
    plan = plan_run([get_task("repair_ports")], agents, run_id=run_id, models=models, n_attempts=n_attempts)
    RunStore(run_id).write_plan(plan)
    return plan


def test_without_runs_everything_is_unknown(small_world: Path) -> None:
    with pytest.raises(LockgateError, match=r"^No run or trial is called 'x'\. Latest runs: none yet\."):
        find_trial("x")


def test_a_trial_is_found_in_the_latest_run_that_has_it(small_world: Path) -> None:
    """The latest is the one that was started last, whatever its name sorts as."""
    for run_id, agent in (("m", "oracle"), ("a", "oracle"), ("z", "idle")):
        start(run_id, agent)
    assert find_trial(ORACLE).name == f"a/{ORACLE}"
    assert find_trial(f"m/{ORACLE}").name == f"m/{ORACLE}"


def test_at_most_five_runs_and_ten_trials_are_listed(small_world: Path) -> None:
    for number in range(7):
        start(f"r{number}", "oracle", n_attempts=12)
    with pytest.raises(LockgateError, match=r"Latest runs: r2, r3, r4, r5, r6\. `lockgate runs` lists them\.$"):
        find_trial("nosuch")
    with pytest.raises(LockgateError) as caught:
        find_trial("r1/nosuch")
    assert str(caught.value).count("--oracle--") == 10


def test_the_trials_of_a_run_that_are_done_are_found_in_their_order(small_world: Path) -> None:
    plan = start("r", "oracle", "idle", n_attempts=2)
    store_run("r", plan.trials[1:3])
    RunStore("r").write_plan(plan)
    assert [card.trial.trial_id for card in find_scorecards("r")] == [trial.trial_id for trial in plan.trials[1:3]]


def test_a_model_with_a_label_is_found_by_it_and_told_apart_from_the_same_model_without(small_world: Path) -> None:
    models = [ModelSpec(name="openai/x"), ModelSpec(name="openai/x", effort="high", label="deep")]
    plan = plan_run([get_task("repair_ports")], ["toolloop"], run_id="r", models=models)
    store_run("r", plan.trials)
    (found,) = find_agent_scorecards("r/toolloop@deep")
    assert (found.trial.model_label, found.trial.effort) == ("deep", "high")
    (found,) = find_agent_scorecards("r/toolloop@openai/x")
    assert found.trial.effort is None
    with pytest.raises(
        LockgateError, match=r"'toolloop' means 2 competitors of run r\. Name one: r/toolloop@openai/x, "
    ):
        find_agent_scorecards("r/toolloop")


@pytest.mark.parametrize("name", ["r/toolloop", "toolloop", "toolloop@openai/gpt-5", "r/toolloop@openai/gpt-5"])
def test_an_agent_is_found_by_as_much_of_its_name_as_is_needed(small_world: Path, name: str) -> None:
    store_run("r", start("r", "toolloop", "oracle").trials)
    (found,) = find_agent_scorecards(name)
    assert found.trial.competitor.name == "toolloop@openai/gpt-5"


@pytest.mark.parametrize("name", ["tool", "toolloop@openai", "toolloop@gpt-5", "toolloop+effort=low", "toolloop@", ""])
def test_a_part_of_a_word_finds_no_agent(small_world: Path, name: str) -> None:
    store_run("r", start("r", "toolloop").trials)
    with pytest.raises(LockgateError, match=r"^No run has an agent '"):
        find_agent_scorecards(name)
    with pytest.raises(LockgateError, match=r"^Run r has no agent .* Its agents: toolloop@openai/gpt-5\.$"):
        find_agent_scorecards(f"r/{name}")


def test_all_attempts_of_an_agent_are_taken_and_no_others(small_world: Path) -> None:
    store_run("r", start("r", "oracle", "idle", n_attempts=3).trials)
    assert [(card.trial.agent, card.trial.attempt) for card in find_agent_scorecards("r/idle")] == [
        ("idle", 1),
        ("idle", 2),
        ("idle", 3),
    ]


def test_an_older_run_with_results_is_taken_before_a_newer_without(small_world: Path) -> None:
    store_run("old", start("old", "oracle").trials)
    start("new", "oracle")
    (found,) = find_agent_scorecards("oracle")
    assert found.trial.run_id == "old"
