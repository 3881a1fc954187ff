"""The evidence of one table or one scenario of a trial: `--table`, `--scenario`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from benchmark.errors import LockgateError
from benchmark.scorecard import ScenarioResult, Scorecard, Verdict
from benchmark.spelling import nearest
from orchestration.reports.console import number
from orchestration.reports.trial_page.heading import find_task
from orchestration.reports.trial_page.verdicts import (
    WORDS,
    Mismatch,
    State,
    named_scenarios,
    read_verdicts,
    sample_columns,
)

STYLES: dict[State, str] = {
    "right": "green", "uncounted": "cyan", "follows": "yellow", "wrong": "red", "not_built": "bold red",
}  # fmt: skip
MAX_COLUMNS = 5
"""Columns of a sample that are printed; the key first, then what differs."""
_SIDE, _GAP = 11, 3
"""Width of the column that says gold or output, and of what stands between two columns."""


def print_evidence(console: Console, card: Scorecard, table: str | None, scenario: str | None) -> None:
    """Print everything about one table, about one scenario, or about one table in one scenario.

    Args:
        console: Where to.
        card: The trial.
        table: Its name, with or without schema; None = all that are wrong.
        scenario: None = all.

    Raises:
        LockgateError: The trial has no such table or scenario.
    """
    if scenario is not None:
        found = [item for item in card.scenarios if item.scenario == scenario]
        if not found:
            raise _unknown(card, "scenario", scenario, [item.scenario for item in card.scenarios])
        card = card.model_copy(update={"scenarios": tuple(found)})
    name = _table_name(card, table) if table is not None else None
    if scenario is not None and name is None:
        _print_scenario(console, card.scenarios[0])
    verdicts = read_verdicts(card)
    for row in verdicts.tables:
        if row.table == name:
            states = ", ".join(f"{where} {WORDS[state]}" for where, state, _ in row.cells)
            built_by = row.built_by or "no file of the submission"
            console.print(Text.assemble((row.table, "bold"), f", {row.stage}, built by {built_by}: {states}"))
    task = find_task(card.trial.task)
    tables = task.scored_tables if task else {}
    for item in (*verdicts.own, *verdicts.following):
        if name in (None, item.table):
            print_mismatch(console, item, len(card.scenarios), in_full=True)
            if item.result.verdict.sample:
                key = tables[item.table].key if item.table in tables else ()
                print_sample(console, item.result.verdict, key, len(item.result.verdict.sample))


def _table_name(card: Scorecard, wanted: str) -> str:
    known = list(dict.fromkeys(result.table for scenario in card.scenarios for result in scenario.tables))
    found = [name for name in known if wanted.lower() in (name.lower(), name.lower().partition(".")[2])]
    if len(found) != 1:
        raise _unknown(card, "scored table", wanted, found or known)
    return found[0]


def _unknown(card: Scorecard, what: str, wanted: str, known: list[str]) -> LockgateError:
    near = nearest(wanted, known)
    question = f" Did you mean '{near}'?" if near else ""
    listed = ", ".join(known) or "none"
    return LockgateError(f"Trial {card.trial.trial_id} has no {what} '{wanted}'.{question} It has: {listed}.")


def print_mismatch(console: Console, item: Mismatch, n_scenarios: int, *, in_full: bool = False) -> None:
    """Print what is wrong with a table.

    Args:
        console: Where to.
        item: The mismatch.
        n_scenarios: Scenarios of the trial.
        in_full: False = without what the scenarios' counts and the model alone say.
    """
    place = f" ({item.built_by})" if item.built_by else ""
    console.print(
        Text.assemble(
            (f"{WORDS[item.state]} ", STYLES[item.state]),
            (item.table, "bold"),
            f"{place} in {named_scenarios(item.scenarios, n_scenarios)}",
        )
    )
    verdict, alone = item.result.verdict, item.result.component
    console.print(Text(f"  {verdict.summary}"))
    if item.note:
        console.print(Text(f"  {item.note}", style="yellow"))
    if not in_full:
        return
    for scenario, summary in item.others:
        console.print(Text(f"  {scenario}: {summary}"))
    same = "the same." if alone.summary == verdict.summary else f"wrong, too: {alone.summary}"
    console.print(Text(f"  Alone on gold upstream: {'right.' if alone.is_match else same}"))
    for column in verdict.columns:
        types = f" (gold {column.gold_type}, output {column.output_type})" if column.gold_type else ""
        share = f"{column.n_rows:,} rows, {column.fraction:.1%}"
        console.print(Text(f"  {column.column}: {column.kind.replace('_', ' ')}{types}, {share}"))


def print_sample(console: Console, verdict: Verdict, key: tuple[str, ...], n_rows: int) -> None:
    """Print rows that differ: the key, what differs, then the rest as far as there is room.

    Args:
        console: Where to.
        verdict: With a sample.
        key: Columns that name a row.
        n_rows: At most so many.
    """
    columns, differ = sample_columns(verdict, key)
    rows = [row for item in verdict.sample[:n_rows] for row in (item.gold, item.output) if row is not None]
    texts = {name: [name, *(_cell(row, name) for row in rows)] for name in columns}
    shown = _fitting(texts, console.width)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1))
    table.add_column("  ")
    for name, width in shown.items():
        table.add_column(Text(name), overflow="fold", style="bold" if name in differ else "", width=width)
    for row in verdict.sample[:n_rows]:
        for side, values in (("gold", row.gold), ("output", row.output)):
            if values is not None:
                table.add_row(f"  {side}", *(Text(_cell(values, name)) for name in shown))
    console.print(table)
    if left := [name for name in columns if name in differ and name not in shown]:
        console.print(Text(f"  no room for what differs in {', '.join(left)}: --json", style="dim"))


def _cell(row: Mapping[str, object], name: str) -> str:
    value = row.get(name)
    return "NULL" if value is None else str(value)


def _fitting(texts: Mapping[str, Sequence[str]], width: int) -> dict[str, int]:
    """Columns of a sample that fit a line without a broken word, the first of them in any case, with their widths."""
    room = width - _SIDE
    shown: dict[str, int] = {}
    for name, cells in texts.items():
        needed = max((cell_len(word) for cell in cells for word in cell.split()), default=1)
        if not shown or (needed + _GAP <= room and len(shown) < MAX_COLUMNS):
            shown[name] = max(1, min(needed, room - _GAP))
            room -= shown[name] + _GAP
    for name in shown:  # what is left keeps the words of a cell on one line
        more = max(0, min(room, max(map(cell_len, texts[name])) - shown[name]))
        shown[name] += more
        room -= more
    return shown


def _print_scenario(console: Console, scenario: ScenarioResult) -> None:
    """Print figures, steps and expectations of a scenario."""
    scores = scenario.scores
    console.print(
        Text.assemble(
            (scenario.scenario, "bold green" if scenario.is_success else "bold red"),
            f"  seed {scenario.seed}, day {scenario.day}: {scores.n_matches} of {scores.n_tables} "
            f"{'faults' if scenario.faults else 'tables'}, CS {number(scores.component_score)}, "
            f"CFS {number(scores.cascading_failure_score)}",
        )
    )
    for step in scenario.steps:
        style = "" if step.status == "ok" else "red"
        console.print(Text(f"  {step.name} {step.status}{f': {step.message}' if step.message else ''}", style=style))
    for item in scenario.expectations:
        if not item.is_success:
            arguments = ", ".join(f"{name}={value}" for name, value in item.arguments.items())
            unexpected = item.error or f"{item.n_unexpected or 0} unexpected: {', '.join(item.unexpected_sample)}"
            console.print(Text(f"  {item.table} {item.expectation}({arguments}): {unexpected}", style="red"))
    if scenario.faults:
        for fault in scenario.faults.faults:
            caught = f"caught by {', '.join(fault.caught_by)}" if fault.is_caught else f"missed. {fault.breaks}"
            console.print(Text(f"  {fault.fault} in {fault.table}: {caught}", style="" if fault.is_caught else "red"))
