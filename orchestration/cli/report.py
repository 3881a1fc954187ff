"""`lockgate report`: runs as a page, as JSON and as Markdown."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmark.errors import LockgateError
from orchestration.cli.options import JsonOption, runs_argument
from orchestration.cli.output import console

_OTHER_FORMATS = frozenset({".csv", ".htm", ".jsonl", ".parquet", ".pdf", ".txt", ".xml", ".yaml", ".yml"})
"""Ends of names that nobody gives a folder."""


def report(
    runs: Annotated[list[str], runs_argument()],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="Folder of page, JSON, Markdown and trials, or one file: .html, .json, .md."
        ),
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Serve it on loopback instead, as it changes, until Ctrl-C.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="With --serve: port on loopback; 0 = a free one.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Write a report of runs: standings with intervals, cost, stages, tasks, failures, and a page for every trial."""
    from orchestration.reports.lookup import find_run
    from orchestration.reports.run_report.build import build_report
    from orchestration.reports.run_report.read import read_runs
    from orchestration.reports.run_report.write import json_text, write_report

    runs = [find_run(name).run_id for name in runs]
    if output is not None and output.suffix in _OTHER_FORMATS and not output.is_dir():
        raise LockgateError(f"No report is written as {output.suffix}: choose .html, .json, .md, or a folder.")
    if serve:
        if output is not None or as_json:
            raise LockgateError("--serve writes nothing: leave --output and --json out.")
        _serve(runs, port)
        return
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


def _serve(runs: list[str], port: int) -> None:
    import socket

    from orchestration.reports.run_report.serve import serve_report

    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError as error:
            raise LockgateError(f"Port {port} on loopback is in use. Choose another --port.") from error
        console.print(
            f"Report: http://127.0.0.1:{listener.getsockname()[1]} (Ctrl-C stops it)", highlight=False, soft_wrap=True
        )
        serve_report(runs, listener)
