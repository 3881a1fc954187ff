"""A task from a project's history: the start is the project before, the solution the project now."""

from __future__ import annotations

import subprocess
from pathlib import Path, PurePosixPath

from authoring.lineage.project_graph import read_project
from authoring.new_task.contract import contract_of
from authoring.new_task.task_files import (
    USUAL_RULES,
    NewTask,
    below,
    by_stage,
    new_task_folder,
    protected_paths,
    task_text,
    ticket_text,
)
from benchmark.errors import LockgateError
from benchmark.file_tree import HIDDEN_FOLDERS, world_files
from benchmark.files import IGNORED_NAMES
from benchmark.task import TaskKind
from benchmark.world import World


def write_commit_task(world: World, name: str, revision: str, kind: TaskKind = "evol") -> NewTask:
    """Make a task whose start is the project as it was at a revision.

    Args:
        world: The world; its project is under version control with git.
        name: Of the task.
        revision: Of git, for example `HEAD~1`.
        kind: Of the task.

    Raises:
        LockgateError: Git does not know the revision, nothing differs, or no listed table follows from what differs.
    """
    tree = world_files(world)
    before = _files_at(world.project_dir, revision)
    now = {path: file.read_bytes() for path, file in tree.items()}
    older = {path: text for path, text in before.items() if now.get(path) != text}
    added = sorted(path for path in now if path not in before)
    if not older and not added:
        raise LockgateError(f"The project of {world.id} is what it was at {revision}. Name an earlier revision.")
    graph = read_project(tree)
    differing = {path for path in (*older, *added) if path in tree}
    changed = [node.full_name for node in graph.tables.values() if any(tree[path] == node.path for path in differing)]
    scored = by_stage(world, [*changed, *below(graph, changed)])
    if not scored:
        raise LockgateError(
            f"No table of tables.yaml is made from what differs since {revision}: {', '.join(sorted(differing))}. "
            f"Run `lockgate sync {world.id}`, or name another revision."
        )
    message = _git(world.project_dir, "log", "--format=%s%n%n%b", f"{revision}..HEAD").decode(errors="replace").strip()
    subject = next(iter(message.splitlines()), "") or f"What changed since {revision}"
    contracts = [
        contract_of(table, world.tables[table], graph, tree)
        for tables in scored.values()
        for table in tables
        if table in changed
    ]
    protected = [path for path in protected_paths(tree) if not any(PurePosixPath(p).match(path) for p in differing)]
    with new_task_folder(world, name) as folder:
        place = world.folder / "tasks" / name
        text = task_text(place, kind=kind, title=subject, protected=protected, removed=added, scored=scored)
        (folder / "task.yaml").write_text(text, encoding="utf-8")
        paragraphs = [message.partition("\n")[2].strip() or "TODO: why it is wanted.", "The tables afterwards:"]
        ticket = ticket_text(subject, paragraphs, contracts, USUAL_RULES)
        (folder / "instruction.md").write_text(ticket, encoding="utf-8")
        for path, content in older.items():
            (folder / "start" / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / "start" / path).write_bytes(content)
    open_columns = [f"{c.table}: nobody describes {', '.join(c.undescribed)}." for c in contracts if c.undescribed]
    to_decide = (
        "instruction.md: the ticket is the message of the commit; say what must hold, not how it was done.",
        *(f"instruction.md: {sentence}" for sentence in open_columns),
    )
    notes = (
        f"older in the start: {', '.join(sorted(older)) or 'none'}",
        f"not in the start: {', '.join(added) or 'none'}",
    )
    return NewTask(place, to_decide, notes)


def _files_at(project: Path, revision: str) -> dict[str, bytes]:
    """The files of a pipeline at a revision, as agents get them."""
    listed = _git(project, "ls-tree", "-r", "-z", "--name-only", revision, "--", ".").decode().split("\0")
    paths = [path for path in listed if path and not IGNORED_NAMES & set(path.split("/"))]
    shown = [path for path in paths if path.split("/")[0] not in HIDDEN_FOLDERS]
    if not shown:
        raise LockgateError(f"{project} had no file at {revision}. Name a later revision.")
    return {path: _git(project, "show", f"{revision}:./{path}") for path in shown}


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True).stdout
    except OSError as error:
        raise LockgateError(f"git cannot be run: {error.strerror}. Install it.") from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip()
        raise LockgateError(f"git {' '.join(arguments)} in {folder}: {said}") from error
