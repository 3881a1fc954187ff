"""`lockgate report`: runs as a page, as JSON and as Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.options import JsonOption
from orchestration.cli.output import console


def report(
    runs: Annotated[list[str], typer.Argument(help="Runs, as `lockgate runs` lists them.", metavar="RUN...")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder of page, JSON, Markdown and trials, or one file: .html, .json, .md."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Write a report of runs: standings with intervals, cost, stages, tasks, failures, and a page for every trial."""
    from orchestration.reports.run_report.build import build_report
    from orchestration.reports.run_report.read import read_runs
    from orchestration.reports.run_report.write import json_text, write_report

    found = read_runs(runs)
    if as_json and output is None:
        typer.echo(json_text(build_report(found)), nl=False)
        return
    target = output or Path(f"report-{found[-1].plan.run_id}")
    written = write_report(found, target)
    if as_json:
        typer.echo(json_text(written), nl=False)
        return
    console.print(written.sentence, markup=False, highlight=False)
    for text in written.warnings:
        console.print(f"- {text}", style="yellow", markup=False, highlight=False)
    console.print(f"Written: {target}", markup=False, highlight=False, soft_wrap=True)
