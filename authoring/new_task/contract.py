"""What a dbt project promises about a table: grain, columns, rules; from its YAML, inherited along the lineage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from authoring.lineage.dbt_files import read_yaml
from authoring.lineage.project_graph import ProjectGraph
from benchmark.file_tree import FileTree
from benchmark.tables import TableSpec


class ContractColumn(NamedTuple):
    """A column of a table."""

    name: str
    description: str
    """Empty: nobody describes it."""
    inherited_from: str
    """Table whose column of the same name has this description; empty: the table's own."""


class Contract(NamedTuple):
    """What must hold for a table."""

    table: str
    """`schema.table`."""
    description: str
    key: tuple[str, ...]
    columns: tuple[ContractColumn, ...]
    rules: tuple[str, ...]
    """Sentences, from data tests."""
    defined_in: str
    """The YAML file that describes it, within the workspace; empty: none does."""

    @property
    def undescribed(self) -> tuple[str, ...]:
        """Columns that nobody describes."""
        return tuple(column.name for column in self.columns if not column.description)


def contract_of(table: str, spec: TableSpec, graph: ProjectGraph, tree: FileTree) -> Contract:
    """The contract of a model.

    Args:
        table: `schema.table`.
        spec: What of it is scored.
        graph: Of the pipeline that has it.
        tree: The files of that pipeline.
    """
    node = graph.tables[table]
    file, entry = _entry(tree, node.path.stem if node.path else node.name)
    own = {column.name.lower(): column.description for column in node.columns if column.description}
    columns = []
    for name in spec.columns:
        text, origin = own.get(name.lower(), ""), ""
        if not text:
            text, origin = _inherited(graph, table, name.lower())
        columns.append(ContractColumn(name, text, origin))
    return Contract(table, node.description, spec.key, tuple(columns), tuple(_rules(entry, spec.key)), file)


def _inherited(graph: ProjectGraph, table: str, column: str) -> tuple[str, str]:
    """The description of the nearest column upstream that has the same name."""
    level = list(graph.tables[table].upstream)
    seen = set(level)
    while level:
        for name in level:
            for found in graph.tables[name].columns if name in graph.tables else ():
                if found.name.lower() == column and found.description:
                    return found.description, name
        above = [up for name in level if name in graph.tables for up in graph.tables[name].upstream]
        level = [name for name in dict.fromkeys(above) if name not in seen]
        seen.update(level)
    return "", ""


def _entry(tree: FileTree, model: str) -> tuple[str, Mapping[str, Any]]:
    """The YAML file that has a model, and its entry there."""
    for name, path in tree.items():
        if name.startswith("dbt/") and path.suffix in (".yml", ".yaml"):
            listed = read_yaml(path, []).get("models")
            for entry in listed if isinstance(listed, list) else ():
                if isinstance(entry, dict) and entry.get("name") == model:
                    return name, entry
    return "", {}


def _rules(entry: Mapping[str, Any], key: tuple[str, ...]) -> Iterator[str]:
    for test in _tests(entry):
        name, arguments = _split(test)
        columns = arguments.get("combination_of_columns")
        if isinstance(columns, list) and {*map(str, columns)} != {*key}:
            yield f"No two rows have the same {' and '.join(f'`{column}`' for column in columns)}."
        elif name.endswith("expression_is_true") and arguments.get("expression"):
            yield f"Always: `{arguments['expression']}`."
    for column in entry.get("columns") or ():
        if not isinstance(column, dict):
            continue
        called = f"`{column.get('name')}`"
        for test in _tests(column):
            name, arguments = _split(test)
            if name == "unique" and key != (column.get("name"),):
                yield f"{called} is different in each row."
            elif name == "not_null":
                yield f"{called} is never NULL."
            elif name == "accepted_values":
                yield f"{called} is one of {', '.join(map(str, arguments.get('values') or ()))}."
            elif name.endswith(("accepted_range", "expect_column_values_to_be_between")):
                low, high = arguments.get("min_value"), arguments.get("max_value")
                bounds = [f"at least {low}"] * (low is not None) + [f"at most {high}"] * (high is not None)
                yield f"{called} is {' and '.join(bounds)}."
            elif name == "relationships":
                yield f"Each {called} is there as `{arguments.get('field')}` of the table that it points to."


def _tests(entry: Mapping[str, Any]) -> list[Any]:
    listed = entry.get("data_tests") or entry.get("tests") or []
    return listed if isinstance(listed, list) else []


def _split(test: Any) -> tuple[str, Mapping[str, Any]]:
    if isinstance(test, dict) and test:
        name, arguments = next(iter(test.items()))
        arguments = arguments if isinstance(arguments, dict) else {}
        return str(name), {**arguments, **(arguments.get("arguments") or {})}
    return str(test), {}
