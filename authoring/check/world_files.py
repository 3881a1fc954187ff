"""A world's own files: world.yaml, tables.yaml, connections, expectation suites, and what its pipeline makes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from authoring.check.context import CheckedWorld
from authoring.check.findings import Finding, from_problems
from authoring.check.source_text import content, text, words, yaml_content
from authoring.lineage.project_graph import LineageNode, ProjectGraph
from benchmark.connection import read_connection
from benchmark.errors import SpecError
from benchmark.file_tree import FileTree
from benchmark.given_system import GivenSystem
from benchmark.raw_schemas import raw_tables_of
from benchmark.spelling import allowed_names, nearest
from benchmark.tables import TableSpec
from benchmark.yaml_files import line_of_key
from evaluators.expectations.suite import suite_problems

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_TELLING = re.compile(r"\b(PLANTED|benchmark|lockgate)\b", re.IGNORECASE)
_ALL_COLUMNS = re.compile(r"(?:select|,)\s+(?:\w+\.)?\*", re.IGNORECASE)
_LOOP = re.compile(r"\{%-?\s*for\b|dbt_utils\.(?:star|pivot|unpivot|union_relations)")
"""Columns that Jinja names, which text does not show."""
_MADE_BY_LOADER = ("_airbyte", "_source_", "_ab_")
"""Beginnings of columns that a load adds."""


def check_world(checked: CheckedWorld) -> Iterator[Finding]:
    """Find what is wrong in a world, its tasks left out."""
    yield from _check_world_yaml(checked)
    yield from from_problems(checked.tables_path, checked.tables.problems)
    if "tables" not in checked.tables.lost:
        for name, spec in checked.world.tables.items():
            if not spec.key:
                key = f"tables.{name}"
                yield Finding(
                    checked.tables_path, "LG109", f"table '{name}' has no key", key, _table_line(checked, name)
                )
            yield from check_table(
                checked.graph, checked.tree, name, spec, checked.tables_path, _table_line(checked, name)
            )
    yield from check_connections(checked.tree, checked)
    for path in checked.tree.values():
        if path.suffix in (".sql", ".yml", ".yaml", ".md", ".py") and (found := _TELLING.search(text(path))):
            line = text(path).count("\n", 0, found.start()) + 1
            yield Finding(path, "LG112", f"says '{found.group(0)}', and every agent reads it", line=line)
    suites = suite_problems(checked.world.expectations_dir, checked.world.tables)
    for path, problems in suites if not checked.tables.lost else ():
        for problem in problems:
            code = problem.code if problem.line or problem.code != "LG005" else "LG510"
            yield Finding(path, code, problem.message, problem.key, problem.line)


def _check_world_yaml(checked: CheckedWorld) -> Iterator[Finding]:
    path = checked.world_path
    if not path.is_file():
        others = sorted(checked.folder.glob("world.y*ml"))
        hint = f": {others[0].name} is not read" if others else ""
        yield Finding(checked.folder, "LG103", f"has no world.yaml{hint}")
        return
    yield from from_problems(path, checked.spec.problems)
    spec = checked.spec.spec
    if "id" not in checked.spec.lost and spec.id != checked.folder.name:
        message = f"key 'id': '{spec.id}' must be the folder's name '{checked.folder.name}'"
        yield Finding(path, "LG101", message, "id", line_of_key(text(path), "id"))
    if not checked.world.project_dir.is_dir():
        yield Finding(checked.folder, "LG001", "has no folder project/ with the pipeline")


def _table_line(checked: CheckedWorld, name: str) -> int | None:
    found = re.search(rf"^\s*['\"]?{re.escape(name)}['\"]?\s*:", text(checked.tables_path), re.MULTILINE)
    return text(checked.tables_path).count("\n", 0, found.end()) + 1 if found else None


def check_table(
    graph: ProjectGraph, tree: FileTree, name: str, spec: TableSpec, path: Path, line: int | None
) -> Iterator[Finding]:
    """Find a table that nothing makes, and columns that nothing can have.

    Args:
        graph: What the pipeline is made into.
        tree: Its files.
        name: `schema.table`.
        spec: What is scored of it.
        path: The file that says so.
        line: Where in the file.
    """
    by_lower = {known.lower(): node for known, node in graph.tables.items()}
    node = by_lower.get(name.lower())
    if node is None or (node.path is None and node.kind == "raw" and _loads_all(tree)):
        near = nearest(name, [known for known, other in graph.tables.items() if other.path is not None])
        hint = f"; did you mean '{near}'?" if near else ""
        yield Finding(path, "LG104", f"table '{name}': nothing in the project makes it{hint}", f"tables.{name}", line)
        return
    described = {column.name.lower() for column in node.columns}
    seen = described if node.kind == "raw" else described | _words_above(graph, node)
    if not seen or (node.kind != "raw" and _is_open(graph, node)):
        return
    for column in spec.columns:
        if column.lower() not in seen and not column.lower().startswith(_MADE_BY_LOADER):
            near = nearest(column, [known.name for known in node.columns] or sorted(seen))
            if node.kind == "raw" and near is None:
                continue  # sources are seldom described whole
            hint = f"; did you mean '{near}'?" if near else ""
            message = f"table '{name}': nothing in the project names a column '{column}'{hint}"
            yield Finding(path, "LG105", message, f"tables.{name}.columns", line)


def _loads_all(tree: FileTree) -> bool:
    """Whether raw tables come from connection files, and not from elsewhere."""
    return any(name.startswith("el/") for name in tree)


def _words_above(graph: ProjectGraph, node: LineageNode) -> set[str]:
    """Words of a table's file and of the files of everything that it is made from."""
    found: set[str] = set()
    for above in graph.upstream_of([node.full_name]):
        found |= {column.name.lower() for column in above.columns}
        if above.path is not None and above.path.suffix in (".sql", ".py", ".csv"):
            found |= words(above.path)
    return found


def _is_open(graph: ProjectGraph, node: LineageNode) -> bool:
    """Whether columns that no file names may pass through: all of a raw table's, or a macro's."""
    for above in graph.upstream_of([node.full_name]):
        if above.path is None or above.path.suffix not in (".sql", ".py") or above.kind == "raw":
            continue
        raw = [
            graph.tables[name] for name in above.upstream if name in graph.tables and graph.tables[name].kind == "raw"
        ]
        source = text(above.path)
        takes_all = above.path.suffix == ".py" or _ALL_COLUMNS.search(source)
        if any(not table.columns for table in raw) and takes_all:
            return True
        if _LOOP.search(source):
            return True
    return False


def check_connections(tree: FileTree, checked: CheckedWorld) -> Iterator[Finding]:
    """Find connection files that cannot be read, and source systems that have none, or the other way round."""
    files = {name: path for name, path in tree.items() if name.startswith("el/") and path.suffix in (".yaml", ".yml")}
    read = set()
    loaded = dict.fromkeys(checked.spec.spec.given_tables, "is given: every load writes it before it reads connections")
    for name, path in sorted(files.items()):
        if path.suffix == ".yml":
            yield Finding(path, "LG107", f"{name} is not read: connection files end in .yaml")
            continue
        yield from check_connection(path)
        read.add(path.stem)
        tables = raw_tables_of(yaml_content(path))
        for table in tables:
            if table in loaded:
                line = line_of_key(text(path), "namespace")
                yield Finding(path, "LG115", f"table '{table}' {loaded[table]}", "namespace", line)
        loaded = dict.fromkeys(tables, f"is loaded by {name} too") | loaded
    known = checked.spec.spec.systems
    if "systems" in checked.spec.lost:
        return
    line = line_of_key(text(checked.world_path), "systems")
    for name in sorted(read - set(known)):
        message = f"key 'systems': el/{name}.yaml is not described; {allowed_names(name, known)}"
        yield Finding(checked.world_path, "LG106", message, "systems", line)
    loadable = {name for name, system in known.items() if not isinstance(system, GivenSystem)}
    for name in sorted(loadable - read) if files else ():
        message = f"key 'systems.{name}': there is no el/{name}.yaml; {allowed_names(name, read)}"
        yield Finding(
            checked.world_path,
            "LG106",
            message,
            f"systems.{name}",
            line_of_key(text(checked.world_path), f"systems.{name}"),
        )


def check_connection(path: Path) -> Iterator[Finding]:
    """Find what is wrong in one connection file."""
    try:
        content(path).decode("utf-8")
    except UnicodeDecodeError:
        return
    environment = dict.fromkeys(_VARIABLE.findall(text(path)), "1")
    try:
        read_connection(path, environment)
    except SpecError as error:
        for problem in error.problems:
            code = "LG107" if problem.code == "LG005" and not problem.key else problem.code
            yield Finding(path, code, problem.message, problem.key, problem.line)


def check_project_yaml(tree: FileTree, below: Path) -> Iterator[Finding]:
    """Find YAML files of a dbt project that are no YAML, among those that lie below a folder."""
    from benchmark.yaml_files import parse_yaml

    for name, path in tree.items():
        if (
            name.startswith("dbt/")
            and path.suffix in (".yml", ".yaml")
            and below in path.parents
            and text(path).strip()
        ):
            if yaml_content(path):
                continue
            try:
                parse_yaml(text(path), path)
            except SpecError as error:
                yield from from_problems(path, error.problems)
