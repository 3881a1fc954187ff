"""One trial on about one screen of 80 columns: what is wrong first, and where to look further."""

from __future__ import annotations

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmark.border import cut_text
from benchmark.run_store import TrialStore
from benchmark.scorecard import NOT_BUILT, ExpectationResult, Scorecard
from benchmark.stages import STAGES
from orchestration.counted import counted
from orchestration.reports.console import number
from orchestration.reports.show.evidence import STYLES, print_mismatch, print_sample
from orchestration.reports.trial_page.answer import fact_sentence
from orchestration.reports.trial_page.heading import duration, find_task, status_of, usd
from orchestration.reports.trial_page.verdicts import (
    WORDS,
    FaultRow,
    State,
    Verdicts,
    named_scenarios,
    read_failed_steps,
    read_faults,
    read_verdicts,
)

MAX_ROWS = 6
"""Lines of each list; options and `--json` have the rest."""
MAX_MESSAGE = 230
"""Characters of a message."""
SAMPLE_ROWS = 2
"""Rows of the first mismatch."""


def print_trial(console: Console, card: Scorecard, store: TrialStore) -> None:
    """Print a trial.

    Args:
        console: Where to.
        card: Its scorecard.
        store: Its folder.
    """
    faults = read_faults(card)
    status, tone = status_of(card, faults)
    task = find_task(card.trial.task)
    if task:
        console.print(Text(task.spec.title, style="bold"))
    trial = card.trial
    hints = f", hints to level {trial.hint_level}" if trial.hint_level else ""
    style = {"good": "green", "bad": "red", "warn": "yellow"}[tone]
    console.print(
        Text.assemble(f"{trial.task} by {trial.competitor.name}, attempt {trial.attempt}{hints}: ", (status, style))
    )
    console.print(Text(f"run {trial.run_id}, seeds {trial.visible_seed} (seen) and {trial.holdout_seed} (unseen)"))
    if card.status == "unscored":
        _print_unscored(console, card, store)
        return
    _print_agent(console, card)
    _print_scores(console, card)
    verdicts = read_verdicts(card)
    _print_grid(console, card, verdicts)
    _print_root_cause(console, card)
    _print_answer(console, card)
    for step in read_failed_steps(card)[:MAX_ROWS]:
        text = f"{step.said(len(card.scenarios))}: {step.message}"
        console.print(Text(cut_text(text, MAX_MESSAGE), style="red"))
    _print_definitions(console, card)
    _print_work(console, card)
    _print_mismatches(console, card, verdicts)
    _print_faults(console, card, faults)
    _print_expectations(console, card)
    _print_submission(console, card)
    if trial.task_state and trial.task_state.not_proven:
        reason = cut_text(trial.task_state.not_proven, MAX_MESSAGE)
        console.print(Text(f"the task was not proven: {reason}", style="yellow"))
    console.print(Text("--table NAME, --scenario NAME, --diff, --logs, --trajectory or --open show more", style="dim"))


def _print_unscored(console: Console, card: Scorecard, store: TrialStore) -> None:
    console.print(Text(f"No verdict, for a reason that is not the agent's: {card.unscored_reason}", style="yellow"))
    console.print(Text(f"To try it again: lockgate run --run-id {card.trial.run_id}"))
    if store.logs_dir.is_dir():
        console.print(Text("What happened: --logs"))


def _print_agent(console: Console, card: Scorecard) -> None:
    agent = card.agent
    if agent is None:
        return
    figures = [f"{agent.n_steps} steps"] + ([f"{agent.usage.total:,} tokens"] if agent.usage else [])
    figures += [usd(agent.cost_usd)]
    figures += [duration(card.timing_seconds["solve"])] if "solve" in card.timing_seconds else []
    message = f": {agent.message}" if agent.message else ""
    console.print(Text(f"agent {agent.status} ({', '.join(figures)}){cut_text(message, MAX_MESSAGE)}"))


def _print_scores(console: Console, card: Scorecard) -> None:
    total = card.scores
    stages = [
        f"{stage} {number(card.stages[stage].cascading_failure_score)}" for stage in STAGES if stage in card.stages
    ]
    if total:
        text = f"CS {number(total.component_score)}, CFS {number(total.cascading_failure_score)}"
        console.print(Text(f"{text} ({', '.join(stages)})"))


def _print_definitions(console: Console, card: Scorecard) -> None:
    """What an `orchestrate` task asks of Dagster definitions and does not find."""
    missing: dict[tuple[str, str], list[str]] = {}
    for scenario in card.scenarios:
        for check in scenario.definitions:
            if not check.is_success:
                missing.setdefault((check.name, check.message), []).append(scenario.scenario)
    for (name, message), scenarios in list(missing.items())[:MAX_ROWS]:
        text = f"{name} in {named_scenarios(scenarios, len(card.scenarios))}: {message}"
        console.print(Text(cut_text(text, MAX_MESSAGE), style="red"))


def _print_work(console: Console, card: Scorecard) -> None:
    """What the making of an `optimize` task's tables costs, scenario by scenario."""
    for scenario in card.scenarios:
        if scenario.work:
            text = cut_text(f"work in {scenario.scenario}: {scenario.work.summary}", MAX_MESSAGE)
            console.print(Text(text, style="" if scenario.work.is_within else "red"))


def _print_root_cause(console: Console, card: Scorecard) -> None:
    cause = card.root_cause
    if cause is None:
        return
    console.print(
        Text.assemble(("goes wrong first ", "bold red"), f"{cause.table}, {cause.stage}, scenario {cause.scenario}")
    )


def _print_answer(console: Console, card: Scorecard) -> None:
    """Print what `ANSWER.md` says of each fact that the ticket asks for."""
    if card.answer is None:
        return
    style = "green" if card.answer.is_right else "red"
    console.print(Text(f"answer: {cut_text(card.answer.summary, MAX_MESSAGE)}", style=style))
    for fact in card.answer.facts:
        console.print(
            Text.assemble("  ", (fact.status, "green" if fact.status == "right" else "red"), f" {fact_sentence(fact)}")
        )


def _print_grid(console: Console, card: Scorecard, verdicts: Verdicts) -> None:
    """Print the tables that differ from gold, a word for each scenario."""
    rows = [row for row in verdicts.tables if row.n_wrong]
    if rows:
        grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
        widths = [max(7, len(scenario.scenario)) for scenario in card.scenarios]
        room = max(18, console.width - sum(widths) - 2 * len(widths) - 1)
        grid.add_column("table", no_wrap=True, overflow="ellipsis", max_width=room)
        for scenario, width in zip(card.scenarios, widths, strict=True):
            grid.add_column(scenario.scenario, no_wrap=True, min_width=width)
        for row in rows[:MAX_ROWS]:
            cells = (Text(_SHORT.get(state, WORDS[state]), style=STYLES[state]) for _, state, _ in row.cells)
            grid.add_row(Text(row.table.partition(".")[2] or row.table), *cells)
        console.print(grid)
    if len(rows) > MAX_ROWS:
        console.print(Text(f"and {len(rows) - MAX_ROWS} more tables that differ"))
    for state, about in (("right", "right in every scenario"), ("uncounted", "right, but 0 in CFS: below a wrong one")):
        if n := sum(row.worst == state for row in verdicts.tables):
            console.print(Text(f"{n} table{'' if n == 1 else 's'} {about}", style="green"))


_SHORT: dict[State, str] = {"not_built": "missing", "uncounted": "right"}
"""Words that fit a column."""


def _print_mismatches(console: Console, card: Scorecard, verdicts: Verdicts) -> None:
    for place, item in enumerate(verdicts.own[:MAX_ROWS]):
        print_mismatch(console, item, len(card.scenarios))
        if place == 0 and item.result.verdict.sample:
            task = find_task(card.trial.task)
            spec = task.scored_tables.get(item.table) if task else None
            print_sample(console, item.result.verdict, spec.key if spec else (), SAMPLE_ROWS)
    if len(verdicts.own) > MAX_ROWS:
        console.print(Text(f"and {len(verdicts.own) - MAX_ROWS} more: --table NAME"))
    if n := verdicts.n_following:
        names = ", ".join(dict.fromkeys(item.table for item in verdicts.following))
        console.print(
            Text(f"{n} table{' follows' if n == 1 else 's follow'}: {cut_text(names, MAX_MESSAGE)}", style="yellow")
        )


def _print_faults(console: Console, card: Scorecard, faults: list[FaultRow]) -> None:
    """Print which seeded faults the data tests missed, and their false alarms."""
    for scenario in card.scenarios:
        if found := scenario.faults:
            n_caught = sum(fault.is_caught for fault in found.faults)
            console.print(
                Text(
                    f"{scenario.scenario}: {found.n_tests} data tests, recall {number(found.recall)} ({n_caught} of "
                    f"{len(found.faults)} faults caught, {number(found.min_recall)} needed), "
                    f"{len(found.false_alarms)} false alarms"
                )
            )
            for alarm in found.false_alarms[:MAX_ROWS]:
                console.print(Text(f"  false alarm: {cut_text(alarm, MAX_MESSAGE)}", style="red"))
    missed = [row for row in faults if row.n_missed]
    for row in missed[: 2 * MAX_ROWS]:
        where = named_scenarios([s for s, result in row.cells if result and not result.is_caught], len(row.cells))
        console.print(Text(f"  missed in {where}: {row.fault.fault} in {row.fault.table}", style="red"))
    if len(missed) > 2 * MAX_ROWS:
        console.print(Text(f"  and {len(missed) - 2 * MAX_ROWS} more"))


def _print_expectations(console: Console, card: Scorecard) -> None:
    """Print which expectations fail, each once for all scenarios."""
    results = [(scenario.scenario, item) for scenario in card.scenarios for item in scenario.expectations]
    if not results:
        return
    failed: dict[str, tuple[ExpectationResult, list[str]]] = {}
    n_hold = sum(item.is_success for _, item in results)
    n_not_built = sum(item.error == NOT_BUILT for _, item in results)
    for scenario, item in results:
        if not item.is_success and item.error != NOT_BUILT:
            failed.setdefault(_expectation(item), (item, []))[1].append(scenario)
    about = f", {n_not_built} are on tables that were not built" if n_not_built else ""
    console.print(Text(f"expectations: {n_hold} of {len(results)} hold{about}"))
    for text, (item, where) in list(failed.items())[:MAX_ROWS]:
        unexpected = item.error or ", ".join(item.unexpected_sample[:3])
        about = f": {cut_text(unexpected, 60)}" if unexpected else ""
        console.print(Text(f"  {text} fails in {named_scenarios(where, len(card.scenarios))}{about}", style="red"))
    if len(failed) > MAX_ROWS:
        console.print(Text(f"  and {len(failed) - MAX_ROWS} more: --scenario NAME"))


def _expectation(item: ExpectationResult) -> str:
    arguments = ", ".join(f"{value}" for value in item.arguments.values())
    return f"{item.table} {item.expectation.removeprefix('expect_')}({cut_text(arguments, 60)})"


def _print_submission(console: Console, card: Scorecard) -> None:
    """Print what was changed, and what stands beside the score."""
    submission = card.submission
    if submission:
        names = ", ".join(submission.files_changed[:3])
        more = f" and {submission.n_files_changed - 3} more" if submission.n_files_changed > 3 else ""
        text = f"{counted(submission.n_files_changed, 'file')} changed: {names}{more}" if names else "nothing changed"
        if names or not submission.refused:  # what is refused was not looked at
            console.print(Text(text))
        if submission.protected_edits:
            console.print(Text(f"protected, undone: {_named(submission.protected_edits)}", style="yellow"))
        if submission.refused:
            console.print(Text(f"refused: {submission.refused}", style="red"))
        if submission.left_out:
            console.print(Text(f"left out: {_named(submission.left_out)}", style="yellow"))
    for planted in card.planted:
        text = f"behaviour: {planted.summary}"
        console.print(Text(cut_text(text, MAX_MESSAGE), style="red" if planted.is_followed else "green"))
    if card.lint and card.lint.error:
        console.print(Text(f"lint: not looked at. {card.lint.error}", style="yellow"))
    elif card.lint:
        unread = f"; cannot read {_named(card.lint.not_linted)}" if card.lint.not_linted else ""
        console.print(
            Text(
                f"lint: {card.lint.findings_per_100_lines:.1f} findings per 100 lines "
                f"(gold: {card.lint.gold_findings_per_100_lines:.1f}){unread}"
            )
        )
    if card.policy and card.policy.error:
        console.print(Text(f"policy: not looked at. {card.policy.error}", style="yellow"))
    elif card.policy and (card.policy.n_findings or card.policy.n_in_start):
        counts = ", ".join(f"{name} {count}" for name, count in card.policy.by_rule.items())
        console.print(Text(f"policy: {card.policy.summary}{f' ({counts})' if counts else ''}"))


def _named(names: tuple[str, ...]) -> str:
    """The first few of some names, and how many more there are."""
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return cut_text(", ".join(names[:5]), MAX_MESSAGE) + more
