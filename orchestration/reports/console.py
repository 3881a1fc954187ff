"""What the command line prints of several trials: tables, totals, comparisons."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmark.border import visible_text
from benchmark.scorecard import (
    Scorecard,
)
from benchmark.stages import STAGES
from evaluators.scoring.leaderboard import AgentStanding
from evaluators.scoring.metrics import MIN_TASKS, Mean
from orchestration.reports.spending import spending_table

LEGEND = (
    "SR every table right in every scenario; EL, T: raw tables, other tables;",
    "CS each model alone on gold upstream; CFS end to end, 0 after a mismatch",
    "upstream; by stage: CFS.",
)
"""What the columns of the tables mean."""


@lru_cache(maxsize=4096)
def number(value: float | None) -> str:
    """A score with two decimals, or a dash; rounded down, so that only a perfect one prints as 1.00."""
    return "-" if value is None else f"{math.floor(value * 100 + 1e-9) / 100:.2f}"


_SHORT_STAGES = ("raw", "stg", "int", "marts")
"""Headings of the columns by stage, in the order of `STAGES`."""
_HEADINGS = ("task", "agent", "#", "SR", "EL", "T", "CS", "CFS", *_SHORT_STAGES)
_STYLES = {"-": "dim", "✓": "green", "✗": "red", "unscored": "yellow"}
_N_NAMES = 2
"""Of the headings: those of names, which begin at the left."""
_MANY_TRIALS = 300
"""From so many on, a table would take longer than a second."""


def _mark(value: bool | None) -> str:
    return "-" if value is None else "✓" if value else "✗"


def trials_table(scorecards: Sequence[Scorecard]) -> Table:
    """One line per trial; fits 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=0)
    table.add_column(_HEADINGS[0], overflow="fold", min_width=18)
    table.add_column(_HEADINGS[1], overflow="fold")
    for name in _HEADINGS[2:]:
        table.add_column(name, justify="right", no_wrap=True)
    for card in scorecards:
        table.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in _cells(card)))
    return table


def _trial_lines(scorecards: Sequence[Scorecard]) -> str:
    """The same as plain text, one line per trial however long it is, for thousands of them."""
    rows = [list(_HEADINGS), *map(_cells, scorecards)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    sides = [str.ljust] * _N_NAMES + [str.rjust] * (len(_HEADINGS) - _N_NAMES)
    lines = (zip(sides, row, widths, strict=True) for row in rows)
    return "\n".join(" ".join(side(cell, width) for side, cell, width in line).rstrip() for line in lines)


def _cells(card: Scorecard) -> list[str]:
    """What stands under each of `_HEADINGS`."""
    identity = card.trial
    names = [identity.task, identity.competitor.name, str(identity.attempt)]
    if card.status == "unscored":
        return [*names, "unscored", "", "", "", "", *("" for _ in STAGES)]
    total = card.scores
    return [
        *names,
        _mark(card.success),
        _mark(card.extract_load_success),
        _mark(card.transform_success),
        number(total.component_score if total else None),
        number(total.cascading_failure_score if total else None),
        *(number(card.stages[s].cascading_failure_score if s in card.stages else None) for s in STAGES),
    ]


def _interval(mean: Mean) -> str:
    return number(mean.mean) + ("" if mean.low is None else f" ({number(mean.low)}-{number(mean.high)})")


def totals_table(totals: Sequence[AgentStanding]) -> Table:
    """One line per competitor: figures over tasks with 95 % intervals, trials counted; fits 80 columns."""
    few = [standing for standing in totals if standing.n_tasks < MIN_TASKS]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), caption_justify="left")
    if few:
        table.caption = f"too few tasks for intervals: {MIN_TASKS} are needed"
    k = max((standing.k for standing in totals), default=1)
    names = ("agent", "SR", "CS", "CFS", *((f"pass@{k}", f"pass^{k}") if k > 1 else ()), "scored", "unscored")
    for name in names:
        table.add_column(name, justify="left" if name == "agent" else "right", overflow="fold")
    for standing in totals:
        repeated = [standing.pass_at_k.mean, standing.pass_hat_k.mean] if standing.k == k else [None, None]
        table.add_row(
            standing.competitor.name,
            *(
                _interval(standing.figures[name])
                for name in ("success_rate", "component_score", "cascading_failure_score")
            ),
            *(map(number, repeated) if k > 1 else ()),
            str(standing.n_scored),
            str(standing.n_unscored),
        )
    return table


def root_causes_table(totals: Sequence[AgentStanding]) -> Table | None:
    """Where trials go wrong first, by competitor, stage and kind; None where none does."""
    rows = [(standing.competitor.name, cause) for standing in totals for cause in standing.root_causes]
    if not rows:
        return None
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("goes wrong first", "stage", "kind", "trials"):
        table.add_column(name, justify="right" if name == "trials" else "left", overflow="fold")
    for name, cause in rows:
        table.add_row(name, str(cause["stage"]), str(cause["kind"]), str(cause["n_trials"]))
    return table


def print_scorecards(console: Console, scorecards: Sequence[Scorecard], totals: Sequence[AgentStanding]) -> None:
    """Print the tables of several trials: each trial, each competitor, where trials go wrong first.

    Args:
        console: Where to.
        scorecards: The trials, in this order.
        totals: Their standings.
    """
    if len(scorecards) < _MANY_TRIALS:
        console.print(trials_table(scorecards))
    else:
        console.file.write(visible_text(_trial_lines(scorecards)) + "\n")
    console.print(totals_table(totals))
    if spent := spending_table(scorecards):
        console.print(spent)
    if causes := root_causes_table(totals):
        console.print(causes)
    if names := not_proven(scorecards):
        console.print(f"Tasks that were not proven: {', '.join(names)}.", style="yellow", highlight=False)


def not_proven(scorecards: Sequence[Scorecard]) -> list[str]:
    """Tasks that were not proven, as they were, when one of these trials was scored; sorted."""
    states = [(card.trial.task, card.trial.task_state) for card in scorecards]
    return sorted({task for task, state in states if state and state.not_proven})


_FIGURE_NAMES = {
    "success_rate": "success rate",
    "extract_load_success_rate": "load success",
    "transform_success_rate": "transform success",
    "component_score": "component score",
    "cascading_failure_score": "cascading score",
}
"""Names of figures that leave room for the others in 80 columns."""


def comparison_table(comparison: dict[str, dict[str, Any]]) -> Table:
    """Two competitors against each other, one line per figure; fits 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for name in ("", "first", "second", "diff.", "95 % interval", "tasks", "left out"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    for figure, row in comparison.items():
        low, high = row["low"], row["high"]
        table.add_row(
            _FIGURE_NAMES[figure],
            number(row["first"]),
            number(row["second"]),
            "-" if row["difference"] is None else f"{row['difference']:+.2f}",
            "-" if low is None else f"{low:+.2f} to {high:+.2f}",
            str(row["n_tasks"]),
            str(row["n_left_out"]),
        )
    return table


def comparison_note(comparison: dict[str, dict[str, Any]]) -> str:
    """How to read the intervals, or why there is none."""
    n_tasks = max(row["n_tasks"] for row in comparison.values())
    if n_tasks < MIN_TASKS:
        tasks = "1 task is" if n_tasks == 1 else f"{n_tasks} tasks are"
        return f"too few tasks: {tasks} compared, {MIN_TASKS} are needed for an interval; this proves no difference."
    return "with 0 in its interval, or with none because all tasks differ alike, it shows no difference."


def scorecards_json(scorecards: Sequence[Scorecard], totals: Sequence[AgentStanding]) -> str:
    """Trials and totals as JSON, for `--json`."""
    content = {
        "trials": [card.model_dump(mode="json") for card in scorecards],
        "totals": [standing.as_json() for standing in totals],
    }
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
