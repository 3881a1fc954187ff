"""Policy: rules that a project's dbt graph is held to, beside the score.

The graph is data that the submission's process wrote (`runtime.jobs.graph`), so every value is checked and bounded
before a rule sees it; nothing of the submission is executed here.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmark.graph_rules import PolicyRule
from benchmark.scorecard import PolicyFinding, PolicyResult
from benchmark.tables import TableSpec

MAX_FINDINGS = 5_000
"""Findings that are compared with those of the start (`evaluators.style.start_findings`); all are counted."""
MAX_NODES = 5_000
MAX_TEXT = 200
LAYERS = ("staging", "intermediate", "marts")
_NAMES = {
    "staging": (re.compile(r"stg_[a-z0-9]+(_[a-z0-9]+)*__[a-z0-9_]+"), "stg_<source>__<entities>"),
    "intermediate": (re.compile(r"int_[a-z0-9]+_[a-z0-9_]+"), "int_<entities>_<verbs>"),
    "marts": (re.compile(r"(?!stg_|int_|base_)[a-z][a-z0-9_]*"), "<entities>, without a prefix of another layer"),
}
_ALONE = frozenset({"unique"})
_TOGETHER = ("columns", "combination_of_columns", "column_list")


@dataclass(frozen=True)
class Node:
    """A model, snapshot or seed."""

    type: str
    name: str
    file: str
    """Relative to the workspace."""
    layer: str | None
    """`staging`, `intermediate` or `marts`; None = none of them."""
    schema: str
    parents: tuple[str, ...]
    """Unique ids."""
    columns: Mapping[str, bool]
    """Column, lower case -> whether it is described."""
    is_described: bool


@dataclass(frozen=True)
class DataTest:
    """A data test that stands at a model in YAML."""

    test: str
    tested: str
    """Unique id."""
    columns: frozenset[str]
    """Columns that it looks at, lower case."""


@dataclass(frozen=True)
class Graph:
    """What rules look at."""

    nodes: Mapping[str, Node]
    """By unique id, sorted."""
    tests: tuple[DataTest, ...]
    tables: Mapping[str, TableSpec]
    """Grain and columns of the task's tables."""

    def models(self, *layers: str) -> Iterator[tuple[str, Node]]:
        """Models of some layers, or of all three."""
        for unique_id, node in self.nodes.items():
            if node.type == "model" and node.layer in (layers or LAYERS):
                yield unique_id, node

    def layer_of(self, unique_id: str) -> str:
        """Where a parent belongs: `source`, a layer, or `other`."""
        if unique_id.startswith("source."):
            return "source"
        node = self.nodes.get(unique_id)
        return (node.layer if node else None) or "other"


Rule = Callable[[Graph], Iterator[tuple[Node, str]]]
"""Yields each node that breaks it, with one sentence."""


def _sources_only_in_staging(graph: Graph) -> Iterator[tuple[Node, str]]:
    for node in graph.nodes.values():
        if node.layer != "staging":
            for parent in _parents(graph, node, "source"):
                yield node, f"reads source {_short(parent)}; only staging models read sources"


def _marts_read_no(kind: str) -> Rule:
    def rule(graph: Graph) -> Iterator[tuple[Node, str]]:
        for _, node in graph.models("marts"):
            for parent in _parents(graph, node, kind):
                yield node, f"is a mart and reads {kind} {_short(parent)} directly; put an intermediate model between"

    return rule


def _names_by_layer(graph: Graph) -> Iterator[tuple[Node, str]]:
    for _, node in graph.models():
        assert node.layer is not None
        pattern, wanted = _NAMES[node.layer]
        if not pattern.fullmatch(node.name):
            yield node, f"is not named as {node.layer} models are: {wanted}"
    for node in graph.nodes.values():
        if node.type == "model" and node.layer is None:
            yield node, f"stands in none of the layers {', '.join(LAYERS)}"


def _keys_tested(graph: Graph) -> Iterator[tuple[Node, str]]:
    for unique_id, node in graph.models():
        tests = [test for test in graph.tests if test.tested == unique_id]
        spec = graph.tables.get(f"{node.schema}.{node.name}")
        key = frozenset(name.lower() for name in spec.key) if spec else frozenset()
        tested = {test.columns for test in tests if test.test in _ALONE or len(test.columns) > 1}
        if key and key not in tested:
            yield node, f"has no data test that its key ({', '.join(sorted(key))}) is unique"
        elif not tested:
            yield node, "has no data test that a key is unique (`unique` on a column, or a test over several columns)"


def _columns_documented(graph: Graph) -> Iterator[tuple[Node, str]]:
    for _, node in graph.models():
        spec = graph.tables.get(f"{node.schema}.{node.name}")
        wanted = {name.lower() for name in spec.columns} if spec else set()
        missing = sorted(
            {name for name in wanted if not node.columns.get(name)}
            | {name for name, described in node.columns.items() if not described}
        )
        if not node.is_described:
            yield node, "has no description"
        if missing:
            more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
            yield node, f"has columns without a description: {', '.join(missing[:5])}{more}"
        elif not node.columns:
            yield node, "describes none of its columns"


RULES: dict[PolicyRule, Rule] = {
    "sources_only_in_staging": _sources_only_in_staging,
    "marts_read_no_sources": _marts_read_no("source"),
    "marts_read_no_staging": _marts_read_no("staging"),
    "names_by_layer": _names_by_layer,
    "keys_tested": _keys_tested,
    "columns_documented": _columns_documented,
}


def check_policy(graph: Any, rules: Sequence[PolicyRule], tables: Mapping[str, TableSpec]) -> PolicyResult:
    """Hold a dbt graph to some rules.

    Args:
        graph: What `runtime.jobs.graph.extract` returned in the submission's process; anything at all.
        rules: The rules that apply.
        tables: Grain and columns of the tables that the task knows.

    Returns:
        The findings; a graph that cannot be read has none, and says why.
    """
    names = tuple(sorted(rules))
    if not isinstance(graph, Mapping) or not isinstance(graph.get("nodes"), Mapping) or not graph["nodes"]:
        return PolicyResult(rules=names, n_findings=0, error="The build left no graph of models.")
    read = _read(graph["nodes"], tables)
    found = [
        PolicyFinding(rule=name, model=node.name, file=node.file, message=f"{node.name} {message}")
        for name in names
        for node, message in RULES[name](read)
    ]
    found.sort(key=lambda item: (item.rule, item.model, item.message))
    return PolicyResult(
        rules=names,
        n_findings=len(found),
        by_rule=dict(sorted(Counter(item.rule for item in found).items())),
        findings=tuple(found[:MAX_FINDINGS]),
    )


def _read(nodes: Mapping[Any, Any], tables: Mapping[str, TableSpec]) -> Graph:
    """The graph without whatever is not what it should be."""
    known: dict[str, Node] = {}
    tests: list[DataTest] = []
    for unique_id, value in sorted(nodes.items(), key=lambda item: str(item[0]))[:MAX_NODES]:
        if not isinstance(value, Mapping):
            continue
        kind = _text(value.get("type"))
        if kind == "test":
            tests.append(DataTest(_text(value.get("test")), _text(value.get("tested")), _columns(value)))
        elif kind in ("model", "snapshot", "seed"):
            known[_text(unique_id)] = _node(kind, value)
    return Graph(known, tuple(tests), tables)


def _node(kind: str, value: Mapping[str, Any]) -> Node:
    path = _text(value.get("path"))
    parts = path.split("/")
    columns = value.get("columns")
    return Node(
        type=kind,
        name=_text(value.get("name")) or "(no name)",
        file=f"dbt/{path}",
        layer=next((layer for layer in LAYERS if layer in parts[1:-1]), None) if kind == "model" else None,
        schema=_text(value.get("schema")),
        parents=tuple(_text(parent) for parent in _list(value.get("parents"))),
        columns={_text(name).lower(): bool(described) for name, described in _items(columns)},
        is_described=bool(value.get("is_described")),
    )


def _columns(test: Mapping[str, Any]) -> frozenset[str]:
    given = test.get("arguments")
    arguments = given if isinstance(given, Mapping) else {}
    names = {_text(arguments.get("column_name")).lower()} - {""}
    return frozenset(names | {_text(name).lower() for key in _TOGETHER for name in _list(arguments.get(key))})


def _parents(graph: Graph, node: Node, layer: str) -> list[str]:
    return sorted({parent for parent in node.parents if graph.layer_of(parent) == layer})


def _short(unique_id: str) -> str:
    return ".".join(unique_id.split(".")[2:]) or unique_id


def _items(value: Any) -> list[tuple[Any, Any]]:
    return list(value.items())[:MAX_NODES] if isinstance(value, Mapping) else []


def _list(value: Any) -> list[Any]:
    return value[:MAX_NODES] if isinstance(value, list) else []


def _text(value: Any) -> str:
    """A text without control characters, at most `MAX_TEXT` long; empty where it is none."""
    if not isinstance(value, str):
        return ""
    return "".join(character if character.isprintable() else "?" for character in value[:MAX_TEXT])
