"""The folder of a leaderboard: what may be one, one writer at a time, and the pages that are made from its runs."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from benchmark.errors import LockgateError
from benchmark.files import write_atomic
from benchmark.run_store import RunStore
from orchestration.publication.index import (
    INDEX_NAME,
    OUR_NAMES,
    PAGE_NAME,
    README_NAME,
    REPORT_NAME,
    RUNS_NAME,
    Leaderboard,
)
from orchestration.publication.pages import page_text, readme_text
from orchestration.reports.run_report.model import Report
from orchestration.reports.run_report.read import read_stores
from orchestration.reports.run_report.write import replace_folder, write_report


def require_place(directory: Path) -> None:
    """Refuse a folder that holds something of others under our names.

    Raises:
        LockgateError: It does, it is no folder, or it cannot be written.
    """
    if directory.exists() and not directory.is_dir():
        raise LockgateError(f"{directory} is a file. Name the folder of a leaderboard.")
    nearest = next(path for path in (directory, *directory.parents) if path.exists())
    if not os.access(nearest, os.W_OK):
        raise LockgateError(f"{directory} cannot be written: {nearest} is read-only. Name another folder.")
    if (directory / INDEX_NAME).is_file():
        return
    taken = [name for name in OUR_NAMES if (directory / name).exists()]
    if taken:
        raise LockgateError(
            f"{directory} holds no leaderboard, and has {' and '.join(taken)} already, where a leaderboard writes. "
            "Name another folder, or an empty one in it."
        )


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """Be the only one who writes into a folder; the lock is gone when the process is.

    Raises:
        LockgateError: Another process publishes into it.
    """
    handle = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LockgateError(f"Another process publishes into {directory}. Wait for it.") from error
    else:
        yield
    finally:
        os.close(handle)


@contextmanager
def staging(directory: Path) -> Iterator[Path]:
    """A new folder beside another one, on the same disk; it is gone at the end."""
    path = directory.with_name(f".{directory.name}.{uuid4().hex[:8]}.tmp")
    path.mkdir()
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def write_pages(board: Leaderboard, stores: Sequence[RunStore], target: Path) -> Report:
    """Write everything that is made from the runs: index, its page, README, and the report.

    Args:
        board: The index.
        stores: Its runs, wherever they lie now.
        target: A folder without these.
    """
    report = write_report(read_stores(stores), target / REPORT_NAME)
    write_atomic(target / PAGE_NAME, page_text(board, report, stores))
    write_atomic(target / README_NAME, readme_text(board, report))
    write_index(board, target)
    return report


def write_index(board: Leaderboard, directory: Path) -> None:
    """Write `leaderboard.json`."""
    write_atomic(directory / INDEX_NAME, board.model_dump_json(indent=1) + "\n")


def move_in(staged: Path, directory: Path, run_ids: Sequence[str]) -> None:
    """Put staged runs and pages into a leaderboard; the index comes last, and what it does not name does not count."""
    if not (directory / INDEX_NAME).is_file():  # from now on the folder is ours, also if this process is killed
        empty = Leaderboard.model_validate_json((staged / INDEX_NAME).read_bytes()).model_copy(update={"runs": ()})
        write_index(empty, directory)
    (directory / RUNS_NAME).mkdir(exist_ok=True)
    for run_id in run_ids:
        place = directory / RUNS_NAME / run_id
        shutil.rmtree(place, ignore_errors=True)  # of a command that was killed: the index does not name it
        (staged / RUNS_NAME / run_id).rename(place)
    replace_folder(directory / REPORT_NAME, staged / REPORT_NAME)
    for name in (PAGE_NAME, README_NAME, INDEX_NAME):
        (staged / name).replace(directory / name)


def size_of(directory: Path) -> tuple[int, int]:
    """Number of our files in a leaderboard, and their bytes."""
    roots = [directory / name for name in OUR_NAMES]
    files = [path for root in roots for path in ([root] if root.is_file() else root.rglob("*")) if path.is_file()]
    return len(files), sum(path.stat().st_size for path in files)
