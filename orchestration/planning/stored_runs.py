"""A run that exists: the matrix that plans it again, and more trials for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from benchmark.errors import LockgateError
from benchmark.paths import projects_dirs
from benchmark.registry import get_task, read_catalogue
from benchmark.run_store import RunPlan, TrialPlan
from benchmark.spelling import listed_names
from benchmark.task import Task
from orchestration.counted import counted
from orchestration.planning.matrix import RunMatrix


def matrix_of(plan: RunPlan) -> RunMatrix:
    """The matrix of a stored run: its agents, models, tasks and attempts, and the options that they share.

    An option that has the task's or world's own value everywhere is left open.

    Args:
        plan: A run with at least one trial.
    """
    trials, first = plan.trials, plan.trials[0]
    tasks = tasks_of(trials)

    def unless_own(name: str, own: Callable[[Task], object]) -> Any:
        is_own = all(getattr(trial, name) == own(tasks[trial.task]) for trial in trials)
        return None if is_own else getattr(first, name)

    return RunMatrix.model_validate(
        {
            "agents": list(dict.fromkeys(trial.agent_source or trial.agent for trial in trials)),
            "models": [*{trial.model.model_dump_json(): trial.model for trial in trials if trial.model}.values()],
            "tasks": list(tasks),
            "attempts": max(trial.attempt for trial in trials),
            "agent_seed": first.options.agent_seed,
            "holdout_seed": first.holdout_seed,
            "visible_seed": unless_own("visible_seed", lambda task: task.world.spec.visible_seed),
            "days": unless_own("days", lambda task: task.world.spec.days),
            "scale": unless_own("scale", lambda task: task.world.spec.scale),
            "scenarios": unless_own("scenarios", lambda task: task.spec.scenarios),
            "sandbox": first.sandbox,
            "hints": first.hint_level,
            "budget": first.options.budget,
        }
    )


def tasks_of(trials: Sequence[TrialPlan]) -> dict[str, Task]:
    """The tasks of trials of a stored run, by name.

    Raises:
        LockgateError: One is broken, or in none of the worlds that are read.
    """
    catalogue = read_catalogue()
    known = {task.id for task in catalogue.tasks} | {broken.name for broken in catalogue.broken_tasks}
    names = list(dict.fromkeys(trial.task for trial in trials))
    if missing := [name for name in names if name not in known]:
        folders = ", ".join(map(str, projects_dirs()))
        raise LockgateError(
            f"Run {trials[0].run_id} has {counted(len(missing), 'task')} of worlds that are not read here: "
            f"{listed_names('', missing)}. They are read from {folders}; set LOCKGATE_PROJECTS as it was for that run."
        )
    return {name: get_task(name) for name in names}


def extend_run(stored: RunPlan, planned: RunPlan) -> RunPlan:
    """Add trials to a run; those that it has stay as they are.

    Args:
        stored: The run.
        planned: Trials that somebody asks for; some of them may be in the run.

    Raises:
        LockgateError: A trial would differ from the stored one of its name, or its data from that of the others.
    """
    by_id = {trial.trial_id: trial for trial in stored.trials}
    settings = {trial.task: _setting(trial) for trial in stored.trials}
    for trial in planned.trials:
        other = by_id.get(trial.trial_id)
        changed = _changes(other.model_dump(), trial.model_dump()) if other else []
        changed = changed or _changes(settings.get(trial.task, {}), _setting(trial))
        if changed:
            raise LockgateError(
                f"Run {stored.run_id} exists with other trials of {trial.task}: {', '.join(changed)} would differ. "
                f"Leave those options out (`lockgate run --run-id {stored.run_id}` goes on with it), or give another "
                "--run-id."
            )
    added = [trial for trial in planned.trials if trial.trial_id not in by_id]
    return stored.model_copy(update={"trials": (*stored.trials, *added)})


def _setting(trial: TrialPlan) -> dict[str, object]:
    """What all trials of a task in one run have in common, so that their figures can be averaged."""
    names = ("days", "scale", "visible_seed", "holdout_seed", "scenarios")
    return {name: getattr(trial, name) for name in names}


def _changes(stored: dict[str, Any], planned: dict[str, Any]) -> list[str]:
    return [name for name in stored if stored[name] != planned[name]]
