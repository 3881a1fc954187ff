"""What a run may cost, told before it starts."""

from pathlib import Path

import pytest
from rich.console import Console

from agents.prices import read_prices
from benchmark.llm import ModelSpec
from benchmark.registry import get_task, list_tasks
from benchmark.run_store import RunPlan, RunStore, TrialPlan
from benchmark.scorecard import AgentResult
from benchmark.trial import BudgetChange, TrialOptions
from benchmark.usage import TokenUsage
from orchestration.planning.cost import PastCosts, estimate_table
from orchestration.planning.trials import plan_run, plan_trial
from tests.helpers.scorecards import make_scorecard, unscored

MODEL = "openai/gpt-5"
USAGES = [TokenUsage(input=1_000_000, output=10_000), TokenUsage(input=2_000_000, output=50_000)]
COSTS = [read_prices().cost_usd(MODEL, usage) or 0.0 for usage in USAGES]


def plan_llm(run_id: str, attempt: int = 1, model: str = MODEL, agent: str = "toolloop") -> TrialPlan:
    task = get_task("repair_ports")
    return plan_trial(task, agent, run_id=run_id, attempt=attempt, model=ModelSpec(name=model))


def store_usage(run_id: str, model: str = MODEL) -> None:
    """A run of two scored trials that used tokens, one that used none, one unscored, and one that is not done."""
    plans = tuple(plan_llm(run_id, attempt, model) for attempt in range(1, 6))
    store = RunStore(run_id)
    store.write_plan(RunPlan(run_id=run_id, trials=plans))
    for plan, usage in zip(plans, [*USAGES, None], strict=False):
        agent = AgentResult(status="finished", usage=usage)
        card = make_scorecard(plan, {}, 1.0).model_copy(update={"agent": agent})
        store.trial(plan.trial_id).write_scorecard(card)
    store.trial(plans[3].trial_id).write_scorecard(unscored(plans[3], "no network"))


def rows_of(plan: RunPlan) -> list[list[str]]:
    console = Console(width=80, record=True)
    console.print(estimate_table(plan))
    lines = console.export_text().splitlines()
    assert max(map(len, lines)) <= 80
    return [line.split() for line in lines]


def test_past_costs_are_of_the_trials_that_used_tokens_by_agent_and_model(small_world: Path) -> None:
    assert min(COSTS) > 0
    store_usage("a")
    store_usage("b", "anthropic/claude-sonnet-4-5")
    store_usage("c", "nosuch/without-a-price")
    past = PastCosts()
    assert past.of(plan_llm("new").competitor) == pytest.approx(COSTS)
    assert past.of(plan_llm("new", model="anthropic/claude-sonnet-4-5").competitor)
    assert past.of(plan_llm("new", model="nosuch/without-a-price").competitor) == []
    assert past.of(plan_llm("new", agent="codeact").competitor) == []


def test_a_run_is_expected_to_cost_the_mean_of_past_trials_and_at_most_its_budgets(small_world: Path) -> None:
    store_usage("a")
    options = TrialOptions(budget=BudgetChange(cost_usd=1.5))
    tasks = [get_task("repair_ports"), get_task("build_harbours")]
    models = [ModelSpec(name=MODEL), ModelSpec(name="openai/gpt-5-mini")]
    plan = plan_run(tasks, ["oracle", "toolloop"], run_id="new", models=models, n_attempts=3, options=options)
    rows = rows_of(plan)
    assert ["oracle", "-", "6", "0.00", "0.00"] in rows
    assert ["toolloop", MODEL, "6", f"{sum(COSTS) / 2 * 6:.2f}", "9.00"] in rows
    assert ["toolloop", "openai/gpt-5-mini", "6", "-", "9.00"] in rows
    assert "18 trials, 2 tasks." in " ".join(word for row in rows for word in row)


def test_without_a_limit_of_ones_own_the_tasks_budgets_are_added_up() -> None:
    tasks = list_tasks()
    plan = plan_run(tasks, ["toolloop"], run_id="new", models=[ModelSpec(name=MODEL)])
    most = sum(task.spec.budget.cost_usd for task in tasks)
    assert ["toolloop", MODEL, str(len(tasks)), "-", f"{most:.2f}"] in rows_of(plan)
