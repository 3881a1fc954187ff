"""A plan decides everything about a trial: seeds, names, what may be resumed."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.registry import get_task, list_tasks
from benchmark.run_store import RunStore, TrialPlan
from benchmark.scorecard import TrialIdentity
from benchmark.task import Task
from benchmark.trial import BudgetChange, TrialOptions
from evaluators.proof.content_hashes import ContentHasher
from orchestration.planning.trials import (
    derive_holdout_seed,
    identity_of,
    models_of,
    new_run_id,
    plan_run,
    plan_trial,
    start_or_resume,
)

FAULTS_TASK = next(task.id for task in list_tasks() if task.faults is not None)


@given(st.text(min_size=1))
def test_a_holdout_seed_is_in_range_and_always_the_same(run_id: str) -> None:
    seed = derive_holdout_seed(run_id)
    assert 1 <= seed <= 999_999
    assert derive_holdout_seed(run_id) == seed


def test_runs_have_different_holdout_seeds() -> None:
    """Who knows the seed of one run does not know that of the next."""
    assert len({derive_holdout_seed(f"run-{number}") for number in range(200)}) >= 199


def test_run_ids_differ_are_usable_and_begin_with_the_time() -> None:
    ids = [new_run_id() for _ in range(20)]
    assert len(set(ids)) == len(ids)
    assert [RunStore(run_id).run_id for run_id in ids] == ids
    assert all(re.fullmatch(r"\d{8}-\d{6}-[0-9a-f]{4}", run_id) for run_id in ids)
    seconds = [run_id[:15] for run_id in ids]
    assert seconds == sorted(seconds)


def test_what_the_options_leave_open_is_the_worlds_and_the_tasks(task: Task) -> None:
    plan = plan_trial(task, "oracle", run_id="r")
    world = task.world.spec
    assert (plan.visible_seed, plan.days, plan.holdout_seed) == (
        world.visible_seed,
        world.days,
        derive_holdout_seed("r"),
    )
    assert plan.scenarios == task.spec.scenarios
    assert (plan.budget, plan.budget_changes) == (None, ())


@pytest.mark.parametrize("attempt", [1, 2, 7])
def test_each_attempt_draws_by_a_seed_of_its_own(task: Task, attempt: int) -> None:
    plan = plan_trial(task, "saboteur", run_id="r", attempt=attempt, options=TrialOptions(agent_seed=10))
    assert plan.agent_seed == 10 + attempt - 1
    assert plan.options.agent_seed == 10


def test_a_holdout_seed_that_everybody_knows_is_refused(task: Task) -> None:
    with pytest.raises(LockgateError, match=r"^The holdout seed 5 is the visible seed; give another --holdout-seed\.$"):
        plan_trial(task, "oracle", run_id="r", options=TrialOptions(visible_seed=5, holdout_seed=5))
    assert plan_trial(task, "oracle", run_id="r", options=TrialOptions(holdout_seed=5)).holdout_seed == 5


def test_scenarios_that_are_asked_for_are_taken_in_their_order(task: Task) -> None:
    options = TrialOptions(scenarios=("late", "visible"))
    assert plan_trial(task, "oracle", run_id="r", options=options).scenarios == ("late", "visible")


def test_a_task_of_data_tests_has_no_scenario_but_its_own() -> None:
    task = get_task(FAULTS_TASK)
    own = TrialOptions(scenarios=task.spec.scenarios[:1])
    assert plan_trial(task, "oracle", run_id="r", options=own).scenarios == task.spec.scenarios[:1]
    with pytest.raises(LockgateError, match=rf"^Task {FAULTS_TASK} is of kind data_tests .*asked for: visible, day2\."):
        plan_trial(task, "oracle", run_id="r", options=TrialOptions(scenarios=("visible", "day2")))


def test_only_agents_that_use_a_model_have_trials_with_models() -> None:
    models = [ModelSpec(name="openai/a"), ModelSpec(name="openai/b")]
    assert models_of("oracle", models) == [None]
    assert models_of("toolloop", models) == models
    with pytest.raises(LockgateError, match=r"^Agent toolloop needs a model\. Give --model provider/name"):
        models_of("toolloop", [])


def test_a_scorecard_names_everything_by_which_competitors_differ(task: Task) -> None:
    model = ModelSpec(name="openai/gpt-5", effort="high")
    options = TrialOptions(budget=BudgetChange(steps=7))
    plan = plan_trial(task, "toolloop", run_id="r", attempt=2, model=model, options=options)
    identity = identity_of(plan, task)
    assert identity.competitor == plan.competitor
    assert (identity.world, identity.task_kind, identity.trial_id) == ("harbour", "repair", plan.trial_id)
    shared = set(TrialIdentity.model_fields) & set(TrialPlan.model_fields)
    assert {name: getattr(identity, name) for name in shared} == {name: getattr(plan, name) for name in shared}


def test_a_scorecard_says_what_its_task_was(task: Task) -> None:
    state = identity_of(plan_trial(task, "oracle", run_id="r"), task).task_state
    assert state is not None
    assert (state.version, state.origin) == (ContentHasher().version(task), "written")
    assert (state.not_proven, state.proof) == ("no proof is kept", "")
    made = task.model_copy(update={"spec": task.spec.model_copy(update={"origin": "generated"})})
    made_state = identity_of(plan_trial(made, "oracle", run_id="r"), made).task_state
    assert made_state is not None
    assert made_state.origin == "generated"


def test_a_new_run_is_stored_and_the_same_one_resumed(task: Task) -> None:
    store = RunStore("r")
    plan = plan_run([task], ["oracle"], run_id="r", n_attempts=2)
    assert start_or_resume(store, plan) == plan == store.read_plan()
    other_versions = plan.model_copy(update={"versions": {"lockgate": "0"}})
    assert start_or_resume(store, other_versions) == plan, "what it began with is kept"


@pytest.mark.parametrize(
    "other",
    [
        {"agents": ["idle"]},
        {"n_attempts": 2},
        {"options": TrialOptions(holdout_seed=3)},
        {"options": TrialOptions(scenarios=("visible",))},
        {"options": TrialOptions(budget=BudgetChange(steps=3))},
    ],
    ids=str,
)
def test_a_run_is_not_resumed_with_anything_else(task: Task, other: dict) -> None:
    store = RunStore("r")
    plan = start_or_resume(store, plan_run([task], ["oracle"], run_id="r"))
    changed = plan_run([task], **({"agents": ["oracle"], "run_id": "r"} | other))
    with pytest.raises(LockgateError, match="Run r exists with other trials"):
        start_or_resume(store, changed)
    assert store.read_plan() == plan
