"""The front page of a leaderboard, as HTML and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple
from urllib.parse import quote

from jinja2 import Template

from benchmark.run_store import RunStore, TrialStore
from benchmark.scorecard import Scorecard
from orchestration.publication.index import REPORT_NAME, RUNS_NAME, Leaderboard
from orchestration.publication.rules import MIN_ATTEMPTS
from orchestration.reports.console import number
from orchestration.reports.page_templates import page_environment
from orchestration.reports.run_report.markdown import RANKS_NOTE, escape, markdown_table, standings_table
from orchestration.reports.run_report.model import Report
from orchestration.reports.run_report.page import trial_path
from orchestration.reports.run_report.shown import interval, usd

CHECKED = (
    "every competitor has tried all tasks of the suite, in the versions that are listed, "
    f"at least {MIN_ATTEMPTS} times each",
    "data and scenarios are the tasks' own",
    "no trial is missing or unscored",
    "every agent but the references (oracle, idle, saboteur) has a trajectory of each trial",
    "each stored submission was scored again, without the agent, and had the same verdict in everything",
)
"""What was checked before a run came in."""


class TrialFiles(NamedTuple):
    """A trial in the list of a run."""

    card: Scorecard
    page: str
    """Address of its page."""
    files: tuple[tuple[str, str], ...]
    """Name and address of each of its files."""


def page_text(board: Leaderboard, report: Report, stores: Sequence[RunStore]) -> str:
    """`index.html`; everything that an agent or a person wrote is escaped.

    Args:
        board: The index.
        report: Of all its runs.
        stores: The runs, in the order of the index.
    """
    return _template().render(
        board=board,
        report=report,
        checked=CHECKED,
        ranks_note=RANKS_NOTE,
        tasks={row.task: row for row in report.tasks},
        trials={store.run_id: _list_trials(store) for store in stores},
        check_command=_CHECK,
    )


_CHECK = "lockgate publish . --check"


def readme_text(board: Leaderboard, report: Report) -> str:
    """`README.md`, for who reads the folder where it is kept."""
    runs = markdown_table(
        ("run", "planned", "competitors", "trials", "attempts", "files", "MB"),
        [
            (
                entry.run_id, entry.planned_at[:10], ", ".join(entry.competitors), str(entry.n_trials),
                str(entry.n_attempts), str(entry.n_files), megabytes(entry.size_bytes),
            )
            for entry in board.runs
        ],
    )  # fmt: skip
    tasks = markdown_table(("task", "version"), [(entry.task, entry.version) for entry in board.tasks])
    parts = [
        f"# Lockgate leaderboard: {escape(board.suite)}",
        f"Tasks: {len(board.tasks)}. Competitors: {len(report.competitors)}. Runs: {len(board.runs)}.",
        escape(report.sentence),
        "\n".join(f"- {escape(text)}" for text in report.warnings),
        f"All figures and a page for every trial: `{REPORT_NAME}/report.html`, or `index.html` in a browser.",
        "## Standings",
        standings_table(report),
        RANKS_NOTE,
        "## Runs",
        runs,
        "## Tasks",
        tasks,
        "## What was checked before a run came in",
        "\n".join(f"- {text}" for text in CHECKED),
        f"`{_CHECK}` says whether the files are whole and every figure follows from them; with `--score-again` it "
        "scores every submission again, too.",
        "This page, `index.html` and the report are made from `runs/`: do not write them by hand.",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def megabytes(size_bytes: int) -> str:
    """A size in megabytes."""
    return f"{size_bytes / 1e6:.1f}" if size_bytes >= 100_000 else f"{size_bytes / 1e6:.2f}"


def _list_trials(store: RunStore) -> list[TrialFiles]:
    listed = []
    for plan in store.read_plan().trials:
        trial = store.trial(plan.trial_id)
        if (card := trial.read_scorecard()) is not None:
            page = quote(f"{REPORT_NAME}/{trial_path(trial.name)}")
            listed.append(TrialFiles(card, page, _files(trial)))
    return listed


def _files(trial: TrialStore) -> tuple[tuple[str, str], ...]:
    paths = {"scorecard": trial.scorecard_path, "patch": trial.patch_path, "trajectory": trial.trajectory_path}
    base = f"{RUNS_NAME}/{trial.run_id}/trials/{trial.folder.name}"
    return tuple((name, quote(f"{base}/{path.name}")) for name, path in paths.items() if path.is_file())


@cache
def _template() -> Template:
    environment = page_environment("report")
    environment.filters |= {"number": number, "interval": interval, "usd": usd, "megabytes": megabytes}
    return environment.get_template("leaderboard.html")
