"""The workspace of a trial: project + start, under git; the submission is a patch on it."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from benchmark.border import reading
from benchmark.errors import LockgateError, SubmissionError
from benchmark.file_tree import FileTree, solution_files, start_files
from benchmark.files import project_files
from benchmark.hostile_tree import remove_tree
from benchmark.patches import PatchError, apply_patch, make_patch
from benchmark.snapshot import take_snapshot
from benchmark.task import Task

TICKET_NAME = "TICKET.md"
IGNORED = """\
# What dbt, Python and DuckDB leave behind is not submitted: caches, logs and warehouses, which are built anew.
# Everything else in this folder is, whatever this or another .gitignore says: at most 20,000 files and 64 MiB.
# Links are followed inside this folder and left out where they lead elsewhere.
target/
logs/
.user.yml
__pycache__/
*.duckdb
*.duckdb.wal
"""

_GIT_ENVIRONMENT = {
    **{f"GIT_{role}_NAME": "start" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_EMAIL": "start@localhost" for role in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{role}_DATE": "2013-01-01T00:00:00Z" for role in ("AUTHOR", "COMMITTER")},
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null", "GIT_TERMINAL_PROMPT": "0",
}  # fmt: skip


class Submission(NamedTuple):
    """What an agent changed."""

    patch: bytes
    """`git diff --binary` against the start."""
    files_changed: tuple[str, ...]
    """Paths relative to the workspace, sorted."""
    left_out: tuple[str, ...] = ()
    """What the workspace holds and a submission cannot carry, each with the reason."""
    refused: str | None = None
    """Why the workspace is no submission at all; the patch is empty then."""


class AppliedSubmission(NamedTuple):
    """What a patch did."""

    files_changed: tuple[str, ...]
    """Paths relative to the workspace, sorted."""
    protected: tuple[str, ...]
    """Those among them that are protected; their changes were undone."""


def lay_start(task: Task, folder: Path) -> None:
    """Write the starting state of a task, without ticket and git, into a new folder."""
    lay_files(start_files(task), folder)


def lay_solution(task: Task, folder: Path, alternative: str | None = None) -> None:
    """Write the solution of a task into a new folder, or over a start.

    Args:
        task: The task.
        folder: New, or a workspace: its ticket and `.gitignore` stay, all its other files are replaced.
        alternative: One of the task's alternatives, whose files are laid over the solution.
    """
    for path in project_files(folder):
        if path.parts[0] not in (TICKET_NAME, ".gitignore"):
            (folder / path).unlink()
    lay_files(solution_files(task, alternative), folder)
    _remove_empty_folders(folder)


def prepare_workspace(task: Task, folder: Path) -> None:
    """Make the workspace of a trial: the start, the ticket, one git commit.

    Args:
        task: The task.
        folder: Must not exist yet.
    """
    folder.mkdir(parents=True)
    _lay_workspace(task, folder)
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message=Start")


def _lay_workspace(task: Task, folder: Path) -> None:
    """The start of a task with its ticket and the list of what is not submitted."""
    lay_start(task, folder)
    (folder / TICKET_NAME).write_text(task.instruction, encoding="utf-8")
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")


def collect_submission(task: Task, workspace: Path, scratch: Path) -> Submission:
    """The difference between a workspace and its start.

    The agent owned the workspace and may have put anything there. It is read as plain files (`benchmark.snapshot`), and
    git sees them as objects only (`benchmark.patches`): no link, attribute, filter or hook of the agent's takes part.

    Args:
        task: The task.
        workspace: The agent's folder; nothing runs in it any more.
        scratch: A folder that must not exist yet.

    Raises:
        SubmissionError: The workspace holds more than a submission may, or cannot be read.
        OurFaultError: The machine is at fault.
    """
    start = _start_files(task, scratch)
    found = take_snapshot(workspace)
    kept = {name: start[name] for name in (TICKET_NAME, ".gitignore")}
    end = {path: content for path, content in found.files.items() if path.split("/")[0] not in kept} | kept
    with reading("The workspace"):
        patch = make_patch(start, end, scratch)
        if apply_patch(start, patch, scratch) != end:
            raise SubmissionError("its patch makes other files of the start than it holds")
    return Submission(patch, _changed(start, end), found.left_out)


def apply_submission(task: Task, patch: bytes, folder: Path) -> AppliedSubmission:
    """Make the submitted project: the start, patched, with protected paths as they were.

    Args:
        task: The task.
        patch: A submission's patch; may be empty.
        folder: Must not exist yet.

    Raises:
        LockgateError: The patch does not apply to this task's start.
    """
    start = _start_files(task, folder)
    try:
        files = apply_patch(start, patch, folder)
    except PatchError as error:
        raise LockgateError(
            f"The stored patch does not apply to the start of task {task.id}: {error} "
            "The task has changed since; run the agent again."
        ) from error
    changed = _changed(start, files)
    protected = tuple(name for name in changed if task.is_protected(name))
    _put_back(files, start, protected)
    remove_tree(folder)
    _write(files, folder)
    return AppliedSubmission(changed, protected)


def _start_files(task: Task, folder: Path) -> dict[str, bytes]:
    """Lay the start of a task into a new folder and read it."""
    folder.mkdir(parents=True)
    _lay_workspace(task, folder)
    return {path.as_posix(): (folder / path).read_bytes() for path in project_files(folder)}


def _changed(start: Mapping[str, bytes], end: Mapping[str, bytes]) -> tuple[str, ...]:
    return tuple(sorted(path for path in start.keys() | end.keys() if start.get(path) != end.get(path)))


def _put_back(files: dict[str, bytes], start: Mapping[str, bytes], names: Iterable[str]) -> None:
    """Undo the changes of some paths; a file of the submission that stands in the way of one of them goes."""
    for name in names:
        files.pop(name, None)
        if name in start:
            above = {parent.as_posix() for parent in PurePosixPath(name).parents}
            for other in [path for path in files if path in above or path.startswith(f"{name}/")]:
                del files[other]
            files[name] = start[name]


def _write(files: Mapping[str, bytes], folder: Path) -> None:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def lay_files(tree: FileTree, folder: Path) -> None:
    """Copy files to where they lie in a pipeline, below a folder that need not exist."""
    for name, source in tree.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / name)


def _remove_empty_folders(folder: Path) -> None:
    for path in sorted((p for p in folder.rglob("*") if p.is_dir() and ".git" not in p.parts), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


def _git(folder: Path, *arguments: str) -> None:
    """Call git on a folder that nobody else has touched yet."""
    settings = ("core.hooksPath=/dev/null", "core.autocrlf=false", "core.symlinks=false")
    command = ["git", *(part for setting in settings for part in ("-c", setting)), *arguments]
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent", **_GIT_ENVIRONMENT}
    try:
        result = subprocess.run(command, cwd=folder, capture_output=True, env=environment, check=False)
    except FileNotFoundError as error:
        raise LockgateError(
            "git is not installed; Lockgate keeps workspaces under git. Install the package git."
        ) from error
    if result.returncode:
        raise LockgateError(f"git {arguments[0]} failed in {folder}: {result.stderr.decode().strip()}")
