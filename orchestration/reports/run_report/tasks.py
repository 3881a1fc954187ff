"""Tasks against competitors: facts of each task, and a cell for each pair."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

from benchmark.registry import read_catalogue
from benchmark.scorecard import Scorecard, TaskState, TrialIdentity
from benchmark.task import Task
from orchestration.reports.run_report.model import Cell, TaskReport
from orchestration.reports.run_report.read import Entrant, TrialRecord


class TaskFacts(NamedTuple):
    """What is known of a task."""

    title: str
    world: str
    kind: str
    difficulty: str
    """`unknown` where the task is no longer on disk."""
    origin: str
    """The same."""
    versions: tuple[str, ...]
    """Of the task, the latest last."""
    is_proven: bool | None
    """None = no scorecard says it."""
    proof: str
    """What the proof found, or why the task was not proven."""


def task_facts(cards: Iterable[Scorecard]) -> dict[str, TaskFacts]:
    """Facts of each task of some trials; of one that is gone, what its scorecards say."""
    known = {task.id: task for task in read_catalogue().tasks}
    by_task: dict[str, list[TrialIdentity]] = defaultdict(list)
    for card in cards:
        by_task[card.trial.task].append(card.trial)
    return {name: _facts(trials, known.get(name)) for name, trials in by_task.items()}


def _facts(trials: Sequence[TrialIdentity], task: Task | None) -> TaskFacts:
    """Facts of one task.

    Args:
        trials: Of the task, the oldest first.
        task: As it is today; None = it is gone.
    """
    states = [trial.task_state for trial in trials if trial.task_state]
    not_proven = next((state for state in states if state.not_proven), None)
    latest = states[-1] if states else None
    origin = latest.origin if latest else task.spec.origin if task else "unknown"
    shown = not_proven or latest
    return TaskFacts(
        title=task.spec.title if task else trials[-1].task,
        world=trials[-1].world,
        kind=trials[-1].task_kind,
        difficulty=task.spec.difficulty if task else "unknown",
        origin=origin,
        versions=tuple(dict.fromkeys(state.version for state in states)),
        is_proven=not not_proven if states else None,
        proof=say_proof(shown) if shown else "",
    )


def say_proof(state: TaskState) -> str:
    """What the proof of a task found, or why it was not proven, in words."""
    if state.not_proven:
        return state.not_proven
    return state.proof + (f"; proven with {state.other_tools}" if state.other_tools else "")


def make_cells(entrants: Sequence[Entrant]) -> list[Cell]:
    """The cells that have a trial, competitor by competitor."""
    cells = []
    for entrant in entrants:
        by_task: dict[str, list[TrialRecord]] = defaultdict(list)
        for trial in entrant.trials:
            by_task[trial.card.trial.task].append(trial)
        cells += [_cell(task, entrant.label, trials) for task, trials in sorted(by_task.items())]
    return cells


def _cell(task: str, label: str, trials: Sequence[TrialRecord]) -> Cell:
    scored = [trial.card for trial in trials if trial.card.status == "scored"]
    scores = [card.scores for card in scored if card.scores]
    cascading = [score.cascading_failure_score for score in scores if score.cascading_failure_score is not None]
    component = [score.component_score for score in scores if score.component_score is not None]
    return Cell(
        task=task,
        label=label,
        n_attempts=len(trials),
        n_scored=len(scored),
        n_successes=sum(card.success is True for card in scored),
        cascading_failure_score=fmean(cascading) if cascading else None,
        component_score=fmean(component) if component else None,
        n_visible_only=sum(_is_visible_only(card) for card in scored),
        trials=tuple(trial.name for trial in trials),
    )


def _is_visible_only(card: Scorecard) -> bool:
    seen = [scenario.is_success for scenario in card.scenarios if scenario.scenario == "visible"]
    return card.success is False and seen == [True]


def report_tasks(facts: Mapping[str, TaskFacts], cells: Sequence[Cell], ranked: set[str]) -> list[TaskReport]:
    """Add each task up over the competitors that are no references; the hardest first."""
    by_task: dict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell.label in ranked and cell.n_scored:
            by_task[cell.task].append(cell)
    rows = []
    for task, fact in facts.items():
        found = by_task[task]
        scores = [cell.cascading_failure_score for cell in found if cell.cascading_failure_score is not None]
        rows.append(
            TaskReport(
                task=task,
                **fact._asdict(),
                n_solved_by=sum(cell.n_successes > 0 for cell in found),
                n_tried_by=len(found),
                mean_score=fmean(scores) if scores else None,
            )
        )
    return sorted(rows, key=lambda row: (_share(row), row.mean_score or 0.0, row.task))


def _share(row: TaskReport) -> float:
    return row.n_solved_by / row.n_tried_by if row.n_tried_by else 0.0
