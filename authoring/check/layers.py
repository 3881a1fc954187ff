"""What `start/`, `solution/` and `alternatives/` lay over the pipeline: that each file does something, in its place."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher, unified_diff
from pathlib import Path, PurePosixPath
from typing import Any

from authoring.check.context import CheckedTask, changed_files
from authoring.check.dbt_sql import check_sql
from authoring.check.findings import Finding
from authoring.check.source_text import text, yaml_content
from authoring.check.sql_meaning import same_meaning, tokens
from authoring.check.world_files import check_connection, check_project_yaml
from benchmark.answer import ANSWER_NAME
from benchmark.file_tree import FileTree, matches, solution_files
from benchmark.orchestration import DEFINITIONS
from benchmark.task import Task
from benchmark.yaml_files import line_of_key

_CODE = {".sql", ".py", ".yml", ".yaml", ".csv"}
_MAX_LOST = 10
"""Lines of the project that a file of `start/` or `solution/` may lack before it has drifted away."""
_MAX_TAKEN_AWAY = 20
"""The same in kinds whose start is the project without some of its lines."""
_TAKING_AWAY = ("data_tests", "evol", "load")
_DBT_PATHS = {
    "model-paths": "models", "macro-paths": "macros", "test-paths": "tests", "snapshot-paths": "snapshots",
    "seed-paths": "seeds", "analysis-paths": "analyses", "function-paths": "functions",
}  # fmt: skip


def check_layers(checked: CheckedTask) -> Iterator[Finding]:
    """Look at every file that a task lays over the pipeline, and at what it takes away."""
    task = checked.task
    yield from _check_removals(checked, "start", task.spec.start.remove, checked.world.tree)
    yield from _check_removals(checked, "solution", task.spec.solution.remove, checked.start)
    below = {"start": checked.world.tree, "solution": checked.start}
    for name in checked.layers:
        lower = below.get(name, checked.solution)
        layer = checked.layer(name)
        yield from _check_places(checked, name, layer)
        yield from check_project_yaml(layer, checked.folder)
        if name != "start":  # which a task may break on purpose
            yield from check_sql(layer, checked.folder)
        for path, file in layer.items():
            known = lower.get(path)
            if known is None:
                yield from _check_name(file, path, checked.world.tree, layer)
            elif same_meaning(file, known):
                yield Finding(file, "LG311", f"{name}/{path} says the same as the file that it is laid over")
            elif name != "start" or path in checked.world.tree:
                yield from _check_drift(checked, file, checked.world.tree.get(path))
            if path.startswith("el/") and file.suffix == ".yaml":
                yield from check_connection(file)
            if file.suffix == ".sql":
                yield from _check_brackets(file)
    yield from _check_difference(checked)
    yield from _check_alternatives(checked)


def _check_removals(checked: CheckedTask, key: str, patterns: tuple[str, ...], tree: FileTree) -> Iterator[Finding]:
    for index, pattern in enumerate(patterns):
        if not any(matches(name, pattern) for name in tree):
            near = _nearest_path(pattern, tree)
            hint = f"; did you mean '{near}'?" if near else ""
            line = line_of_key(text(checked.path), f"{key}.remove.{index}")
            message = f"key '{key}.remove': '{pattern}' matches nothing{hint}"
            yield Finding(checked.path, "LG222", message, f"{key}.remove.{index}", line)


def _nearest_path(path: str, tree: FileTree) -> str | None:
    """A file or folder of a tree whose path differs by a slip."""
    candidates = {parent.as_posix() for name in tree for parent in PurePosixPath(name).parents} | set(tree)
    scored = ((SequenceMatcher(None, path.lower(), other.lower()), other) for other in candidates - {".", path})
    near = [(match.ratio(), other) for match, other in scored if match.real_quick_ratio() > 0.9 and match.ratio() > 0.9]
    return max(near)[1] if near else None


def _check_places(checked: CheckedTask, layer: str, files: FileTree) -> Iterator[Finding]:
    """Files that no tool reads where they lie."""
    project = checked.world.tree
    files = {name: path for name, path in files.items() if name != ANSWER_NAME}
    top = {name.split("/", 1)[0] for name in project if "/" in name} | {"dbt", "el", "docs"}
    if checked.task.spec.orchestration is not None:
        top.add(DEFINITIONS.partition("/")[0])
    roots = _dbt_roots(yaml_content(project["dbt/dbt_project.yml"])) if "dbt/dbt_project.yml" in project else None
    for name, path in files.items():
        parts = PurePosixPath(name).parts
        if parts[0] not in top and name not in project:
            where = f"'{parts[0]}/'" if len(parts) > 1 else "the top of the workspace"
            yield Finding(
                path, "LG304", f"{layer}/{name}: nothing reads {where}; the folders are {', '.join(sorted(top))}"
            )
        elif parts[0] == "dbt" and path.suffix == ".sql" and roots and not name.removeprefix("dbt/").startswith(roots):
            listed = ", ".join(sorted({root.rstrip("/") for root in roots}))
            yield Finding(path, "LG304", f"{layer}/{name}: dbt reads no SQL there; it reads {listed}")


def _dbt_roots(project: dict[str, Any]) -> tuple[str, ...]:
    found = []
    for key, usual in _DBT_PATHS.items():
        named = project.get(key) or [usual]
        found += [f"{str(item).strip('/')}/" for item in named] if isinstance(named, list) else []
    return tuple(found)


def _check_name(path: Path, name: str, project: FileTree, layer: FileTree) -> Iterator[Finding]:
    """A file that is new, and has almost the name of one that it was to take the place of."""
    for other in project:
        if other == name or other in layer or PurePosixPath(other).suffix != PurePosixPath(name).suffix:
            continue
        if _is_slip(name, other):
            yield Finding(path, "LG312", f"'{name}' is new, and almost '{other}' of the project, which stays as it is")
            return


def _is_slip(name: str, other: str) -> bool:
    """Whether two paths differ in case, or by one letter that is no figure."""
    if name.lower() == other.lower():
        return True
    if abs(len(name) - len(other)) > 1:
        return False
    start = _n_common(name, other)
    end = _n_common(name[start:][::-1], other[start:][::-1])
    left, right = name[start : len(name) - end], other[start : len(other) - end]
    one_letter = max(len(left), len(right)) <= 1
    swapped = len(left) == len(right) == 2 and left == right[::-1]
    return (one_letter or swapped) and not (left + right).isdigit()


def _n_common(one: str, other: str) -> int:
    """How many letters two texts begin with alike."""
    return next(
        (i for i, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]), min(len(one), len(other))
    )


def _check_drift(checked: CheckedTask, path: Path, known: Path | None) -> Iterator[Finding]:
    """A file that lacks much of the project's is one that was forgotten when the project changed."""
    if known is None or path.suffix not in _CODE or checked.task.spec.kind == "optimize":
        return  # what is slow was written in another way
    old, new = text(known).splitlines(), text(path).splitlines()
    if "unit_tests:" in old and "unit_tests:" not in new:  # they would give the fault away
        old = old[: old.index("unit_tests:")]
    lost = [line[1:] for line in unified_diff(old, new, n=0) if line.startswith("-") and line[:3] != "---"]
    n_lost = sum(bool(line.strip()) for line in lost)
    limit = _MAX_TAKEN_AWAY if checked.task.spec.kind in _TAKING_AWAY else _MAX_LOST
    if n_lost > limit:
        yield Finding(path, "LG315", f"lacks {n_lost} lines of the project's file, more than {limit}")


def _check_brackets(path: Path) -> Iterator[Finding]:
    """Jinja or parentheses that are not closed: dbt could not compile it."""
    source = text(path)
    for opening, closing in (("{{", "}}"), ("{%", "%}"), ("{#", "#}")):
        if source.count(opening) != source.count(closing):
            n_opening, n_closing = source.count(opening), source.count(closing)
            yield Finding(path, "LG316", f"has {n_opening} '{opening}' and {n_closing} '{closing}'")
            return
    found = tokens(path)
    if "{% macro" not in source and found.count("(") != found.count(")"):
        yield Finding(path, "LG316", f"has {found.count('(')} '(' and {found.count(')')} ')'")


def _check_difference(checked: CheckedTask) -> Iterator[Finding]:
    """The start must not be the solution already."""
    if {"start", "solution"} & checked.spec.lost:
        return
    if not checked.changed:
        yield Finding(
            checked.path, "LG310", "the start is the solution already: nothing is taken away, broken or asked for"
        )
    elif (
        checked.task.spec.orchestration is None
        and not checked.task.spec.answer
        and not any(name.startswith(("dbt/", "el/")) for name in checked.changed)
    ):
        yield Finding(checked.path, "LG310", "start and solution differ outside dbt/ and el/ only: no table can differ")


def _check_alternatives(checked: CheckedTask) -> Iterator[Finding]:
    task: Task = checked.task
    for index, alternative in enumerate(task.spec.alternatives):
        folder = checked.folder / "alternatives" / alternative.name
        other = solution_files(task, alternative.name, checked.world.tree)
        if folder.is_dir() and not changed_files(checked.solution, other):
            key = f"alternatives.{index}"
            message = f"key '{key}': alternatives/{alternative.name}/ changes nothing of the solution"
            yield Finding(checked.path, "LG317", message, key, line_of_key(text(checked.path), key))
