"""The stored files of a trial: its patch and its logs, `--diff` and `--logs`."""

from __future__ import annotations

import shutil
import sys

from rich.console import Console
from rich.text import Text

from benchmark.errors import LockgateError
from benchmark.run_store import TrialStore
from orchestration.reports.trial_page.logs import read_logs
from orchestration.reports.trial_page.patch import Sign, read_patch

_STYLES: dict[Sign, str] = {"+": "green", "-": "red", "@": "cyan", " ": ""}


def print_diff(console: Console, store: TrialStore) -> None:
    """Print the patch of a trial: for a person up to a limit and in colours, into a pipe or file byte for byte.

    Raises:
        LockgateError: There is none yet.
    """
    patch = read_patch(store)
    if patch is None:
        raise LockgateError(f"Trial {store.name} has no submission yet.")
    if not console.is_terminal:
        with store.patch_path.open("rb") as stored:
            shutil.copyfileobj(stored, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    for file in patch.files:
        binary = ", binary" if file.is_binary else ""
        console.print(Text(f"{file.path} ({file.change}{binary}) +{file.n_added} -{file.n_removed}", style="bold"))
        for sign, line in file.lines:
            console.print(Text(line if sign == "@" else f"{sign}{line}", style=_STYLES[sign]))
        if file.n_left_out:
            console.print(Text(f"… {file.n_left_out:,} more lines", style="dim"))
    if patch.n_more_files or patch.is_cut:
        console.print(
            Text(f"… it has {patch.n_bytes:,} bytes; all of it: {store.patch_path}", style="dim"), soft_wrap=True
        )
    if not patch.files:
        console.print(Text("Nothing was changed."))


def print_logs(console: Console, store: TrialStore, scenario: str | None) -> None:
    """Print the ends of the logs of a trial.

    Args:
        console: Where to.
        store: The trial.
        scenario: Its logs only; None = all.

    Raises:
        LockgateError: There are none.
    """
    logs = read_logs(store, only=scenario)
    if not logs:
        known = ", ".join(sorted({log.name.partition("/")[0] for log in read_logs(store)}))
        there = f" It has logs of: {known}." if known else ""
        raise LockgateError(f"Trial {store.name} has no logs{f' of {scenario}' if scenario else ''}.{there}")
    for log in logs:
        console.print(Text(f"{log.name}{f' (the end of {log.n_bytes:,} bytes)' if log.is_cut else ''}", style="bold"))
        console.print(Text(log.text.rstrip("\n")))
    console.print(Text(f"In full: {store.logs_dir}", style="dim"), soft_wrap=True)
