"""The `task.yaml` of a generated task."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from authoring.generate.tickets import Ticket
from authoring.new_task.task_files import protected_paths
from authoring.new_world.new_folder import HIDDEN_HEAD, schema_line
from authoring.yaml_text import flow
from benchmark.file_tree import FileTree
from benchmark.task import Measured, TaskKind

_MAX_LETTERS = 30
"""Of a task's name; longer ones are folded in tables of 80 columns."""


def generated_name(world: str, table: str, made_of: str) -> str:
    """`<world>_<table>_<four hexadecimal digits>`, the table's last words left out where it would be too long.

    Args:
        world: Of the task.
        table: `schema.table`, the one that the ticket is about.
        made_of: What was done to the pipeline; the same gives the same name, whatever the seed that found it.
    """
    digest = hashlib.sha256(made_of.encode()).hexdigest()[:4]
    words = [world, *table.partition(".")[2].split("_")]
    while len(words) > 2 and len("_".join(words)) + 1 + len(digest) > _MAX_LETTERS:
        words.pop()
    return "_".join([*words, digest])


class Recipe(NamedTuple):
    """How a task was made."""

    world: str
    kind: TaskKind
    seed: int
    said: str
    """What was done to the pipeline, for people who look after the task."""

    def head(self, ticket: Ticket) -> str:
        """First lines of the file, and whose words the ticket has."""
        words = f" The ticket has the words of {ticket.rewritten_by}." if ticket.rewritten_by else ""
        return (
            f"# Made by `lockgate generate {self.world} --kind {self.kind} --seed {self.seed}`: {self.said}.{words}\n"
            "# Do not edit: make it again."
        )


def seed_of(text: str) -> int | None:
    """The seed by which a task.yaml was made; None = a person wrote it."""
    found = re.search(r"^# Made by `lockgate generate [^`]*--seed (\d+)`", text, re.MULTILINE)
    return int(found.group(1)) if found else None


def generated_yaml(
    recipe: Recipe,
    place: Path,
    *,
    ticket: Ticket,
    difficulty: str,
    measured: Measured,
    tags: Sequence[str],
    tree: FileTree,
    removed: Sequence[str] = (),
    protected: Sequence[str] | None = None,
    more: Mapping[str, object] | None = None,
    scored: Mapping[str, Sequence[str]],
) -> str:
    """The content of the file.

    Args:
        recipe: How the task was made.
        place: Folder in which the task will stand; its name is the task's.
        ticket: Its title, and whose words it has.
        difficulty: Of the task.
        measured: What it asks.
        tags: For choosing tasks.
        tree: Of the world's project.
        removed: What the start lacks.
        protected: What an agent must not change; None = what it need not change in a task about models.
        more: Further keys.
        scored: Stage -> tables.
    """
    lines = [
        f"{schema_line('task', place / 'task.yaml')}{HIDDEN_HEAD}{recipe.head(ticket)}",
        f"id: {place.name}",
        f"kind: {recipe.kind}",
        f"title: {flow(ticket.title)}",
        f"difficulty: {difficulty}",
        "origin: generated",
        f"measured: {flow(measured.model_dump(exclude_defaults=True))}",
        f"tags: {flow(list(tags))}",
        f"protected: {flow(protected_paths(tree) if protected is None else list(protected))}",
    ]
    if removed:
        lines += ["start:", "  remove:", *(f"    - {flow(path)}" for path in removed)]
    lines += [f"{key}: {flow(value)}" for key, value in (more or {}).items()]
    lines.append("scored:")
    for stage, tables in scored.items():
        lines.append(f"  {stage}:")
        lines += [f"    - {table}" for table in tables]
    return "\n".join(lines) + "\n"
