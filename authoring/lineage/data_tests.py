"""The data tests of a dbt project, read from its files: on which table each is, and what dbt calls it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from authoring.lineage.dbt_files import parse_code, read_yaml
from authoring.lineage.project_graph import LineageNode, ProjectGraph
from benchmark.file_tree import without_packages

_CONFIGURED = frozenset(
    {"severity", "tags", "enabled", "where", "limit", "warn_if", "error_if", "fail_calc", "store_failures"}
    | {"store_failures_as", "meta", "database", "schema", "alias"}
)
"""Arguments of a test that dbt takes as its configuration; they are no part of the name."""
_SEVERITY_WARN = re.compile(r"""\bseverity\s*=\s*['"]warn['"]""", re.IGNORECASE)
_OTHER = re.compile(r"[^0-9a-zA-Z_]+")


class DataTest(NamedTuple):
    """A data test, generic or a query of its own."""

    name: str
    """As dbt names it, with `_` for what is neither letter nor digit."""
    table: str
    """`schema.table` that it is on. A query over several tables is on the one that is made from most others."""
    is_on_source: bool
    """Whether the table is a raw one, which dbt does not build."""
    is_warning: bool
    """Whether a failure is only a warning."""
    description: str = ""


def plain_name(name: str) -> str:
    """The name of a test as Dagster allows it."""
    return _OTHER.sub("_", name)


def read_data_tests(files: Mapping[str, Path], graph: ProjectGraph) -> list[DataTest]:
    """Find the data tests of a project; those of packages and those that only a macro makes are not seen.

    Args:
        files: Path within the pipeline (`dbt/…`) -> file.
        graph: What `read_project` made of them.
    """
    files = without_packages(files)
    tables = {node.dbt_name: node for node in graph.tables.values() if node.dbt_name}
    sources: dict[tuple[str, str], LineageNode] = {}
    found: list[DataTest] = []
    for name, path in sorted(files.items()):
        if name.startswith("dbt/") and name.count("/") > 1 and PurePosixPath(name).suffix in (".yml", ".yaml"):
            found += _tests_of_file(read_yaml(path, []), tables, sources, graph)
    found += _queries(files, tables, sources, graph)
    return list({(test.table, test.name): test for test in reversed(found)}.values())[::-1]


def generic_test_name(kind: str, target: str, arguments: Mapping[str, Any]) -> str:
    """The name that dbt gives a generic test which has none of its own.

    Args:
        kind: `not_null`, `source_not_null` for a source, `package_test` for one of a package.
        target: The model, or `<source>_<table>`.
        arguments: Those that are not configuration, `column_name` among them.
    """
    values: list[object] = []
    for _, value in sorted(arguments.items()):
        if isinstance(value, Mapping):
            values += value.values()
        else:
            values += value if isinstance(value, list) else [value]
    return f"{kind}_{target}_{'__'.join(plain_name(str(value)) for value in values)}"


def _tests_of_file(
    content: Mapping[str, Any],
    tables: Mapping[str, LineageNode],
    sources: dict[tuple[str, str], LineageNode],
    graph: ProjectGraph,
) -> Iterator[DataTest]:
    for key in ("models", "snapshots", "seeds"):
        for entry in _mappings(content.get(key)):
            if node := tables.get(str(entry.get("name"))):
                yield from _tests_of_entry(entry, node, str(entry["name"]), "")
    for source in _mappings(content.get("sources")):
        for entry in _mappings(source.get("tables")):
            schema = source.get("schema") or source.get("name")
            table = graph.tables.get(f"{schema}.{entry.get('identifier') or entry.get('name')}")
            if table is not None:
                sources[str(source.get("name")), str(entry.get("name"))] = table
                yield from _tests_of_entry(entry, table, f"{source.get('name')}_{entry.get('name')}", "source_")


def _tests_of_entry(entry: Mapping[str, Any], node: LineageNode, target: str, prefix: str) -> Iterator[DataTest]:
    for item in _listed_tests(entry):
        yield from _test(item, None, node, target, prefix)
    for column in _mappings(entry.get("columns")):
        for item in _listed_tests(column):
            yield from _test(item, str(column.get("name")), node, target, prefix)


def _test(item: object, column: str | None, node: LineageNode, target: str, prefix: str) -> Iterator[DataTest]:
    kind, given = _kind_and_arguments(item)
    if not kind:
        return
    config = given.pop("config", None)
    settings = {**(config if isinstance(config, Mapping) else {}), **{k: given[k] for k in given if k in _CONFIGURED}}
    if settings.get("enabled") is False:
        return
    nested = given.pop("arguments", None)
    arguments = {key: value for key, value in given.items() if key not in _CONFIGURED}
    arguments |= nested if isinstance(nested, Mapping) else {}
    arguments |= {"column_name": column} if column else {}
    description = arguments.pop("description", None)
    own = arguments.pop("name", None)
    package, _, short = kind.rpartition(".")
    full = f"{package}_{prefix}{short}" if package else f"{prefix}{short}"
    yield DataTest(
        plain_name(str(own) if own else generic_test_name(full, target, arguments)),
        node.full_name,
        bool(prefix),
        str(settings.get("severity", "error")).lower() == "warn",
        " ".join(str(description).split()) if description else _sentence(short, column, arguments),
    )


def _sentence(kind: str, column: str | None, arguments: Mapping[str, Any]) -> str:
    """What a test without a description says of itself."""
    shown = ", ".join(f"{key}={value}" for key, value in sorted(arguments.items()) if key != "column_name")
    return f"dbt test {kind}{f' of column {column}' if column else ''}{f': {shown}' if shown else ''}."


def _kind_and_arguments(item: object) -> tuple[str, dict[str, Any]]:
    """Name of the generic test, empty where the entry is none, and what it is given."""
    if isinstance(item, str):
        return item, {}
    if not isinstance(item, Mapping):
        return "", {}
    if "test_name" in item:
        return str(item["test_name"]), {key: value for key, value in item.items() if key != "test_name"}
    if len(item) != 1:
        return "", {}
    ((kind, given),) = item.items()
    return str(kind), dict(given) if isinstance(given, Mapping) else {}


def _queries(
    files: Mapping[str, Path],
    tables: Mapping[str, LineageNode],
    sources: Mapping[tuple[str, str], LineageNode],
    graph: ProjectGraph,
) -> Iterator[DataTest]:
    """Data tests that are a query of their own."""
    project = read_yaml(files["dbt/dbt_project.yml"], []) if "dbt/dbt_project.yml" in files else {}
    roots = project.get("test-paths") if isinstance(project.get("test-paths"), list) else ["tests"]
    prefixes = tuple(f"dbt/{root}/" for root in roots or ())
    generic = tuple(f"{prefix}generic/" for prefix in prefixes)
    for name, path in sorted(files.items()):
        if not name.startswith(prefixes) or name.startswith(generic) or not name.endswith(".sql"):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            continue  # `read_project` names it
        code = parse_code(text)
        read = [tables[reference] for reference in code.references if reference in tables]
        on_source = not read
        read = read or [sources[pair] for pair in code.sources if pair in sources]
        if read and code.config.get("enabled") is not False:
            node = max(read, key=lambda node: (len(graph.upstream_of([node.full_name])), node.full_name))
            is_warning = bool(_SEVERITY_WARN.search(text))
            yield DataTest(plain_name(path.stem), node.full_name, on_source, is_warning, f"dbt test {path.name}.")


def _listed_tests(entry: Mapping[str, Any]) -> list[Any]:
    listed = entry.get("data_tests") or entry.get("tests")
    return listed if isinstance(listed, list) else []


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []
