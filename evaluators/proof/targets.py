"""Which models of a solution are mutated, and what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmark.files import project_files, scratch_folder
from benchmark.task import Task
from benchmark.workspace import lay_solution, lay_start
from evaluators.pipeline.gold import Gold


class Laid(NamedTuple):
    """Start and solution of a task, laid out."""

    start: Path
    solution: Path
    changed: frozenset[str]
    """Files of the solution that the start lacks or has otherwise; relative to the workspace."""


@contextmanager
def laid_out(task: Task) -> Iterator[Laid]:
    """Lay start and solution into folders that live as long as the context."""
    with scratch_folder("proof") as scratch:
        start, solution = scratch / "start", scratch / "solution"
        lay_start(task, start)
        lay_solution(task, solution)
        changed = frozenset(
            path.as_posix()
            for path in project_files(solution)
            if not (start / path).is_file() or (start / path).read_bytes() != (solution / path).read_bytes()
        )
        yield Laid(start, solution, changed)


class ChosenModel(NamedTuple):
    """A model that is mutated."""

    relation: str
    is_touched: bool
    """An agent must write or change it; then later runs of an incremental one are mutated, too."""


def models_to_mutate(task: Task, gold: Gold, changed: frozenset[str]) -> tuple[ChosenModel, ...]:
    """The models that the task is about, upstream first.

    They are those that an agent must write or change (their file, or that of a macro they call, differs between start
    and solution) as far as a scored table comes from them, and every scored model. A task that changes no dbt file,
    such as one about connections, has none; but where an answer is asked for, nothing may have to change, and what is
    changed must show.
    """
    touched = {name for name, node in gold.relations.items() if changed & {node["path"], *node["macros"]}}
    if not touched and not task.spec.answer:
        return ()
    scored = {name for name, spec in task.scored_tables.items() if spec.stage != "raw"}
    wanted = (touched & _ancestors(scored, gold.lineage)) | scored
    order = [name for name in upstream_first(gold.lineage) if name in wanted and gold.relations[name]["compiled"]]
    return tuple(ChosenModel(name, name in touched) for name in order)


def models_above(task: Task, gold: Gold) -> tuple[str, ...]:
    """The scored models and all that they are built from, as far as they are SQL; upstream first."""
    wanted = _ancestors(set(task.scored_tables), gold.lineage)
    return tuple(
        name
        for name in upstream_first(gold.lineage)
        if name in wanted and name in gold.relations and gold.relations[name]["compiled"]
    )


def _ancestors(names: set[str], lineage: Mapping[str, tuple[str, ...]]) -> set[str]:
    """These and everything that they are built from."""
    found: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += lineage.get(name, ())
    return found


def upstream_first(lineage: Mapping[str, tuple[str, ...]]) -> list[str]:
    """The names of a lineage, each after those that it is built from."""
    from graphlib import TopologicalSorter

    graph = {name: sorted(parents) for name, parents in sorted(lineage.items())}
    return [name for name in TopologicalSorter(graph).static_order() if name in lineage]
