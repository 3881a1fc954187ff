"""What the files of a start use, and what is there: models, sources, macros."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from authoring.check.context import CheckedTask
from authoring.check.findings import Finding
from authoring.check.source_text import line_of, text
from authoring.lineage.dbt_files import parse_code
from benchmark.file_tree import FileTree, matches
from benchmark.spelling import nearest
from benchmark.yaml_files import line_of_key

_MACRO = re.compile(r"\{%-?\s*(?:macro|test)\s+(\w+)\s*\(")
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_CALL = re.compile(r"(?<![\w.])(\w+)\s*\(")
_STRING = re.compile(r"'[^']*'|\"[^\"]*\"")


def check_references(checked: CheckedTask) -> Iterator[Finding]:
    """Find what a start, or a solution, uses and does not have."""
    removed_macros = macros_of(checked.world.tree) - macros_of(checked.start)
    for name, path in checked.start.items():
        if not name.startswith("dbt/") or path.suffix != ".sql":
            continue
        used = calls_of(path) & removed_macros if removed_macros else frozenset()
        for macro in sorted(used):
            message = f"calls the macro {macro}(), which the start takes away"
            yield _used(checked, path, message, macro, name)
    scored = {name.partition(".")[2].lower() for name in checked.scored}
    names = models_of(checked.start)
    own = set(checked.layer("start").values())
    all_names = models_of(checked.world.tree) | models_of(checked.solution) | names
    for name, path in checked.start.items():
        if not name.startswith("dbt/") or path.suffix != ".sql":
            continue
        for reference in sorted(references_of(text(path))):
            if reference.lower() in names | scored:
                continue
            if reference in all_names:
                message = f"uses the model {reference}, which the start takes away and the task does not score"
                yield _used(checked, path, message, reference, name)
            elif path in own:
                near = nearest(reference, all_names)
                hint = f"; did you mean '{near}'?" if near else ""
                yield Finding(path, "LG314", f"ref('{reference}') names no model{hint}", line=line_of(path, reference))
    yield from _check_solution(checked, models_of(checked.solution))
    yield from _check_needless(checked)


def _used(checked: CheckedTask, path: Path, message: str, piece: str, name: str) -> Finding:
    """A finding about the task's own file where there is one, else about what is taken away."""
    if checked.folder in path.parents:
        return Finding(path, "LG313", message, line=line_of(path, piece))
    message = f"key 'start.remove': {name} {message}"
    return Finding(checked.path, "LG313", message, "start.remove", line_of(checked.path, "remove"))


def _check_solution(checked: CheckedTask, names: set[str]) -> Iterator[Finding]:
    for name, path in checked.layer("solution").items():
        if name.startswith("dbt/") and path.suffix == ".sql":
            for reference in sorted(references_of(text(path)) - names):
                if reference.lower() not in names:
                    near = nearest(reference, names)
                    hint = f"; did you mean '{near}'?" if near else ""
                    yield Finding(
                        path, "LG314", f"ref('{reference}') names no model{hint}", line=line_of(path, reference)
                    )


def _check_needless(checked: CheckedTask) -> Iterator[Finding]:
    """Models that are taken away and that nobody asks for."""
    graph = checked.solution_graph
    needed = {node.name for node in graph.upstream_of(checked.scored)} | set(re.findall(r"\w+", checked.ticket))
    models = {node.name for node in graph.tables.values() if node.kind == "model"}
    for index, pattern in enumerate(checked.task.spec.start.remove):
        taken = {
            Path(name).stem for name in checked.world.tree if name.startswith("dbt/models/") and matches(name, pattern)
        }
        if (taken := taken & models) and not taken & needed:
            key = f"start.remove.{index}"
            listed = ", ".join(sorted(taken))
            message = f"key 'start.remove': {listed}: taken away, and the task neither scores nor names it"
            yield Finding(checked.path, "LG318", message, key, line_of_key(text(checked.path), key))


def models_of(tree: FileTree) -> set[str]:
    """Names that `ref()` may take in a tree, in lower case."""
    names = set()
    for name, path in tree.items():
        parts = name.split("/")
        if parts[0] != "dbt" or len(parts) < 3:
            continue
        if path.suffix in (".sql", ".py", ".csv"):
            names.add(Path(name).stem.lower())
            if parts[1] == "snapshots" and (snapshot := _snapshot_of(text(path))):
                names.add(snapshot)
        elif path.suffix in (".yml", ".yaml") and parts[1] == "snapshots":
            names |= {word.lower() for word in re.findall(r"^\s*- name:\s*(\w+)", text(path), re.MULTILINE)}
    return names


def macros_of(tree: FileTree) -> set[str]:
    """Macros that the files of a tree define."""
    return {
        macro
        for name, path in tree.items()
        if name.startswith("dbt/") and path.suffix == ".sql"
        for macro in _MACRO.findall(text(path))
    }


@lru_cache(maxsize=10_000)
def references_of(source: str) -> frozenset[str]:
    """Models that a file names in `ref()`."""
    return parse_code(source).references


@lru_cache(maxsize=10_000)
def _snapshot_of(source: str) -> str | None:
    found = re.search(r"\{%-?\s*snapshot\s+(\w+)", source)
    return found.group(1).lower() if found else None


def calls_of(path: Path) -> frozenset[str]:
    """Functions that the Jinja of a file calls."""
    return _calls(text(path))


@lru_cache(maxsize=10_000)
def _calls(source: str) -> frozenset[str]:
    pieces = " ".join(_JINJA.findall(re.sub(r"\{#.*?#\}", " ", source, flags=re.DOTALL)))
    return frozenset(_CALL.findall(_STRING.sub(" ", pieces)))
