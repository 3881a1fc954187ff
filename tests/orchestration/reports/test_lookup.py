"""What a person types finds one thing, or is told what there is."""

from pathlib import Path

import pytest

from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore
from orchestration.planning.trials import plan_run
from orchestration.reports.lookup import find_agent_scorecards, find_run, find_scorecards, find_trial, find_trials
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
    with pytest.raises(
        LockgateError, match=r"^Run r has no agent .* Its agents: toolloop@openai/gpt-5\.( Did you mean .*)?$"
    ):
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


@pytest.mark.parametrize(
    ("name", "trial"),
    [
        ("r/idle", "r/repair_ports--idle--1"),
        ("idle", "r/repair_ports--idle--1"),
        ("latest/oracle", f"r/{ORACLE}"),
        ("r/repair_ports--oracle", f"r/{ORACLE}"),
        ("20261127/repair_ports", f"20261127-120000-ab12/{ORACLE}"),
        ("r/toolloop@openai/gpt-5", "r/repair_ports--toolloop--openai_gpt-5--1"),
    ],
)
def test_a_trial_is_found_by_what_only_it_has(small_world: Path, name: str, trial: str) -> None:
    start("20261127-120000-ab12", "oracle")
    start("r", "oracle", "idle", "toolloop")
    assert find_trial(name).name == trial


def test_a_name_of_several_trials_is_refused_with_their_names(small_world: Path) -> None:
    start("r", "oracle", "idle")
    with pytest.raises(
        LockgateError, match=rf"'repair_ports' means 2 trials of run r\. Name one: r/{ORACLE}, r/repair"
    ):
        find_trial("repair_ports")


def test_a_run_is_found_by_its_beginning_or_as_the_latest(small_world: Path) -> None:
    for run_id in ("20261126-1", "20261127-1", "20261127-2"):
        start(run_id, "oracle")
    assert [find_run(name).run_id for name in ("20261126", "latest", "20261127-1")] == [
        "20261126-1",
        "20261127-2",
        "20261127-1",
    ]
    with pytest.raises(LockgateError, match=r"^2 runs begin with '20261127': 20261127-1, 20261127-2\. Write more"):
        find_run("20261127")
    plan, trials = find_trials("20261126/oracle")
    assert (plan.run_id, [trial.trial_id for trial in trials]) == ("20261126-1", [ORACLE])


def test_a_run_that_begins_with_the_name_of_an_agent_does_not_hide_its_trial(small_world: Path) -> None:
    store_run("oracle-run", start("oracle-run", "idle").trials)
    store_run("r", start("r", "oracle").trials)
    assert [card.trial.agent for card in find_scorecards("oracle")] == ["oracle"]
    assert [card.trial.agent for card in find_scorecards("oracle-")] == ["idle"]


@pytest.mark.parametrize(
    ("name", "meant"), [("nine/orcale", "oracle"), ("nine/repair_prots--oracle--1", ORACLE), ("nien", "nine")]
)
def test_a_slip_is_answered_with_the_name_that_was_meant(small_world: Path, name: str, meant: str) -> None:
    start("nine", "oracle")
    with pytest.raises(LockgateError, match=rf"Did you mean '{meant}'\?"):
        find_trial(name)
