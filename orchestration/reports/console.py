"""What the command line prints: tables of trials and the explanation of one scorecard."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from benchmark.scorecard import (
    FaultsResult,
    PolicyResult,
    RootCause,
    ScenarioResult,
    Scorecard,
    TableResult,
    Verdict,
)
from benchmark.stages import STAGES
from evaluators.scoring.leaderboard import AgentStanding
from evaluators.scoring.metrics import MIN_TASKS, Mean
from orchestration.reports.spending import spending_table

MAX_SAMPLE_ROWS = 3
"""Rows of a sample that `show` prints; `--json` has them all."""
MAX_FINDINGS = 10
"""Findings of the policy, and false alarms, that `show` prints."""


def number(value: float | None) -> str:
    """A score with two decimals, or a dash; rounded down, so that only a perfect one prints as 1.00."""
    return "-" if value is None else f"{math.floor(value * 100 + 1e-9) / 100:.2f}"


_SHORT_STAGES = ("raw", "stg", "int", "marts")
"""Headings of the columns by stage, in the order of `STAGES`."""


def _mark(value: bool | None) -> Text:
    if value is None:
        return Text("-", style="dim")
    return Text("✓", style="green") if value else Text("✗", style="red")


def trials_table(scorecards: Sequence[Scorecard]) -> Table:
    """One line per trial; fits 80 columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=0)
    table.add_column("task", overflow="fold", min_width=18)
    table.add_column("agent", overflow="fold")
    for name in ("#", "SR", "EL", "T", "CS", "CFS", *_SHORT_STAGES):
        table.add_column(name, justify="right", no_wrap=True)
    for card in scorecards:
        identity = card.trial
        if card.status == "unscored":
            cells: list[RenderableType] = [Text("unscored", style="yellow"), "", "", "", "", *("" for _ in STAGES)]
        else:
            total = card.scores
            cells = [
                _mark(card.success),
                _mark(card.extract_load_success),
                _mark(card.transform_success),
                number(total.component_score if total else None),
                number(total.cascading_failure_score if total else None),
                *(number(card.stages[s].cascading_failure_score if s in card.stages else None) for s in STAGES),
            ]
        table.add_row(identity.task, identity.competitor.name, str(identity.attempt), *cells)
    return table


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
    console.print(trials_table(scorecards))
    console.print(totals_table(totals))
    if spent := spending_table(scorecards):
        console.print(spent)
    if causes := root_causes_table(totals):
        console.print(causes)


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


def print_scorecard(console: Console, card: Scorecard) -> None:
    """Explain one scorecard: stages, tables, what differs with sample rows."""
    identity = card.trial
    attempt = f"attempt {identity.attempt}{_hints(card)}"
    console.print(f"[bold]{escape(identity.task)}[/] by [bold]{escape(identity.competitor.name)}[/], {attempt}")
    console.print(f"run {identity.run_id}, visible seed {identity.visible_seed}, holdout seed {identity.holdout_seed}")
    if card.status == "unscored":
        console.print(Text(f"Unscored: {card.unscored_reason}", style="yellow"))
    if not card.scenarios:
        return
    if card.agent:
        console.print(f"agent {card.agent.status}" + (f": {escape(card.agent.message)}" if card.agent.message else ""))
    if card.submission:
        names = ", ".join(card.submission.files_changed[:5])
        more = f" and {card.submission.n_files_changed - 5} more" if card.submission.n_files_changed > 5 else ""
        console.print(
            f"{card.submission.n_files_changed} files changed: {escape(names)}{more}" if names else "nothing changed"
        )
        if card.submission.protected_edits:
            console.print(Text(f"protected, undone: {', '.join(card.submission.protected_edits)}", style="yellow"))
    console.print(trials_table([card]))
    if card.root_cause:
        console.print(_root_cause_line(card.root_cause))
    for scenario in card.scenarios:
        _print_scenario(console, scenario)
    if card.submission and card.submission.refused:
        console.print(Text(f"refused: {card.submission.refused}", style="red"))
    if card.submission and card.submission.left_out:
        console.print(Text(f"left out: {'; '.join(card.submission.left_out)}", style="yellow"))
    if card.lint and card.lint.error:
        console.print(Text(f"lint: not looked at. {card.lint.error}", style="yellow"))
    elif card.lint:
        console.print(
            f"lint: {card.lint.findings_per_100_lines:.1f} findings per 100 lines "
            f"(gold: {card.lint.gold_findings_per_100_lines:.1f})"
        )
        if card.lint.not_linted:
            console.print(Text(f"  sqlfluff cannot read {_named(card.lint.not_linted)}", style="yellow"))
    if card.policy:
        _print_policy(console, card.policy)
    console.print(Text(f"{card.timing_seconds.get('total', 0):.1f} s in all", style="dim"))


def _named(names: Sequence[str]) -> str:
    """The first few of some names, and how many more there are."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return ", ".join(names[:5]) + more


def _root_cause_line(cause: RootCause) -> Text:
    where = f" ({cause.built_by})" if cause.built_by else ""
    own = "" if cause.is_own else " Alone on gold it is right: look upstream, at tables that are not scored."
    text = f"{cause.table}{where}, {cause.stage}, scenario {cause.scenario}: {cause.kind}. {cause.summary}{own}"
    return Text.assemble(("root cause ", "bold red"), text)


def _hints(card: Scorecard) -> str:
    return f", hints to level {card.trial.hint_level}" if card.trial.hint_level else ""


def _print_policy(console: Console, policy: PolicyResult) -> None:
    """What the rules found, each with model and file."""
    if policy.error:
        console.print(Text(f"policy: not looked at. {policy.error}", style="yellow"))
        return
    console.print(f"policy: {policy.n_findings} findings by {len(policy.rules)} rules")
    for finding in policy.findings[:MAX_FINDINGS]:
        console.print(Text(f"  {finding.rule}: {finding.message} ({finding.file})"))
    if policy.n_findings > MAX_FINDINGS:
        console.print(f"  and {policy.n_findings - MAX_FINDINGS} more; all of them: --json")


def _print_faults(console: Console, faults: FaultsResult) -> None:
    """Print which seeded faults the data tests missed, and their false alarms."""
    n_caught = sum(fault.is_caught for fault in faults.faults)
    console.print(
        f"  {faults.n_tests} data tests: recall {number(faults.recall)} ({n_caught} of {len(faults.faults)} faults "
        f"caught, {number(faults.min_recall)} needed), {len(faults.false_alarms)} false alarms"
    )
    for alarm in faults.false_alarms[:MAX_FINDINGS]:
        console.print(Text(f"  false alarm: {alarm[:300]}", style="red"))
    for fault in faults.faults:
        if not fault.is_caught:
            console.print(Text(f"  missed: {fault.fault} in {fault.table}. {fault.breaks}", style="red"))


def _print_scenario(console: Console, scenario: ScenarioResult) -> None:
    style = "green" if scenario.is_success else "red"
    console.print()
    console.print(
        Text.assemble(
            (scenario.scenario, f"bold {style}"),
            f"  seed {scenario.seed}, day {scenario.day}: "
            f"{scenario.scores.n_matches} of {scenario.scores.n_tables} {'faults' if scenario.faults else 'tables'}, ",
            f"CS {number(scenario.scores.component_score)}, CFS {number(scenario.scores.cascading_failure_score)}",
        )
    )
    for step in scenario.steps:
        if step.status != "ok":
            console.print(Text(f"  {step.name} {step.status}: {step.message[:600]}", style="red"))
    if scenario.faults:
        _print_faults(console, scenario.faults)
    broken = [result for result in scenario.expectations if not result.is_success]
    if scenario.expectations:
        console.print(
            f"  expectations: {len(scenario.expectations) - len(broken)} of {len(scenario.expectations)} hold"
        )
    for result in scenario.tables:
        if not result.verdict.is_match or not result.component.is_match:
            console.print(_table_block(result))


def _table_block(result: TableResult) -> RenderableType:
    alone = "right alone" if result.component.is_match else f"wrong alone: {result.component.kind}"
    place = f" ({result.built_by})" if result.built_by else ""
    lines: list[RenderableType] = [
        Text.assemble(("  " + result.table, "bold"), f"{place}: {result.verdict.kind}, {alone}"),
        Text(f"    {result.verdict.summary}"),
    ]
    sample = _sample_table(result.verdict)
    return Group(*lines, sample) if sample else Group(*lines)


def _sample_table(verdict: Verdict) -> Table | None:
    if not verdict.sample:
        return None
    different = [difference.column for difference in verdict.columns]
    first = verdict.sample[0].gold or verdict.sample[0].output or {}
    shown = [name for name in first if name not in different][:2] + [name for name in first if name in different][:2]
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("   ")
    for name in shown:
        table.add_column(name, overflow="fold")
    for row in verdict.sample[:MAX_SAMPLE_ROWS]:
        for side, values in (("gold", row.gold), ("output", row.output)):
            if values is not None:
                table.add_row(f"    {side}", *("NULL" if values.get(n) is None else str(values.get(n)) for n in shown))
    return table


def scorecards_json(scorecards: Sequence[Scorecard], totals: Sequence[AgentStanding]) -> str:
    """Trials and totals as JSON, for `--json`."""
    content = {
        "trials": [card.model_dump(mode="json") for card in scorecards],
        "totals": [standing.as_json() for standing in totals],
    }
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False)
