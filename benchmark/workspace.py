"""The workspace of a trial: project + start, under git; the submission is a patch on it."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

from benchmark.errors import LockgateError
from benchmark.file_tree import FileTree, solution_files, start_files
from benchmark.files import project_files
from benchmark.task import Task

TICKET_NAME = "TICKET.md"
IGNORED = "target/\nlogs/\ndbt_packages/\n.user.yml\n__pycache__/\n*.duckdb\n*.duckdb.wal\n"

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


def lay_start(task: Task, folder: Path) -> None:
    """Write the starting state of a task, without ticket and git, into a new folder."""
    _lay(start_files(task), folder)


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
    _lay(solution_files(task, alternative), folder)
    _remove_empty_folders(folder)


def prepare_workspace(task: Task, folder: Path) -> None:
    """Make the workspace of a trial: the start, the ticket, one git commit.

    Args:
        task: The task.
        folder: Must not exist yet.
    """
    folder.mkdir(parents=True)
    lay_start(task, folder)
    (folder / TICKET_NAME).write_text(task.instruction, encoding="utf-8")
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    _git(folder, "init", "--quiet", "--initial-branch=main")
    _git(folder, "add", "--all")
    _git(folder, "commit", "--quiet", "--message=Start")


def collect_submission(task: Task, workspace: Path, scratch: Path) -> Submission:
    """The difference between a workspace and its start.

    The agent owned the workspace's `.git` and may have put hooks, filters or other objects there, so the
    difference is taken in a fresh repository: the start is laid again and the workspace's files over it.

    Args:
        task: The task.
        workspace: The agent's folder; only read, links in it are not followed.
        scratch: A folder that must not exist yet.
    """
    prepare_workspace(task, scratch)
    for path in project_files(scratch):
        (scratch / path).unlink()
    for path in project_files(workspace):
        source = workspace / path
        if source.is_symlink() or any(parent.is_symlink() for parent in _parents(workspace, path)):
            continue
        (scratch / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, scratch / path)
    for name in (TICKET_NAME, ".gitignore"):
        _git(scratch, "checkout", "--quiet", "--", name)
    _git(scratch, "add", "--all")
    patch = _git(scratch, "diff", "--cached", "--binary", "--no-renames", "--no-ext-diff", "--no-textconv")
    names = _git(scratch, "diff", "--cached", "--name-only", "--no-renames", "-z").decode().split("\0")
    return Submission(patch, tuple(sorted(name for name in names if name)))


def apply_submission(task: Task, patch: bytes, folder: Path) -> tuple[str, ...]:
    """Make the submitted project: the start, patched, with protected paths as they were.

    Args:
        task: The task.
        patch: A submission's patch; may be empty.
        folder: Must not exist yet.

    Returns:
        Protected paths that the patch had changed; the changes are undone.

    Raises:
        LockgateError: The patch does not apply to this task's start.
    """
    prepare_workspace(task, folder)
    if patch.strip():
        result = _run_git(folder, ["apply", "--whitespace=nowarn", "--index", "-"], patch)
        if result.returncode:
            raise LockgateError(
                f"The stored patch does not apply to the start of task {task.id}: {result.stderr.decode().strip()} "
                "The task has changed since; run the agent again."
            )
    names = _git(folder, "diff", "--cached", "--name-only", "--no-renames", "-z").decode().split("\0")
    protected = tuple(sorted(name for name in names if name and task.is_protected(name)))
    for name in protected:
        if _run_git(folder, ["checkout", "--quiet", "HEAD", "--", name], b"").returncode:
            (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / ".git")
    return protected


def _parents(root: Path, path: Path) -> list[Path]:
    return [root / parent for parent in path.parents if parent != Path()]


def _lay(tree: FileTree, folder: Path) -> None:
    for name, source in tree.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, folder / name)


def _remove_empty_folders(folder: Path) -> None:
    for path in sorted((p for p in folder.rglob("*") if p.is_dir() and ".git" not in p.parts), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


def _run_git(folder: Path, arguments: list[str], standard_input: bytes) -> subprocess.CompletedProcess[bytes]:
    command = [
        "git",
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "core.autocrlf=false",
        "-c",
        "core.symlinks=false",
        *arguments,
    ]
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": "/nonexistent", **_GIT_ENVIRONMENT}
    try:
        return subprocess.run(
            command, cwd=folder, input=standard_input, capture_output=True, env=environment, check=False
        )
    except FileNotFoundError as error:
        raise LockgateError(
            "git is not installed; Lockgate keeps workspaces under git. Install the package git."
        ) from error


def _git(folder: Path, *arguments: str) -> bytes:
    result = _run_git(folder, list(arguments), b"")
    if result.returncode:
        raise LockgateError(f"git {arguments[0]} failed in {folder}: {result.stderr.decode().strip()}")
    return result.stdout
