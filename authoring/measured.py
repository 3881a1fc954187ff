"""`measured.agents` of task.yaml: what agents that need no model get, so that readers know how hard a task is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from authoring.yaml_edits import entry_span, set_key
from authoring.yaml_text import flow
from benchmark.errors import LockgateError
from benchmark.files import write_atomic
from benchmark.scorecard import Scorecard
from benchmark.task import Measured, Task, TaskFile
from benchmark.yaml_files import read_spec, read_text
from evaluators.proof.content_hashes import TASK_FILE, ContentHasher
from evaluators.scoring.leaderboard import values_by_task

AGENTS = ("idle", "saboteur")
"""Agents that do the same again on every machine. The oracle gets all, as the proof says."""
_SCENARIO = "visible"


class Measurement(NamedTuple):
    """What runs say of some tasks."""

    scores: Mapping[str, Mapping[str, float]]
    """Task -> agent -> mean component score of its attempts on the visible data, two decimals."""
    n_other_version: int
    """Trials of a task that has changed since; they count for nothing."""


def measure(scorecards: Sequence[Scorecard], tasks: Sequence[Task]) -> Measurement:
    """Find how the agents fared that need no model.

    Args:
        scorecards: Of runs, with their scenarios.
        tasks: Those that are asked for.

    Raises:
        LockgateError: No trial of these agents is scored on a task as it is now.
    """
    hasher = ContentHasher()
    versions = {task.id: hasher.version(task) for task in tasks}
    asked = [
        card
        for card in scorecards
        if card.trial.agent in AGENTS and card.trial.task in versions and _visible_score(card) is not None
    ]
    current = [
        card
        for card in asked
        if card.trial.task_state is not None and card.trial.task_state.version == versions[card.trial.task]
    ]
    n_other = len(asked) - len(current)
    if not current:
        raise LockgateError(
            f"No trial of {' or '.join(AGENTS)} is scored on one of these tasks as it is now"
            f"{f' ({n_other} are of earlier versions)' if n_other else ''}. "
            f"Try them first: lockgate run -a {' -a '.join(AGENTS)} -s {_SCENARIO}."
        )
    found: dict[str, dict[str, float]] = {}
    for agent in AGENTS:
        own = [card for card in current if card.trial.agent == agent]
        for task, score in values_by_task(own, _visible_score).items():
            if score is not None:
                found.setdefault(task, {})[agent] = round(score, 2)
    return Measurement(dict(sorted(found.items())), n_other)


def _visible_score(card: Scorecard) -> float | None:
    return next((result.scores.component_score for result in card.scenarios if result.scenario == _SCENARIO), None)


def write_measured(task: Task, scores: Mapping[str, float]) -> bool:
    """Write what agents got into a task's file; all else in it stays, letter by letter.

    Args:
        task: The task.
        scores: Agent -> component score; agents that are not named keep what they have.

    Returns:
        Whether the file has changed.
    """
    path = task.folder / TASK_FILE
    text = read_text(path)
    measured = read_spec(path, TaskFile).measured
    now = measured or Measured()
    new = now.model_copy(update={"agents": dict(sorted({**now.agents, **scores}.items()))})
    if new == now:
        return False
    value = flow(new.model_dump(exclude_defaults=True))
    if measured is not None:
        changed = set_key(text, (), "measured", value)
    else:
        _, end = entry_span(text, (), "difficulty")
        changed = f"{text[:end]}measured: {value}\n{text[end:]}"
    write_atomic(path, changed)
    return True
