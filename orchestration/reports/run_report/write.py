"""Writing a report: a folder, or one file. What is not whole is never seen."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

from benchmark.errors import LockgateError
from benchmark.files import write_atomic
from orchestration.reports.html import Links, trial_page
from orchestration.reports.run_report.build import build_report
from orchestration.reports.run_report.markdown import markdown_text
from orchestration.reports.run_report.model import Report
from orchestration.reports.run_report.page import page_text, trial_path
from orchestration.reports.run_report.read import RunRecord

JSON_NAME = "report.json"
PAGE_NAME = "report.html"


def write_report(runs: list[RunRecord], target: Path) -> Report:
    """Compute the report and write it.

    Args:
        runs: From `read.read_runs`.
        target: A file that ends in .html, .json or .md, or a folder for all of it and the pages of the trials. A
            folder that is there is replaced if it holds a report.

    Returns:
        What was written.

    Raises:
        LockgateError: The target is something else, or cannot be written.
    """
    report = build_report(runs)
    writers: dict[str, Callable[[Report], str]] = {".json": json_text, ".md": markdown_text, ".html": page_text}
    try:
        if target.suffix in writers and not target.is_dir():
            write_atomic(target, writers[target.suffix](report))
        else:
            _write_folder(report, runs, target)
    except OSError as error:
        raise LockgateError(f"{target} cannot be written: {error.strerror or error}.") from error
    return report


def json_text(report: Report) -> str:
    """The content of `report.json`."""
    return report.model_dump_json(indent=1) + "\n"


def _write_folder(report: Report, runs: Sequence[RunRecord], target: Path) -> None:
    if target.exists() and not (target.is_dir() and (not any(target.iterdir()) or (target / JSON_NAME).is_file())):
        raise LockgateError(f"{target} is there and holds no report. Choose another -o, or remove it.")
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f".{target.name}.{uuid4().hex[:8]}.tmp")
    scratch.mkdir()
    try:
        (scratch / JSON_NAME).write_text(json_text(report), encoding="utf-8", errors="backslashreplace")
        (scratch / PAGE_NAME).write_text(page_text(report), encoding="utf-8", errors="backslashreplace")
        _write_trials(runs, scratch)
        (scratch / "report.md").write_text(markdown_text(report), encoding="utf-8", errors="backslashreplace")
        replace_folder(target, scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _write_trials(runs: Sequence[RunRecord], folder: Path) -> None:
    """A page for each trial that is done, where `trial_path` says; each leads to the next one and to the report."""
    trials = [trial for run in runs for trial in run.trials]
    addresses = ["", *(f"../../{quote(trial_path(trial.name))}" for trial in trials), ""]
    for number, trial in enumerate(trials):
        links = Links(f"../../{PAGE_NAME}", addresses[number], addresses[number + 2])
        path = folder / trial_path(trial.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(trial_page(trial.store, trial.card, links), encoding="utf-8", errors="backslashreplace")


def replace_folder(target: Path, new: Path) -> None:
    """Put a folder in the place of another, which is gone only when the new one stands."""
    if not target.exists():
        new.rename(target)
        return
    old = new.with_name(new.name.removesuffix(".tmp") + ".old.tmp")
    target.rename(old)
    try:
        new.rename(target)
    except OSError:
        old.rename(target)
        raise
    shutil.rmtree(old)
