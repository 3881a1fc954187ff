"""The results of a run in Markdown, for the summary page of a CI job."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.registry import Broken
from benchmark.scorecard import Scorecard
from evaluators.scoring.leaderboard import standings
from orchestration.dagster_ui.markdown import escape, table
from orchestration.reports.console import not_proven, number

MAX_ROWS = 100
"""Trials that are listed; a job's summary has room for 1 MiB."""


def summary_markdown(scorecards: Sequence[Scorecard], broken: Sequence[Broken]) -> str:
    """Return the summary: totals by competitor, trials, where each goes wrong first, what is unscored or left out.

    Args:
        scorecards: The trials of a run, at least one.
        broken: Tasks that were left out.
    """
    run_id = scorecards[0].trial.run_id
    totals = [
        [
            escape(row.competitor.name),
            *(number(row.figures[name].mean) for name in _FIGURES),
            str(row.n_scored),
            str(row.n_unscored),
        ]
        for row in standings(scorecards)
    ]
    parts = [
        f"## Lockgate: run {escape(run_id)}",
        table(["agent", "SR", "CS", "CFS", "scored", "unscored"], totals),
        table(["", "task", "agent", "CS", "CFS", "goes wrong first"], [_row(card) for card in scorecards[:MAX_ROWS]]),
    ]
    if len(scorecards) > MAX_ROWS:
        parts.append(f"And {len(scorecards) - MAX_ROWS} trials more.")
    if broken:
        parts.append("\n".join(f"- left out: {escape(entry.name)}: {escape(entry.reason, 500)}" for entry in broken))
    if names := not_proven(scorecards):
        parts.append(f"Tasks that were not proven: {escape(', '.join(names))}.")
    parts.append(
        f"`lockgate show {run_id}` explains them where the run is stored. SR: every table right in every scenario."
    )
    return "\n\n".join(parts) + "\n"


_FIGURES = ("success_rate", "component_score", "cascading_failure_score")


def _row(card: Scorecard) -> list[str]:
    who = [escape(card.trial.task), f"{escape(card.trial.competitor.name)} #{card.trial.attempt}"]
    if card.status == "unscored":
        return ["unscored", *who, "", "", escape(card.unscored_reason or "", 300)]
    scores = card.scores
    cause = card.root_cause
    dear = card.over_limit
    other = f"the work, {dear.scenario}: {escape(dear.work.summary, 300)}" if dear and dear.work else ""
    if card.answer and not card.answer.is_right:
        other = f"the answer: {escape(card.answer.summary, 300)}"
    return [
        "passed" if card.success else "**failed**",
        *who,
        number(scores.component_score if scores else None),
        number(scores.cascading_failure_score if scores else None),
        f"{escape(cause.table)}, {cause.scenario}: {escape(cause.summary, 300)}" if cause else other,
    ]
