"""Columns of models in a dbt project's YAML files, taken out of the text; all else stays as it is."""

from __future__ import annotations

from collections.abc import Collection

import yaml


def without_columns(text: str, model: str, columns: Collection[str]) -> str:
    """Take columns of a model out of a YAML file.

    Args:
        text: The file.
        model: Its name there.
        columns: In small letters; one that is not there is left out.
    """
    spans = []
    for entry in _listed(yaml.compose(text, Loader=yaml.SafeLoader), "models"):
        if _value(entry, "name") != model:
            continue
        nodes = _listed(entry, "columns")
        for place, node in enumerate(nodes):
            if (_value(node, "name") or "").lower() in columns:
                start = _line_start(text, node.start_mark.index)
                if place + 1 < len(nodes):
                    end = _line_start(text, nodes[place + 1].start_mark.index)
                else:
                    end = len(text[: node.end_mark.index].rstrip()) + 1
                spans.append((start, end))
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    return text


def _line_start(text: str, at: int) -> int:
    return text.rfind("\n", 0, at) + 1


def _listed(node: yaml.Node | None, key: str) -> list[yaml.Node]:
    """Items of the list that a mapping has under a key."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key and isinstance(value, yaml.SequenceNode):
                return list(value.value)
    return []


def _value(node: yaml.Node, key: str) -> str | None:
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                return str(value.value)
    return None
