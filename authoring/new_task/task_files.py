"""The files of a new task: task.yaml, the ticket, and what is laid over the project."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from authoring.lineage.project_graph import LineageNode, ProjectGraph
from authoring.new_task.contract import Contract
from authoring.new_world.new_folder import HIDDEN_HEAD, check_name, new_folder, schema_line
from authoring.yaml_text import flow
from benchmark.errors import LockgateError, UnknownNameError
from benchmark.file_tree import FileTree
from benchmark.registry import list_tasks
from benchmark.stages import STAGES
from benchmark.task import CANARY, TaskKind
from benchmark.world import World

_WIDTH = 118


class NewTask(NamedTuple):
    """What was made, and what is left to a person."""

    folder: Path
    to_decide: tuple[str, ...]
    notes: tuple[str, ...] = ()


@contextmanager
def new_task_folder(world: World, name: str) -> Iterator[Path]:
    """The folder of a new task, moved to its place at the end.

    Raises:
        LockgateError: The name is not allowed or taken.
    """
    check_name(name)
    if taken := next((task for task in list_tasks() if task.id == name), None):
        raise LockgateError(f"There is a task '{name}' already, in {taken.folder}. Choose another name.")
    with new_folder(world.folder / "tasks" / name) as folder:
        yield folder


def find_models(world: World, graph: ProjectGraph, names: Sequence[str]) -> list[LineageNode]:
    """Models by name or as `schema.table`, each of them in tables.yaml.

    Raises:
        LockgateError: One is not there, or not in tables.yaml.
    """
    models = {node.full_name: node for node in graph.tables.values() if node.kind == "model" and node.path is not None}
    by_name = {node.path.stem: node for node in models.values() if node.path} | {m.name: m for m in models.values()}
    found = []
    for name in dict.fromkeys(part for text in names for part in text.split(",") if part):
        node = models.get(name) or by_name.get(name)
        if node is None:
            raise UnknownNameError("model", name, sorted(by_name))
        if node.full_name not in world.tables:
            raise LockgateError(f"tables.yaml does not list {node.full_name}: run `lockgate sync {world.id}` first.")
        found.append(node)
    return found


def below(graph: ProjectGraph, names: Sequence[str]) -> list[str]:
    """Everything that is made from these tables, themselves left out, sorted."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        for other, node in graph.tables.items():
            if name in node.upstream and other not in found:
                found.add(other)
                todo.append(other)
    return sorted(found - set(names))


def by_stage(world: World, names: Sequence[str]) -> dict[str, list[str]]:
    """Those of some tables that tables.yaml lists, by stage, in its order."""
    listed = [name for name in world.tables if name in set(names)]
    grouped = {stage: [name for name in listed if world.tables[name].stage == stage] for stage in STAGES}
    return {stage: found for stage, found in grouped.items() if found}


def task_text(
    folder: Path,
    *,
    kind: TaskKind,
    title: str,
    protected: Sequence[str],
    removed: Sequence[str],
    scored: Mapping[str, Sequence[str]],
) -> str:
    """The content of task.yaml.

    Args:
        folder: Where the task will stand.
        kind: What an agent does.
        title: One line.
        protected: What it must not change.
        removed: What the start lacks.
        scored: Stage -> tables.
    """
    n_tables = sum(len(names) for names in scored.values())
    difficulty = "easy" if n_tables <= 3 else "medium" if n_tables <= 6 else "hard"
    lines = [
        f"{schema_line('task', folder / 'task.yaml')}{HIDDEN_HEAD}",
        f"# Made by `lockgate new task`; edit freely.\nid: {folder.name}\nkind: {kind}\ntitle: {flow(title)}\n",
        f"difficulty: {difficulty}\n# A change here is undone before scoring.\nprotected: {flow(list(protected))}\n",
    ]
    if removed:
        listed = "".join(f"    - {flow(path)}\n" for path in removed)
        lines.append(f"start:\n  remove:\n{listed}")
    stages = "".join(f"  {stage}: {flow(list(names))}\n" for stage, names in scored.items())
    lines.append(f"scored:\n{stages}")
    return "".join(lines)


def protected_paths(tree: FileTree) -> list[str]:
    """What an agent need not change in a task about models."""
    fixed = ["el/*", "docs/*", "dbt/profiles.yml"]
    macro = next((name for name in tree if PurePosixPath(name).name == "generate_schema_name.sql"), None)
    return [pattern for pattern in fixed if any(name.startswith(pattern.rstrip("*")) for name in tree)] + (
        [macro] if macro else []
    )


def ticket_text(title: str, paragraphs: Sequence[str], contracts: Sequence[Contract], rules: Sequence[str]) -> str:
    """A ticket: why, the tables, what must hold."""
    parts = [
        f"<!-- {CANARY} -->\n# {title}\n",
        *(f"\n{text if text.startswith('|') else wrapped(text)}\n" for text in paragraphs),
    ]
    parts += [_table_section(contract) for contract in contracts]
    parts.append("\n## What must hold\n\n" + "".join(f"{wrapped(f'- {rule}', '  ')}\n" for rule in rules))
    return "".join(parts)


def _table_section(contract: Contract) -> str:
    grain = f"One row per {' and '.join(f'`{column}`' for column in contract.key)}." if contract.key else ""
    said = contract.description.rstrip(".")
    if said.lower().startswith("one row per"):
        grain = f"Key: {', '.join(f'`{column}`' for column in contract.key)}." if contract.key else ""
    lines = [f"\n## `{contract.table}`\n\n"]
    if intro := " ".join(part for part in (f"{said}." if said else "", grain) if part):
        lines.append(f"{wrapped(intro)}\n\n")
    lines.append("| column | what it holds |\n|---|---|\n")
    for column in contract.columns:
        origin = f" As in `{column.inherited_from}`." if column.inherited_from else ""
        text = f"{column.description.rstrip('.')}.{origin}" if column.description else "TODO: say what it holds."
        lines.append(f"| `{column.name}` | {text.replace('|', '/')} |\n")
    if contract.rules:
        lines.append("\n" + "".join(f"{wrapped(f'- {rule}', '  ')}\n" for rule in contract.rules))
    return "".join(lines)


def wrapped(text: str, indent: str = "") -> str:
    """Break a paragraph over lines."""
    return textwrap.fill(
        " ".join(text.split()), _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


USUAL_RULES = (
    "It is right every night, also for rows that come late or are corrected later. A second run on the same day "
    "changes nothing.",
    "Connections, profile and the schema macro stay as they are.",
)
"""What every ticket about models asks for."""
