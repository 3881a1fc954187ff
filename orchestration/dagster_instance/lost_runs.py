"""Dagster runs whose process is gone: `kill -9` leaves them as if they still went on."""

import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import dagster as dg

TAG = ".dagster/lockgate_process"
"""The process that executes a run: its id and the time it started, which no later process shares.

The prefix hides the tag in the UI.
"""


def process_tag() -> dict[str, str]:
    """The tag of runs that this process executes."""
    return {TAG: _identity(os.getpid()) or str(os.getpid())}


def announce_cancel(instance: "dg.DagsterInstance", pids: Iterable[int]) -> None:
    """Tell Dagster that these processes are about to be interrupted: their runs become canceled, not failed."""
    tags = {_identity(pid) for pid in pids} - {None}  # a process that is gone already has none, as foreign runs
    for run in _unfinished(instance):
        if run.tags.get(TAG) in tags:
            instance.report_run_canceling(run)


def fail_lost_runs(instance: "dg.DagsterInstance") -> list[str]:
    """Mark the runs whose process is gone as failed.

    Returns:
        Their Dagster run ids.
    """
    lost = [run for run in _unfinished(instance) if TAG in run.tags and not _is_alive(run.tags[TAG])]
    for run in lost:
        instance.report_run_failed(run, "The process that executed this trial was killed. Its run can be resumed.")
    return [run.run_id for run in lost]


def _unfinished(instance: "dg.DagsterInstance") -> "Sequence[dg.DagsterRun]":
    from dagster import DagsterRunStatus, RunsFilter

    names = ("NOT_STARTED", "STARTING", "STARTED", "CANCELING")
    return instance.get_runs(RunsFilter(statuses=[DagsterRunStatus[name] for name in names]))


def _is_alive(tag: str) -> bool:
    pid, _, _ = tag.partition("-")
    return pid.isdigit() and _identity(int(pid)) == tag


def _identity(pid: int) -> str | None:
    """`<pid>-<clock ticks from boot to its start>`, None where there is no such process any more."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else f"{pid}-{fields[19]}"
