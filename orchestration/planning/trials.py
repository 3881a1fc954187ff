"""Planning: which trials a run has."""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from agents.registry import locate_agent, make_agent
from benchmark.errors import LockgateError
from benchmark.limits import MAX_TRIALS
from benchmark.llm import ModelSpec
from benchmark.run_store import RunPlan, RunStore, TrialPlan
from benchmark.scorecard import TaskState, TrialIdentity
from benchmark.task import Task
from benchmark.trial import TrialOptions
from benchmark.versions import tool_versions

DEFAULT_OPTIONS = TrialOptions()


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
    model: ModelSpec | None = None,
    options: TrialOptions = DEFAULT_OPTIONS,
) -> TrialPlan:
    """Plan one trial: what the options leave open is taken from task, world and run id.

    Args:
        task: The task.
        agent: Short name, import path or YAML file.
        run_id: The run it belongs to.
        attempt: From 1.
        model: For agents that use an LLM.
        options: What differs from the defaults.

    Raises:
        LockgateError: The seeds clash, or the task has no such hints or scenarios.
    """
    task.with_hints(options.hint_level)
    world = task.world.spec
    visible = world.visible_seed if options.visible_seed is None else options.visible_seed
    holdout = derive_holdout_seed(run_id) if options.holdout_seed is None else options.holdout_seed
    if holdout == visible:
        raise LockgateError(f"The holdout seed {holdout} is the visible seed; give another --holdout-seed.")
    located = locate_agent(agent)
    return TrialPlan(
        run_id=run_id,
        task=task.id,
        agent=located.name,
        agent_source=located.source,
        attempt=attempt,
        agent_seed=options.agent_seed + attempt - 1,
        days=world.days if options.days is None else options.days,
        scale=world.scale if options.scale is None else options.scale,
        visible_seed=visible,
        holdout_seed=holdout,
        sandbox=options.sandbox,
        scenarios=_scenarios(task, options.scenarios),
        hint_level=options.hint_level,
        model=model,
        budget=options.budget.change(task.spec.budget),
        budget_changes=options.budget.as_changes(),
    )


def plan_run(
    tasks: Sequence[Task],
    agents: Sequence[str],
    *,
    run_id: str,
    models: Sequence[ModelSpec] = (),
    n_attempts: int = 1,
    options: TrialOptions = DEFAULT_OPTIONS,
) -> RunPlan:
    """Plan every task by every agent, `n_attempts` times; sorted by task, so that trials share their gold.

    Args:
        tasks: The tasks.
        agents: Short names, import paths or YAML files.
        run_id: The run.
        models: An agent that uses an LLM has trials with each of them. One that is named twice counts once.
        n_attempts: From 1.
        options: The same for every trial.

    Raises:
        LockgateError: An agent needs a model, the options do not fit a task, or trials
            that differ would have the same id.
    """
    n_models = sum(max(1, len(models_of(agent, models))) for agent in agents)
    if (n_trials := len(tasks) * n_models * n_attempts) > MAX_TRIALS:
        raise LockgateError(
            f"These are {n_trials:,} trials; a run has {MAX_TRIALS:,} at most. "
            "Choose fewer tasks, agents, models or attempts."
        )
    trials = (
        plan_trial(task, agent, run_id=run_id, attempt=attempt, model=model, options=options)
        for task in tasks
        for agent in agents
        for model in models_of(agent, models)
        for attempt in range(1, n_attempts + 1)
    )
    return RunPlan(run_id=run_id, trials=_each_once(trials), versions=tool_versions())


def _each_once(trials: Iterable[TrialPlan]) -> tuple[TrialPlan, ...]:
    """Leave out trials that are planned twice; two that differ cannot have one name, which is that of their folder."""
    by_id: dict[str, TrialPlan] = {}
    for trial in trials:
        if by_id.setdefault(trial.trial_id, trial) != trial:
            raise LockgateError(
                f"Two trials that differ would both be {trial.trial_id}. Give their agents or models different names, "
                "or put them into two runs."
            )
    return tuple(by_id.values())


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
        scale=plan.scale,
        visible_seed=plan.visible_seed,
        holdout_seed=plan.holdout_seed,
        hint_level=plan.hint_level,
        model_label=plan.competitor.model_label,
        effort=plan.competitor.effort,
        model_options=plan.competitor.model_options,
        budget_changes=plan.competitor.budget_changes,
        task_state=task_state(task),
    )


def task_state(task: Task) -> TaskState:
    """What a scorecard says of its task as it is now."""
    from evaluators.proof_record.state import proof_state  # whose import takes duckdb along

    proof = proof_state(task)
    return TaskState(
        version=proof.version,
        origin=task.spec.origin,
        not_proven=proof.reason,
        proof=proof.found,
        other_tools=proof.other_tools,
    )


def _scenarios(task: Task, wanted: Sequence[str] | None) -> tuple[str, ...]:
    """What is asked for, or what the task scores; data tests are tried on data of day 1 alone."""
    if wanted is None:
        return task.spec.scenarios
    if task.faults is not None and not set(wanted) <= set(task.spec.scenarios):
        raise LockgateError(
            f"Task {task.id} is of kind data_tests and has the scenarios {', '.join(task.spec.scenarios)} only; "
            f"asked for: {', '.join(wanted)}. Leave --scenario out, or choose other --tasks."
        )
    return tuple(wanted)


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
