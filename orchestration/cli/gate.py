"""Results for CI: a JUnit file, a summary in Markdown, and a limit that scores must reach."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.errors import LockgateError
from orchestration.cli.output import console, errors

if TYPE_CHECKING:
    from benchmark.registry import Broken
    from benchmark.scorecard import Scorecard

UNSCORED = 3
"""Exit code: a trial has no verdict."""
TOO_LOW = 4
"""Exit code: a result is worse than the command line allows."""
_PANEL = "For CI"

JUnitOption = Annotated[
    Path | None,
    typer.Option(metavar="FILE", rich_help_panel=_PANEL, help="Write verdicts as JUnit XML: a case a table, scenario."),
]
SummaryOption = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        rich_help_panel=_PANEL,
        help="Write the results as Markdown; $GITHUB_STEP_SUMMARY is added to, another file replaced.",
    ),
]
FailBelowOption = Annotated[
    float | None,
    typer.Option(
        min=0, max=1, metavar="SCORE", rich_help_panel=_PANEL, help="Exit code 4 if the CFS of a trial is under this."
    ),
]


def check_places(*paths: Path | None) -> None:
    """Refuse files that cannot be written, before anything runs.

    Raises:
        LockgateError: A path is a folder, or its folder does not exist or is read-only.
    """
    for path in paths:
        if path is None:
            continue
        folder = path.absolute().parent
        if path.is_dir():
            raise LockgateError(f"{path} cannot be written: it is a folder. Name a file in it.")
        if not folder.is_dir():
            raise LockgateError(
                f"{path} cannot be written: there is no folder {folder}. Make it, or name another file."
            )
        if not os.access(folder, os.W_OK):
            raise LockgateError(f"{path} cannot be written: the folder {folder} is read-only. Name another file.")


def write_results(
    scorecards: Sequence[Scorecard], broken: Sequence[Broken], junit: Path | None, summary: Path | None
) -> None:
    """Write the files that were asked for, atomically.

    Args:
        scorecards: The trials of a run.
        broken: Tasks that were left out.
        junit: Where to write JUnit XML.
        summary: Where to write Markdown.
    """
    from benchmark.files import write_atomic
    from orchestration.reports.junit import junit_xml
    from orchestration.reports.summary import summary_markdown

    if junit is not None:
        write_atomic(junit, junit_xml(scorecards, broken))
    if summary is not None:
        text = summary_markdown(scorecards, broken)
        is_shared = os.environ.get("GITHUB_STEP_SUMMARY") == str(summary) and summary.is_file()
        write_atomic(summary, (summary.read_text(encoding="utf-8") if is_shared else "") + text)


def end_by_verdict(scorecards: Sequence[Scorecard], fail_below: float | None, *, has_held_back: bool = False) -> None:
    """End the command with the exit code that the results deserve; the worst news comes first.

    Args:
        scorecards: The trials of a run.
        fail_below: Cascading failure score that each trial must reach, from 0 to 1; None = any will do.
        has_held_back: Whether trials were not started, because of the run's ceiling.

    Raises:
        typer.Exit: With code 4 where a score is too low, else 3 where a trial is unscored or was not started.
    """
    if low := [card for card in scorecards if _is_below(card, fail_below)]:
        errors.print(f"{len(low)} of {len(scorecards)} trials are under --fail-below {fail_below}.", style="red")
        raise typer.Exit(TOO_LOW)
    if has_held_back or any(card.status == "unscored" for card in scorecards):
        raise typer.Exit(UNSCORED)


def _is_below(card: Scorecard, limit: float | None) -> bool:
    score = card.scores.cascading_failure_score if card.scores and card.status == "scored" else None
    return limit is not None and score is not None and score < limit


def confirm_cost(usd: float, is_agreed: bool) -> None:
    """Ask before a run that may cost much, where somebody can answer.

    Args:
        usd: What it may cost at most.
        is_agreed: Nothing is asked.

    Raises:
        typer.Exit: With code 1: the answer was no.
    """
    import sys

    if is_agreed or usd <= ASK_ABOVE_USD or not (sys.stdin.isatty() and errors.is_terminal):
        return
    if not typer.confirm(f"This may cost up to {usd:.2f} USD. Start?", err=True):
        console.print("Nothing was started.")
        raise typer.Exit(1)


ASK_ABOVE_USD = 10.0
"""A run that may cost more is asked about on a terminal."""
