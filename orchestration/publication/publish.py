"""Adding runs to a leaderboard: check every rule, score again, build beside, move in."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from benchmark.errors import LockgateError
from benchmark.files import scratch_folder
from benchmark.run_store import RunPlan, RunStore
from orchestration.publication.broken_rules import BrokenRule, listed
from orchestration.publication.check import check_files
from orchestration.publication.folder import locked, move_in, require_place, size_of, staging, write_pages
from orchestration.publication.index import RUNS_NAME, Leaderboard, describe_run, read_leaderboard
from orchestration.publication.outcome import Outcome, Watch
from orchestration.publication.rescoring import check_verdicts
from orchestration.publication.rules import check_run
from orchestration.publication.run_files import check_patches, read_checksums, write_run
from orchestration.publication.suite import choose_suite, suite_tasks, version_rules


def publish(
    directory: Path,
    stores: Sequence[RunStore],
    *,
    suite: str | None,
    is_check: bool,
    n_parallel: int,
    watch: Watch,
) -> Outcome:
    """Add runs to a leaderboard, or say why not; without runs, make its pages again.

    Args:
        directory: The leaderboard's folder; it is made where it does not exist.
        stores: Runs of this machine.
        suite: Tag of the tasks; None = that of the leaderboard, or of exactly the tasks of the runs.
        is_check: Whether to write nothing.
        n_parallel: Submissions that are scored again at once.
        watch: Shows how that goes on.

    Returns:
        What was done. Where rules are broken, nothing was.

    Raises:
        LockgateError: The folder, the suite or a run is not usable.
    """
    require_place(directory)
    found = read_leaderboard(directory)
    plans = [store.read_plan() for store in stores]
    if found is None and not stores:
        raise LockgateError(f"{directory} holds no leaderboard yet. Name a run: lockgate publish {directory} RUN.")
    tag = choose_suite(suite, found, plans)
    here = suite_tasks(tag)
    board = found or Leaderboard(suite=tag, tasks=here, runs=())
    rules = [*version_rules(board, here), *check_files(board, directory, [plan.run_id for plan in plans])]
    unchanged, changed = _sort_out(directory, board, stores, plans)
    known = {entry.run_id for entry in board.runs}
    new = [(store, plan) for store, plan in zip(stores, plans, strict=True) if store.run_id not in known]
    rules += changed
    for store, plan in new:
        rules += [*check_run(store, plan, tag, list(board.versions)), *check_patches(store, plan)]
    outcome = Outcome(tag, tuple(rules), unchanged=unchanged)
    if rules:
        return outcome
    n_trials = sum(len(plan.trials) for _, plan in new)
    if new:
        with ExitStack() as locks:
            for store, _ in new:
                locks.enter_context(store.lock())
            rules += check_verdicts(new, board.versions, n_parallel=n_parallel, is_foreign=False, watch=watch)
        outcome = replace(outcome, broken=tuple(rules), n_scored_again=n_trials)
    if is_check or outcome.broken or (stores and not new):
        return outcome
    try:
        add_runs(directory, found, board, new)
    except OSError as error:
        raise LockgateError(f"{error.filename or directory} cannot be written: {error.strerror or error}.") from error
    n_files, size_bytes = size_of(directory)
    added = tuple(store.run_id for store, _ in new)
    return replace(outcome, added=added, is_written=True, n_files=n_files, size_bytes=size_bytes)


def _sort_out(
    directory: Path, board: Leaderboard, stores: Sequence[RunStore], plans: Sequence[RunPlan]
) -> tuple[tuple[str, ...], list[BrokenRule]]:
    """Which runs are in the leaderboard already, and what stands against those that are in it with other content."""
    entries = {entry.run_id: entry for entry in board.runs}
    unchanged, rules = [], []
    for store, plan in zip(stores, plans, strict=True):
        entry = entries.get(store.run_id)
        if entry is None:
            continue
        with scratch_folder("publish") as scratch:
            folder = scratch / store.run_id
            write_run(store, plan, entry.planned_at, folder)
            ours, theirs = read_checksums(folder), read_checksums(directory / RUNS_NAME / store.run_id)
        if differing := sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)):
            rules.append(
                BrokenRule(
                    f"run {store.run_id}",
                    f"is in the leaderboard with other content ({listed(differing)}). A published run does not change: "
                    "publish another run, with an id of its own",
                )
            )
        else:
            unchanged.append(store.run_id)
    return tuple(unchanged), rules


def add_runs(
    directory: Path, found: Leaderboard | None, board: Leaderboard, new: Sequence[tuple[RunStore, RunPlan]]
) -> None:
    """Build runs and pages beside the folder, and move them in. The rules are the caller's.

    Args:
        directory: The leaderboard's folder.
        found: Its index as the caller read it; None = there is none yet.
        board: The same, or a new index without runs.
        new: Runs that are not in it.

    Raises:
        LockgateError: Somebody else changed the leaderboard meanwhile.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with locked(directory), staging(directory) as staged:
        if read_leaderboard(directory) != found:
            raise LockgateError(f"{directory} was changed meanwhile. Give the same command again.")
        runs = staged / RUNS_NAME
        entries = []
        for store, plan in new:
            published = write_run(store, plan, store.planned_at(plan), runs / store.run_id)
            entries.append(describe_run(RunStore(store.run_id, runs), published))
        board = board.with_runs(entries)
        added = [entry.run_id for entry in entries]
        places = dict.fromkeys(added, runs)
        stores = [RunStore(entry.run_id, places.get(entry.run_id, directory / RUNS_NAME)) for entry in board.runs]
        write_pages(board, stores, staged)
        move_in(staged, directory, added)
