"""`lockgate check`: everything that is wrong in worlds and tasks, before anything runs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.options import JsonOption
from orchestration.cli.output import console
from orchestration.counted import counted

if TYPE_CHECKING:
    from authoring.check.findings import Finding
    from benchmark.task import Task


def check(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORLD|TASK|PATH]...", help="Worlds, globs over tasks, or paths. Default: every world."
        ),
    ] = None,
    level: Annotated[
        str, typer.Option(help="spec (files alone), build (also loads and builds), or trial (also oracle and idle).")
    ] = "spec",
    as_json: JsonOption = False,
) -> None:
    """Find every static mistake of worlds, tasks and tickets at once; exit code 1 when there is one.

    With --level build each task without one is built, too: start and solution, on two seeds. With --level trial oracle
    and idle agent try those that build. Minutes for each task.
    """
    from authoring.check.check import check as run_check
    from authoring.check.check import chosen_folders
    from authoring.check.levels import LEVELS, check_further
    from benchmark.errors import UnknownNameError

    if level not in LEVELS:
        raise UnknownNameError("level", level, list(LEVELS))
    report = run_check(names or [])
    if level != "spec":
        report = check_further(report, chosen_folders(names or []), level, _try_tasks)
    n_warnings = len(report.findings) - report.n_errors
    if as_json:
        content = {
            "n_worlds": report.n_worlds,
            "n_tasks": report.n_tasks,
            "n_errors": report.n_errors,
            "n_warnings": n_warnings,
            "findings": [finding.as_json() for finding in report.findings],
        }
        typer.echo(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        _print_findings(report.findings)
        checked = f"{counted(report.n_worlds, 'world')}, {counted(report.n_tasks, 'task')}"
        found = f"{counted(report.n_errors, 'error')}, {counted(n_warnings, 'warning')}"
        console.print(f"{checked}: {found if report.findings else 'nothing is wrong'}.", highlight=False)
    if report.n_errors:
        raise typer.Exit(1)


def _try_tasks(tasks: Sequence[Task]) -> list[Finding]:
    """Oracle and idle agent on tasks: the one must pass, the other must not."""
    from authoring.check.findings import Finding
    from benchmark.run_store import RunStore
    from orchestration.cli.trials import execute
    from orchestration.planning.matrix import RunMatrix
    from orchestration.planning.trials import new_run_id, start_or_resume

    if not tasks:
        return []
    store = RunStore(f"check-{new_run_id()}")
    matrix = RunMatrix(agents=("oracle", "idle"), tasks=tuple(task.id for task in tasks))
    with store.lock():
        plan = start_or_resume(store, matrix.plan(store.run_id, matrix.choose_tasks()))
        scorecards = execute(store, plan, matrix.parallel, matrix.providers)
    paths = {task.id: task.folder / "task.yaml" for task in tasks}
    findings = []
    for card in scorecards:
        path, place = paths[card.trial.task], f"{store.run_id}/{card.trial.trial_id}"
        if card.status == "unscored":
            findings.append(Finding(path, "LG609", f"{place} is unscored: {card.unscored_reason}"))
        elif card.trial.agent == "oracle" and not card.success:
            findings.append(Finding(path, "LG606", f"the oracle does not pass: {place}"))
        elif card.trial.agent == "idle" and card.success:
            findings.append(Finding(path, "LG607", f"the idle agent passes: {place}"))
    return findings


def _print_findings(findings: Sequence[Finding]) -> None:
    """Print a block for each file: line, code, message, and what to do."""
    from rich.table import Table
    from rich.text import Text

    for file, group in groupby(findings, key=lambda finding: finding.file):
        console.print(Text(file, style="bold"), soft_wrap=True)
        block = Table.grid(padding=(0, 1))
        block.add_column(justify="right", min_width=5, no_wrap=True)
        block.add_column(no_wrap=True)
        block.add_column(overflow="fold")
        for finding in group:
            style = "yellow" if finding.is_warning else "red"
            message = Text(f"{'warning: ' if finding.is_warning else ''}{finding.message}\n")
            message.append(finding.advice, style="dim")
            block.add_row(str(finding.line or ""), Text(finding.code, style=style), message)
        console.print(block)
        console.print()
