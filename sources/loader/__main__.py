"""`python -m sources.loader`: load the connections of a folder by hand."""

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmark.errors import LockgateError
from sources.loader import LoadReport, LoadRequest, load


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns 0 when every stream was loaded, else 1."""
    options = _parser().parse_args(arguments)
    errors = Console(stderr=True, soft_wrap=True, highlight=False, markup=False)
    try:
        request = LoadRequest(
            el_dir=options.el,
            warehouse_path=options.warehouse,
            now=_pinned_now(),
            environment=dict(os.environ),
            connections=tuple(options.connection) if options.connection else None,
        )
        report = load(request)
    except LockgateError as error:
        errors.print(str(error))
        return 1
    _show(report, Console(highlight=False))
    for sentence in report.errors:
        errors.print(sentence)
    return 0 if report.is_ok else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sources.loader",
        description="Load the connections of a folder into a DuckDB file.",
        epilog="${NAME} in a file comes from the environment. PINNED_NOW (ISO 8601) is the time of the load.",
    )
    parser.add_argument("--el", type=Path, required=True, help="folder of the connection files (*.yaml)")
    parser.add_argument("--warehouse", type=Path, required=True, help="DuckDB file; made when it is absent")
    parser.add_argument("--connection", action="append", help="load this connection only; may be given several times")
    return parser


def _pinned_now() -> datetime:
    text = os.environ.get("PINNED_NOW", "")
    try:
        now = datetime.fromisoformat(text)
    except ValueError as error:
        shown = f"'{text}'" if text else "not set"
        raise LockgateError(
            f"Variable PINNED_NOW is {shown}. Set it to the time of the load, for example 2013-03-14T23:30:00+00:00."
        ) from error
    return now if now.tzinfo else now.replace(tzinfo=UTC)


def _show(report: LoadReport, console: Console) -> None:
    table = Table("connection", "stream", "sync", "status", "records")
    for stream in report.streams:
        table.add_row(stream.connection, stream.stream, stream.sync, stream.status, str(stream.n_records))
    console.print(table)
    for stream in report.streams:
        for warning in stream.warnings:
            console.print(f"warning: {warning}", markup=False)


if __name__ == "__main__":
    sys.exit(main())
