"""`proof.yaml` of worlds and tasks: entries that name nothing, stand twice, or give no reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from authoring.check.context import CheckedTask, CheckedWorld
from authoring.check.findings import Finding, from_problems
from authoring.check.salvage import salvage
from authoring.check.source_text import line_of
from authoring.lineage.project_graph import ProjectGraph
from benchmark.spelling import nearest
from evaluators.proof.equivalent_list import FILE, ProofFile

_MAX_ALIKE = 3
"""Models whose mutants may share a reason, word for word: a reason is about the data of one or two."""


def check_world_proof(checked: CheckedWorld) -> Iterator[Finding]:
    """Look at the list that all tasks of a world share."""
    yield from _check(checked.folder / FILE, checked.graph, frozenset())


def check_task_proof(checked: CheckedTask) -> Iterator[Finding]:
    """Look at the list of a task."""
    path = checked.folder / FILE
    if path.is_file():
        yield from _check(path, checked.solution_graph, checked.world.proof_entries)


def _check(path: Path, graph: ProjectGraph, before: frozenset[str]) -> Iterator[Finding]:
    if not path.is_file():
        return
    from evaluators.proof.mutants.connection_files import CONNECTION_MUTATIONS
    from evaluators.proof.mutants.registry import MUTATIONS

    operators = {*MUTATIONS, *CONNECTION_MUTATIONS}

    found = salvage(path, ProofFile, {})
    yield from from_problems(path, found.problems)
    seen: set[str] = set()
    known = {name.lower() for name in (*graph.tables, *graph.streams)}
    parts = {name.lower(): name for name in (*graph.tables, *graph.streams)}
    alike: dict[str, set[str]] = {}
    for entry in found.spec.equivalent:
        alike.setdefault(entry.reason.strip().lower(), set()).add(entry.part)
    for index, entry in enumerate(found.spec.equivalent):
        key = f"equivalent.{index}"
        line = line_of(path, entry.id)
        if entry.id in seen or entry.id in before:
            where = "here" if entry.id in seen else f"in the world's {FILE}"
            yield Finding(path, "LG508", f"key '{key}': mutant {entry.id} is listed {where} already", key, line)
        seen.add(entry.id)
        if entry.part.lower() not in known and "/" not in entry.part:
            near = nearest(entry.part, parts)
            hint = f"; did you mean '{parts.get(near or '', near)}'?" if near else ""
            yield Finding(path, "LG507", f"key '{key}.part': nothing makes '{entry.part}'{hint}", f"{key}.part", line)
        near_operator = nearest(entry.operator, operators, cutoff=0.85)
        if entry.operator not in operators and near_operator:  # models that dbt builds have further ones
            message = f"key '{key}.operator': there is no '{entry.operator}'; did you mean '{near_operator}'?"
            yield Finding(path, "LG507", message, f"{key}.operator", line)
        parts_alike = alike.pop(entry.reason.strip().lower(), set())
        if len(parts_alike) > _MAX_ALIKE:
            message = f"key '{key}.reason': mutants of {len(parts_alike)} models have this very reason"
            yield Finding(path, "LG509", message, f"{key}.reason", line)
