"""Deleting what Dagster keeps of runs that are gone: their events, and the database file of each."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from benchmark.paths import dagster_home, home_dir


def forget_runs(run_ids: Collection[str], dagster_run_ids: Collection[str]) -> str:
    """Delete Dagster's runs of Lockgate runs, with their events and materializations.

    Args:
        run_ids: Lockgate's runs.
        dagster_run_ids: More of Dagster's own ids, of runs that have no tag: those of suites.

    Returns:
        Why nothing was deleted; empty where all was, or there was nothing.
    """
    home = dagster_home()
    if not (home / "dagster.yaml").is_file():
        return ""
    if not home.is_relative_to(home_dir()):
        return f"{home} lies outside of LOCKGATE_HOME: what Dagster keeps of the removed runs is left alone."
    from dagster import DagsterInstance, RunsFilter
    from dagster._core.storage.event_log import SqliteEventLogStorage

    with DagsterInstance.from_config(str(home)) as instance:
        events = instance.event_log_storage
        if not isinstance(events, SqliteEventLogStorage) or not Path(events.path_for_shard("x")).is_relative_to(home):
            return "Dagster's storage is no SQLite in its home: what it keeps of the removed runs is left alone."
        tagged = instance.get_runs(RunsFilter(tags={"lockgate/run_id": list(run_ids)})) if run_ids else ()
        untagged = instance.get_runs(RunsFilter(run_ids=list(dagster_run_ids))) if dagster_run_ids else ()
        for run in {run.run_id: run for run in (*tagged, *untagged)}.values():
            instance.delete_run(run.run_id)
            for ending in ("", "-wal", "-shm"):
                Path(f"{events.path_for_shard(run.run_id)}{ending}").unlink(missing_ok=True)
    return ""
