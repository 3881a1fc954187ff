"""Checking a leaderboard: are its files whole, and does every figure follow from them?"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

from benchmark.errors import LockgateError
from benchmark.files import scratch_folder
from benchmark.run_store import CHECKSUMS_NAME, RunPlan, RunStore
from orchestration.publication.broken_rules import BrokenRule, listed
from orchestration.publication.folder import size_of, write_pages
from orchestration.publication.index import (
    INDEX_NAME,
    PAGE_NAME,
    README_NAME,
    REPORT_NAME,
    RUNS_NAME,
    Leaderboard,
    PublishedRun,
    describe_run,
    read_leaderboard,
)
from orchestration.publication.outcome import Outcome, Watch
from orchestration.publication.rescoring import check_verdicts
from orchestration.publication.rules import check_run
from orchestration.publication.run_files import read_checksums
from orchestration.publication.suite import suite_tasks, version_rules


def check_leaderboard(directory: Path, *, score_again: bool, n_parallel: int, watch: Watch) -> Outcome:
    """Check a leaderboard whose files may come from anybody; nothing in it is written.

    Args:
        directory: Its folder.
        score_again: Whether every submission is scored again, behind the sandbox.
        n_parallel: Submissions at once.
        watch: Shows how that goes on.

    Raises:
        LockgateError: It holds no leaderboard, or a file cannot be read.
    """
    board = read_leaderboard(directory)
    if board is None:
        raise LockgateError(f"{directory} holds no leaderboard: there is no {INDEX_NAME} in it.")
    rules = [*version_rules(board, suite_tasks(board.suite)), *check_files(board, directory)]
    runs: list[tuple[RunStore, RunPlan]] = []
    if not rules:
        runs = [(store, store.read_plan()) for store in board.stores(directory)]
        for (store, plan), entry in zip(runs, board.runs, strict=True):
            rules += [*check_run(store, plan, board.suite, list(board.versions)), *_check_entry(store, plan, entry)]
    if not rules:
        rules += _check_pages(board, [store for store, _ in runs], directory)
    n_trials = 0
    if not rules and score_again:
        n_trials = sum(len(plan.trials) for _, plan in runs)
        rules += check_verdicts(runs, board.versions, n_parallel=n_parallel, is_foreign=True, watch=watch)
    n_files, size_bytes = size_of(directory)
    return Outcome(
        board.suite, tuple(rules), unchanged=tuple(entry.run_id for entry in board.runs), n_scored_again=n_trials,
        n_files=n_files, size_bytes=size_bytes,
    )  # fmt: skip


def check_files(board: Leaderboard, directory: Path, coming: Collection[str] = ()) -> list[BrokenRule]:
    """Say which files of the runs are missing, too many, or not what they were.

    Args:
        board: The index.
        directory: The leaderboard's folder.
        coming: Runs that are about to be added: what a command that was killed left of them is replaced.
    """
    rules = [rule for entry in board.runs for rule in _check_run_files(directory / RUNS_NAME / entry.run_id, entry)]
    known = {entry.run_id for entry in board.runs}.union(coming)
    runs = directory / RUNS_NAME
    strays = sorted(path.name for path in runs.iterdir() if path.name not in known) if runs.is_dir() else []
    if strays:
        rules.append(
            BrokenRule(
                RUNS_NAME,
                f"{listed(strays)} is not in {INDEX_NAME}. Publish it, which replaces what is there, or remove it",
            )
        )
    return rules


def _check_run_files(folder: Path, entry: PublishedRun) -> Iterator[BrokenRule]:
    place, advice = f"run {entry.run_id}", "Take the files from the last good commit"
    sums = folder / CHECKSUMS_NAME
    if not sums.is_file() or hashlib.sha256(sums.read_bytes()).hexdigest() != entry.checksum:
        yield BrokenRule(place, f"{CHECKSUMS_NAME} is missing or was changed. {advice}")
        return
    wanted = read_checksums(folder)
    paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not _is_folder(path)}
    paths.pop(CHECKSUMS_NAME, None)
    found = {name: path for name, path in paths.items() if path.is_file() and not path.is_symlink()}
    for what, names in (
        ("missing", wanted.keys() - found.keys()),
        ("not of the run", paths.keys() - wanted.keys()),
        ("changed", {name for name in wanted.keys() & found.keys() if _hash(found[name]) != wanted[name]}),
    ):
        if names:
            verb = "is" if len(names) == 1 else "are"
            yield BrokenRule(place, f"{listed(sorted(names))} {verb} {what}. {advice}")


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _check_entry(store: RunStore, plan: RunPlan, entry: PublishedRun) -> Iterator[BrokenRule]:
    fits = plan.run_id == entry.run_id and describe_run(store, plan) == entry
    if not fits:
        yield BrokenRule(f"run {entry.run_id}", f"its entry in {INDEX_NAME} does not fit its files")


def _check_pages(board: Leaderboard, stores: list[RunStore], directory: Path) -> Iterator[BrokenRule]:
    """Index, front page, README and report are made again, and must be the same to the byte."""
    with scratch_folder("publish") as scratch:
        write_pages(board, stores, scratch)
        wanted, found = _pages_in(scratch), _pages_in(directory)
        differing = sorted(
            name
            for name in wanted.keys() | found.keys()
            if name not in wanted or name not in found or wanted[name].read_bytes() != found[name].read_bytes()
        )
    if differing:
        yield BrokenRule(
            "pages",
            f"{listed(differing)}: not what this version of Lockgate makes of the runs. "
            f"Make them again: lockgate publish {directory}",
        )


def _pages_in(folder: Path) -> dict[str, Path]:
    report = [path for path in (folder / REPORT_NAME).rglob("*") if not _is_folder(path)]
    tops = [folder / name for name in (INDEX_NAME, PAGE_NAME, README_NAME)]
    paths = [path for path in (*tops, *report) if path.is_file()]
    return {path.relative_to(folder).as_posix(): path for path in paths}
