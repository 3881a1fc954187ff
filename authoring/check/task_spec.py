"""What a `task.yaml` says, against its world: tables, columns, scenarios, protected paths, its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from agents.saboteur import N_SABOTAGES
from authoring.check.context import CheckedTask, changed_files
from authoring.check.findings import Finding, from_problems
from authoring.check.source_text import line_of, text, yaml_content
from authoring.check.world_files import check_table
from benchmark.errors import LockgateError
from benchmark.file_tree import FileTree, solution_files
from benchmark.raw_schemas import raw_tables_of
from benchmark.spelling import allowed_names
from benchmark.task_folder import task_problems
from benchmark.yaml_files import line_of_key
from evaluators.scenarios.registry import SCENARIOS, get_scenario

CORE = ("visible", "holdout", "rerun", "day2")
"""Scenarios that every task has but those of data tests."""
_LARGE = 0.25
"""A relative tolerance above this says nothing about a figure any more."""


def check_spec(checked: CheckedTask) -> Iterator[Finding]:
    """Find what does not hold together in a task.yaml."""
    path, spec = checked.path, checked.task.spec
    yield from from_problems(path, checked.spec.problems)
    faults = checked.faults
    problems = task_problems(spec, checked.world.world, checked.folder, faults.spec if faults else None, text(path))
    for problem in problems:
        if problem.code in ("LG203", "LG204") and checked.world.tables.lost:
            continue  # tables.yaml cannot be read as a whole
        if problem.code not in ("LG303", "LG304") and problem.key.split(".")[0] not in checked.spec.lost - {""}:
            yield from from_problems(path, [problem])
    yield from _check_scenarios(checked)
    yield from _check_tables(checked)
    yield from _check_tolerances(checked)
    if not {"protected", "start", "solution"} & checked.spec.lost:
        yield from _check_protected(checked)
    if "kind" not in checked.spec.lost:
        yield from _check_kind(checked)


def _line(checked: CheckedTask, key: str) -> int | None:
    return line_of_key(text(checked.path), key)


def _check_scenarios(checked: CheckedTask) -> Iterator[Finding]:
    spec = checked.task.spec
    for index, name in enumerate(spec.scenarios):
        key = f"scenarios.{index}"
        if name not in SCENARIOS and ":" not in name:
            message = f"key 'scenarios': there is no scenario '{name}'; {allowed_names(name, SCENARIOS)}"
            yield Finding(checked.path, "LG215", message, key, _line(checked, key))
            continue
        try:
            missing = checked.world.missing_incidents(name)
        except LockgateError as error:
            if name not in SCENARIOS:
                yield Finding(checked.path, "LG215", f"key 'scenarios': {error}", key, _line(checked, key))
            continue  # the world's sources cannot be loaded, which is said of the world
        kinds = get_scenario(name).kinds
        if kinds is not None and spec.kind not in kinds:
            message = f"key 'scenarios': '{name}' is for tasks of kind {', '.join(sorted(kinds))}"
            yield Finding(checked.path, "LG216", message, key, _line(checked, key))
        elif missing:
            message = f"key 'scenarios': '{name}' needs {', '.join(missing)}, which the world does not have"
            yield Finding(checked.path, "LG216", message, key, _line(checked, key))
    absent = [name for name in CORE if name not in spec.scenarios]
    if absent and spec.kind != "data_tests" and "scenarios" not in checked.spec.lost:
        message = f"key 'scenarios': {', '.join(absent)} not scored, which every task has"
        yield Finding(checked.path, "LG217", message, "scenarios", _line(checked, "scenarios"))
    if spec.kind == "data_tests" and "holdout" not in spec.scenarios and "scenarios" not in checked.spec.lost:
        message = "key 'scenarios': holdout is not scored: tests that pin today's values would pass"
        yield Finding(checked.path, "LG217", message, "scenarios", _line(checked, "scenarios"))


def _check_tables(checked: CheckedTask) -> Iterator[Finding]:
    spec = checked.task.spec
    listed = {name for names in spec.scored.values() for name in names}
    for name, table in spec.tables.items():
        key = f"tables.{name}"
        line = line_of(checked.path, f"{name}:")
        if name not in listed and "scored" not in checked.spec.lost:
            yield Finding(checked.path, "LG218", f"key '{key}': describes a table that is not scored", key, line)
        elif table == checked.world.world.tables.get(name):
            yield Finding(checked.path, "LG219", f"key '{key}': is described as the world has it", key, line)
        if not table.key:
            yield Finding(checked.path, "LG109", f"key '{key}': the table has no key", key, line)
    for name, table in checked.scored.items():
        if name in spec.tables or checked.solution != checked.world.tree:
            line = line_of(checked.path, name)
            for finding in check_table(checked.solution_graph, checked.solution, name, table, checked.path, line):
                if name in spec.tables or finding.code == "LG104":
                    yield finding
    n_models = sum(table.stage != "raw" for table in checked.scored.values())
    if checked.scored and not checked.world.tables.lost and spec.kind != "data_tests" and n_models <= N_SABOTAGES:
        message = (
            f"key 'scored': models among it: {n_models}; a saboteur that breaks {N_SABOTAGES} must leave one right"
        )
        yield Finding(checked.path, "LG225", message, "scored", _line(checked, "scored"))
    yield from _check_new_columns(checked)


def _check_new_columns(checked: CheckedTask) -> Iterator[Finding]:
    """Columns that the solution adds to a scored table, and that are not compared."""
    if not checked.task.solution_dir.is_dir():
        return
    for name, table in checked.scored.items():
        node = checked.solution_graph.tables.get(name)
        before = checked.documented.get(name.partition(".")[2].lower())
        if node is None or before is None:
            continue
        scored = {column.lower() for column in table.columns}
        new = [column.name for column in node.columns if column.name.lower() not in before | scored]
        for column in new:
            message = f"table '{name}': the solution adds the column '{column}', which is not scored"
            yield Finding(checked.path, "LG224", message, "scored", line_of(checked.path, name))


def _check_tolerances(checked: CheckedTask) -> Iterator[Finding]:
    for name, table in checked.task.spec.tables.items():
        for column, options in table.tolerance.items():
            if options.relative > _LARGE:
                key = f"tables.{name}.tolerance.{column}"
                message = f"key '{key}': a relative tolerance of {options.relative:g} takes almost any figure"
                yield Finding(checked.path, "LG227", message, key, line_of(checked.path, f"{column}:"))
        compared = [column for column in table.columns if column not in table.key]
        if compared and all(column in table.tolerance and table.tolerance[column].ignore for column in compared):
            message = f"key 'tables.{name}': no value is compared, every column beside the key is ignored"
            yield Finding(checked.path, "LG227", message, f"tables.{name}", line_of(checked.path, f"{name}:"))


def _check_protected(checked: CheckedTask) -> Iterator[Finding]:
    task = checked.task
    wanted = set(checked.changed)
    for alternative in task.spec.alternatives:
        wanted |= set(changed_files(checked.start, solution_files(task, alternative.name, checked.world.tree)))
    for index, pattern in enumerate(task.spec.protected):
        key = f"protected.{index}"
        if not any(fnmatchcase(name, pattern) for name in (*checked.start, *checked.solution)):
            hint = _protected_hint(pattern, checked.start)
            message = f"key 'protected': '{pattern}' matches no file{hint}"
            yield Finding(checked.path, "LG220", message, key, _line(checked, key))
        covered = sorted(name for name in wanted if fnmatchcase(name, pattern))
        if covered:
            message = f"key 'protected': '{pattern}' covers {covered[0]}, which a solution must change"
            yield Finding(checked.path, "LG221", message, key, _line(checked, key))


def _protected_hint(pattern: str, tree: FileTree) -> str:
    folder = pattern.rstrip("/")
    if any(name.startswith(f"{folder}/") for name in tree):
        return f"; a folder is protected by '{folder}/*'"
    return f"; {allowed_names(pattern, {name for name in tree if name.count('/') < 2})}" if "*" not in pattern else ""


def _check_kind(checked: CheckedTask) -> Iterator[Finding]:
    spec = checked.task.spec
    changed = checked.changed
    line = _line(checked, "kind")
    has_el = any(name.startswith("el/") for name in changed)
    has_dbt = any(name.startswith("dbt/") for name in changed)
    if spec.kind == "load" and changed and not has_el:
        yield Finding(
            checked.path, "LG223", "key 'kind': a load task, and no connection is missing or broken", "kind", line
        )
    if spec.kind != "load" and has_el and not has_dbt:
        message = f"key 'kind': of kind '{spec.kind}', and only connections have to change: that is a load task"
        yield Finding(checked.path, "LG223", message, "kind", line)
    if spec.kind == "data_tests" and any(
        re.fullmatch(r"dbt/(models|snapshots)/.*\.(sql|py)", name) for name in changed
    ):
        yield Finding(
            checked.path, "LG223", "key 'kind': a data_tests task, and a solution must change models", "kind", line
        )
    if spec.kind == "load" and has_el:
        yield from _check_load(checked, changed)


def _check_load(checked: CheckedTask, changed: list[str]) -> Iterator[Finding]:
    """Each connection that is to be written loads a scored table."""
    scored = {name.lower() for name in checked.scored}
    for name in changed:
        path = checked.solution.get(name) or checked.start[name]
        connection = {"connection": path.stem, **yaml_content(path)}
        if name.startswith("el/") and path.suffix == ".yaml" and scored.isdisjoint(raw_tables_of(connection)):
            message = f"key 'scored': {name} has to be written, and no table that it loads is scored"
            yield Finding(checked.path, "LG223", message, "scored", _line(checked, "scored"))
