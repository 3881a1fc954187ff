"""`measured.agents` of task.yaml: what agents that need no model get, so that readers know how hard a task is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

from authoring.yaml_edits import entry_span, set_key
from authoring.yaml_text import flow
from benchmark.errors import LockgateError
from benchmark.files import write_atomic
from benchmark.scorecard import Scorecard
from benchmark.task import Measured, Task, TaskFile
from benchmark.yaml_files import read_spec, read_text
from evaluators.proof.content_hashes import TASK_FILE, ContentHasher

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
    found: dict[str, dict[str, list[float]]] = {}
    n_other = 0
    for card in scorecards:
        trial = card.trial
        scores = [result.scores.component_score for result in card.scenarios if result.scenario == _SCENARIO]
        values = [score for score in scores if score is not None]
        if trial.agent not in AGENTS or trial.task not in versions or card.status != "scored" or not values:
            continue
        if trial.task_state is None or trial.task_state.version != versions[trial.task]:
            n_other += 1
            continue
        found.setdefault(trial.task, {}).setdefault(trial.agent, []).append(fmean(values))
    if not found:
        raise LockgateError(
            f"No trial of {' or '.join(AGENTS)} is scored on one of these tasks as it is now"
            f"{f' ({n_other} are of earlier versions)' if n_other else ''}. "
            f"Try them first: lockgate run -a {' -a '.join(AGENTS)} -s {_SCENARIO}."
        )
    means = {
        task: {agent: round(fmean(values), 2) for agent, values in sorted(by_agent.items())}
        for task, by_agent in sorted(found.items())
    }
    return Measurement(means, n_other)


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
