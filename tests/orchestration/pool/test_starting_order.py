"""Which trial starts next: all agents on all tasks before second attempts, and no more of a provider than allowed."""

from collections import Counter, deque

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.run_store import TrialPlan
from orchestration.planning.trials import plan_run
from orchestration.pool.dispatch import _in_starting_order, _take_next

TASKS = [get_task(name) for name in ("flights_feeds", "flights_otp_scorecard")]
MODELS = [ModelSpec(name=name) for name in ("openai/a", "openai/b", "anthropic/c")]
PLANS = plan_run(TASKS, ["oracle", "toolloop"], run_id="r", models=MODELS, n_attempts=2).trials


def test_two_trials_at_once_are_on_different_tasks() -> None:
    """They would wait for one gold."""
    order = _in_starting_order(PLANS)
    assert sorted(order, key=PLANS.index) == list(PLANS)
    assert [plan.attempt for plan in order] == sorted(plan.attempt for plan in PLANS)
    assert all(first.task != second.task for first, second in zip(order[::2], order[1::2], strict=True))
    assert [plan.agent for plan in order[:2]] == ["oracle", "oracle"]


@settings(deadline=None)
@given(
    plans=st.lists(st.sampled_from(PLANS), min_size=1, unique=True),
    limits=st.dictionaries(st.sampled_from(["openai", "anthropic"]), st.integers(1, 3)),
    n_parallel=st.integers(1, 5),
    data=st.data(),
)
def test_a_limit_of_a_provider_is_kept_and_every_trial_has_its_turn(
    plans: list[TrialPlan], limits: dict[str, int], n_parallel: int, data: st.DataObject
) -> None:
    todo = deque(plans)
    running: list[TrialPlan] = []
    started: list[TrialPlan] = []
    while todo or running:
        while todo and len(running) < n_parallel:
            plan = _take_next(todo, running, limits)
            if plan is None:
                break
            running.append(plan)
            started.append(plan)
        used = Counter(plan.model.provider for plan in running if plan.model)
        assert all(used[provider] <= limit for provider, limit in limits.items())
        waiting = {plan.model.provider if plan.model else None for plan in todo}
        full = {provider for provider, limit in limits.items() if used[provider] == limit}
        assert len(running) == n_parallel or waiting <= full, "nobody waits who could run"
        running.remove(data.draw(st.sampled_from(running)))
    assert sorted(started, key=plans.index) == plans


@pytest.mark.parametrize("limits", [{}, {"gemini": 1}], ids=["none", "of another"])
def test_without_a_limit_the_order_is_kept(limits: dict[str, int]) -> None:
    todo = deque(PLANS)
    taken = [_take_next(todo, PLANS, limits) for _ in PLANS]
    assert taken == list(PLANS)
    assert not todo
