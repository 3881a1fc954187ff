"""What a run may cost: what counts, what is held back, and what is told."""

from pathlib import Path

import pytest

from agents.trajectory import Header, Recorder
from benchmark.errors import LockgateError, SpecError
from benchmark.llm import ModelSpec, OwnPrice
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore, TrialPlan
from benchmark.scorecard import AgentResult
from benchmark.trial import BudgetChange, TrialOptions
from orchestration.planning.ceiling import CostCeiling, check_prices, worst_usd
from orchestration.planning.cost import estimate_table
from orchestration.planning.matrix import read_matrix
from orchestration.planning.trials import plan_run
from tests.helpers.scorecards import make_scorecard

MODEL = ModelSpec(name="openai/gpt-5")


@pytest.fixture
def plan(small_world: Path) -> RunPlan:
    """Three trials that may cost 1 USD each, and one that costs nothing."""
    options = TrialOptions(budget=BudgetChange(cost_usd=1.0))
    tasks = [get_task("repair_ports")]
    made = plan_run(tasks, ["toolloop"], run_id="r", models=[MODEL], n_attempts=3, options=options)
    free = plan_run(tasks, ["oracle"], run_id="r", options=options)
    plan = RunPlan(run_id="r", trials=made.trials + free.trials)
    RunStore("r").write_plan(plan)
    return plan


def tried(trial: TrialPlan, usd: float, time: str) -> None:
    """What an agent leaves that was at work at a time."""
    header = Header(trial_id=trial.trial_id, task=trial.task, agent=trial.agent, model="openai/gpt-5", time=time)
    with Recorder(RunStore("r").trial(trial.trial_id).trajectory_path, header) as recorder:
        recorder.step("assistant", "x", cost_usd=usd)
        recorder.step("assistant", "y", cost_usd=None)


def done(trial: TrialPlan) -> None:
    """What an agent leaves that has ended."""
    store = RunStore("r").trial(trial.trial_id)
    store.folder.mkdir(parents=True)
    store.patch_path.touch()
    store.agent_path.touch()


def test_running_trials_count_with_their_budget_and_ended_ones_with_what_they_cost(plan: RunPlan) -> None:
    first, second, third, free = plan.trials
    assert [worst_usd(trial) for trial in plan.trials] == [1.0, 1.0, 1.0, 0.0]
    ceiling = CostCeiling(plan, 2.0)
    for trial in (first, second):
        assert ceiling.allows(trial)
        ceiling.reserve(trial)
    assert not ceiling.allows(third)
    done(second)
    assert not ceiling.allows(third), "its agent is done, and what it cost is not counted yet"
    tried(first, 0.25, "t1")
    ceiling.settle(first)
    assert ceiling.spent_usd == 0.25
    assert not ceiling.allows(third)
    tried(second, 0.75, "t1")
    ceiling.settle(second)
    assert ceiling.allows(third), "1.00 are spent and 1.00 may be: the ceiling itself is reached, not exceeded"
    assert not CostCeiling(plan, 1.99).allows(third)
    assert CostCeiling(plan, 0.0).allows(free)
    assert CostCeiling(plan, None).allows(third)


def test_every_try_of_a_trial_counts_and_none_twice(plan: RunPlan) -> None:
    trial = plan.trials[0]
    for time, usd in (("t1", 0.25), ("t2", 0.5)):
        tried(trial, usd, time)
        ceiling = CostCeiling(plan, 5.0)
        ceiling.settle(trial)
        ceiling.settle(trial)
    assert ceiling.spent_usd == CostCeiling(plan, 5.0).spent_usd == 0.75


def test_a_try_that_was_killed_and_an_agent_without_a_trajectory_count_too(plan: RunPlan) -> None:
    tried(plan.trials[0], 0.25, "t1")
    agent = AgentResult(status="finished", cost_usd=0.5)
    card = make_scorecard(plan.trials[1], {}, 1.0).model_copy(update={"agent": agent})
    RunStore("r").trial(plan.trials[1].trial_id).write_scorecard(card)
    assert CostCeiling(plan, 5.0).spent_usd == 0.75


def test_a_trial_whose_agent_is_done_costs_nothing_more(plan: RunPlan) -> None:
    done(plan.trials[0])
    assert worst_usd(plan.trials[0]) == 0.0


def test_what_was_held_back_is_named_with_what_to_do(plan: RunPlan) -> None:
    ceiling = CostCeiling(plan, 0.5)
    assert ceiling.told() == ""
    ceiling.not_started += plan.trials[:2]
    assert ceiling.told().startswith(
        "2 trials not started: ceiling. 0.00 of 0.50 USD are spent, and the next may cost 1.00"
    )
    assert plan.trials[1].trial_id in ceiling.told()
    assert "--run-id r and a higher --max-run-usd" in ceiling.told()


def test_a_model_without_a_price_cannot_have_a_ceiling(plan: RunPlan) -> None:
    trial = plan.trials[0]
    check_prices(plan.trials)
    unknown = trial.model_copy(update={"model": ModelSpec(name="openai/unheard-of")})
    with pytest.raises(LockgateError, match=r"no price is known of openai/unheard-of\. Give a `price`"):
        check_prices([trial, unknown])
    own = ModelSpec(name="openai/unheard-of", price=OwnPrice(input=1, output=1))
    check_prices([trial.model_copy(update={"model": own})])


def test_the_estimate_says_whether_the_ceiling_has_room(plan: RunPlan) -> None:
    assert "Ceiling" not in str(estimate_table(plan).caption)
    assert "Ceiling: 5.00 USD, 0.00 spent; a trial may cost 1.00" in str(estimate_table(plan, 5.0).caption)
    assert "Ceiling: 0.50 USD, 0.00 spent; none fits" in str(estimate_table(plan, 0.5).caption)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("max_run_usd: -1", r"line 2: key 'max_run_usd': .*greater than or equal to 0 \(got -1\)"),
        ("max_run_usd: .inf", "line 2: key 'max_run_usd'"),
        ("max_run_usd: much", r"line 2: key 'max_run_usd': .*number.*\(got 'much'\)"),
        ("max_run_us: 1", r"line 2: key 'max_run_us' is not known here; did you mean 'max_run_usd'\?"),
        ("providers: {openai: 0}", r"line 2: key 'providers\.openai': .*greater than or equal to 1 \(got 0\)"),
    ],
)
def test_a_ceiling_that_is_none_is_told_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(f"agents: [oracle]\n{line}\n")
    with pytest.raises(SpecError, match=said):
        read_matrix(path)
