"""Planning: which trials a run has."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from agents.registry import locate_agent, make_agent
from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.run_store import RunPlan, RunStore, TrialPlan
from benchmark.scorecard import TrialIdentity
from benchmark.task import Budget, Task
from benchmark.versions import tool_versions
from evaluators.preflight import check_task


def new_run_id() -> str:
    """A run id that sorts by time and does not clash."""
    now = datetime.now(UTC)
    return f"{now:%Y%m%d-%H%M%S}-{hashlib.sha256(now.isoformat().encode()).hexdigest()[:4]}"


def derive_holdout_seed(run_id: str) -> int:
    """The holdout seed of a run: secret while agents work, repeatable afterwards. From 1 to 999,999."""
    return 1 + int(hashlib.sha256(f"holdout/{run_id}".encode()).hexdigest(), 16) % 999_999


def plan_trial(
    task: Task,
    agent: str,
    *,
    run_id: str,
    attempt: int = 1,
    agent_seed: int = 0,
    holdout_seed: int | None = None,
    scenarios: tuple[str, ...] | None = None,
    visible_seed: int | None = None,
    days: int | None = None,
    sandbox: str | None = None,
    hint_level: int = 0,
    model: ModelSpec | None = None,
    budget: Budget | None = None,
    budget_changes: Mapping[str, float] | None = None,
) -> TrialPlan:
    """One trial.

    Args:
        task: The task.
        agent: Short name or import path.
        run_id: The run it belongs to.
        attempt: From 1.
        agent_seed: For agents that draw; the attempt is added.
        holdout_seed: None = derived from the run id.
        scenarios: None = those that the task scores.
        visible_seed: None = the world's.
        days: None = the world's.
        sandbox: Backend by name; None = by the agent.
        hint_level: Hints in the instruction, up to this level.
        model: For agents that use an LLM.
        budget: None = the task's.
        budget_changes: What of it the run set, by name; it tells one competitor from another.

    Raises:
        LockgateError: The seeds clash, or the task has no such hints.
    """
    task.with_hints(hint_level)
    world = task.world.spec
    visible = world.visible_seed if visible_seed is None else visible_seed
    holdout = derive_holdout_seed(run_id) if holdout_seed is None else holdout_seed
    if holdout == visible:
        raise LockgateError(f"The holdout seed {holdout} is the visible seed; give another --holdout-seed.")
    located = locate_agent(agent)
    return TrialPlan(
        run_id=run_id,
        task=task.id,
        agent=located.name,
        agent_source=located.source,
        attempt=attempt,
        agent_seed=agent_seed + attempt - 1,
        days=world.days if days is None else days,
        visible_seed=visible,
        holdout_seed=holdout,
        sandbox=sandbox,
        scenarios=_scenarios(task, scenarios),
        hint_level=hint_level,
        model=model,
        budget=budget,
        budget_changes=tuple(sorted((name, float(value)) for name, value in (budget_changes or {}).items())),
    )


def plan_run(
    tasks: Sequence[Task],
    agents: Sequence[str],
    *,
    run_id: str,
    n_attempts: int = 1,
    holdout_seed: int | None = None,
    agent_seed: int = 0,
    scenarios: tuple[str, ...] | None = None,
    sandbox: str | None = None,
    hint_level: int = 0,
    models: Sequence[ModelSpec] = (),
    budget_changes: Mapping[str, float] | None = None,
) -> RunPlan:
    """Every task by every agent, `n_attempts` times; sorted by task, so that trials share their gold.

    An agent that uses an LLM has trials with each of the models.
    """
    for task in tasks:
        check_task(task)
    trials = tuple(
        plan_trial(
            task,
            agent,
            run_id=run_id,
            attempt=attempt,
            agent_seed=agent_seed,
            holdout_seed=holdout_seed,
            scenarios=scenarios,
            sandbox=sandbox,
            hint_level=hint_level,
            model=model,
            budget=_changed(task.spec.budget, budget_changes),
            budget_changes=budget_changes,
        )
        for task in tasks
        for agent in agents
        for model in models_of(agent, models)
        for attempt in range(1, n_attempts + 1)
    )
    return RunPlan(run_id=run_id, trials=trials, versions=tool_versions())


def identity_of(plan: TrialPlan, task: Task) -> TrialIdentity:
    """What a scorecard says of its trial."""
    return TrialIdentity(
        run_id=plan.run_id,
        trial_id=plan.trial_id,
        world=task.world.id,
        task=task.id,
        task_kind=task.spec.kind,
        agent=plan.agent,
        model_name=plan.model.name if plan.model else None,
        attempt=plan.attempt,
        days=plan.days,
        visible_seed=plan.visible_seed,
        holdout_seed=plan.holdout_seed,
        hint_level=plan.hint_level,
        effort=plan.competitor.effort,
        budget_changes=plan.budget_changes,
    )


def _scenarios(task: Task, wanted: tuple[str, ...] | None) -> tuple[str, ...]:
    """What is asked for, or what the task scores; data tests are tried on data of day 1 alone."""
    if wanted is None:
        return task.spec.scenarios
    if task.faults is not None and not set(wanted) <= set(task.spec.scenarios):
        raise LockgateError(
            f"Task {task.id} is of kind data_tests and has the scenarios {', '.join(task.spec.scenarios)} only; "
            f"asked for: {', '.join(wanted)}. Leave --scenario out, or choose other --tasks."
        )
    return wanted


def _changed(budget: Budget, changes: Mapping[str, float] | None) -> Budget | None:
    return Budget.model_validate({**budget.model_dump(), **changes}) if changes else None


def models_of(agent: str, models: Sequence[ModelSpec]) -> Sequence[ModelSpec | None]:
    """The models that an agent has trials with; one that uses none has trials without.

    Raises:
        LockgateError: The agent needs a model, and there is none.
    """
    if not getattr(make_agent(agent), "needs_model", False):
        return [None]
    if not models:
        raise LockgateError(f"Agent {agent} needs a model. Give --model provider/name, for example openai/gpt-5.")
    return models


def start_or_resume(store: RunStore, plan: RunPlan) -> RunPlan:
    """Store the plan of a new run; for a run that exists, check that it is the same one.

    Raises:
        LockgateError: The run exists with other trials.
    """
    if not store.exists():
        store.write_plan(plan)
        return plan
    stored = store.read_plan()
    if stored.trials != plan.trials:
        raise LockgateError(
            f"Run {store.run_id} exists with other trials (agents, tasks, attempts, seeds or scenarios). "
            "Give the same arguments to resume it, or another --run-id."
        )
    return stored
