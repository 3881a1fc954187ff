"""Which of the tasks that a person asks for can be scored. A broken one is scored for nobody, and stops no other."""

from __future__ import annotations

from benchmark.errors import LockgateError
from benchmark.registry import Broken, Selection, select
from benchmark.task import Task
from evaluators.preflight import Preflight


def choose_tasks(patterns: list[str]) -> Selection:
    """Choose tasks by globs over their names, by `tag:NAME` or `kind:NAME`; no pattern = all.

    Raises:
        LockgateError: A pattern matches nothing.
    """
    selection = select(patterns)
    preflight = Preflight()
    found = [(task, _problem(task, preflight)) for task in selection.tasks]
    broken = [broken_entry(task, problem) for task, problem in found if problem]
    return Selection(tuple(task for task, problem in found if not problem), (*selection.broken, *broken))


def broken_entry(task: Task, reason: str) -> Broken:
    """A task that can be read and cannot be scored, and why."""
    return Broken(task.id, task.world.id, task.folder, reason, task.tags, task.spec.kind)


def require_tasks(selection: Selection) -> None:
    """Refuse a selection in which nothing can be scored.

    Raises:
        LockgateError: With the reason of each task.
    """
    if not selection.tasks:
        reasons = "\n".join(str(entry) for entry in selection.broken) or "there is none"
        raise LockgateError(f"No task can be run: {reasons}")


def _problem(task: Task, preflight: Preflight) -> str:
    try:
        preflight.check(task)
    except LockgateError as error:
        return str(error)
    return ""
