"""Columns and data tests of models, and streams of connections, taken out of YAML files; all else stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import yaml

from authoring.yaml_edits import remove_key
from benchmark.yaml_guard import compose_yaml


def without_columns(text: str, model: str, columns: Collection[str]) -> str:
    """Take columns of a model out of a YAML file.

    Args:
        text: The file.
        model: Its name there.
        columns: In small letters; one that is not there is left out.
    """
    spans = []
    for entry in _listed(compose_yaml(text, yaml.SafeLoader), "models"):
        if _value(entry, "name") == model:
            spans += _spans(text, _listed(entry, "columns"), columns)
    return _without(text, spans)


def without_streams(text: str, streams: Collection[str]) -> str:
    """Take streams out of a connection file, and its comments, which may speak of them.

    Args:
        text: The file.
        streams: In small letters; another one stays.
    """
    nodes = _listed(compose_yaml(text, yaml.SafeLoader), "streams")
    shorter = _without(text, _spans(text, nodes, streams))
    return "".join(line for line in shorter.splitlines(keepends=True) if not line.lstrip().startswith("#"))


def without_tests(text: str, models: Collection[str]) -> str:
    """Take the data tests of models out of a YAML file, and those of others that read them.

    Args:
        text: The file.
        models: Their names there.
    """
    root = compose_yaml(text, yaml.SafeLoader)
    places: list[tuple[list[str | int], str]] = []
    for number, entry in enumerate(_listed(root, "models")):
        columns = _listed(entry, "columns")
        paths: list[list[str | int]] = [["models", number]]
        paths += [["models", number, "columns", place] for place in range(len(columns))]
        for path, node in zip(paths, [entry, *columns], strict=True):
            for key in ("data_tests", "tests"):
                said = _text(text, node, key)
                if said and (_value(entry, "name") in models or any(f"'{name}'" in said for name in models)):
                    places.append((path, key))
    for path, key in places:
        text = remove_key(text, path, key)
    return text


def _text(text: str, node: yaml.Node, key: str) -> str:
    """What a mapping has under a key, as it is written."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if name.value == key:
                return text[value.start_mark.index : value.end_mark.index]
    return ""


def _spans(text: str, nodes: Sequence[yaml.Node], names: Collection[str]) -> list[tuple[int, int]]:
    """Where the items of a list stand that have some names, with the lines up to the next item."""
    spans = []
    for place, node in enumerate(nodes):
        if (_value(node, "name") or "").lower() in names:
            start = _line_start(text, node.start_mark.index)
            if place + 1 < len(nodes):
                end = _line_start(text, nodes[place + 1].start_mark.index)
            else:
                end = len(text[: node.end_mark.index].rstrip()) + 1
            spans.append((start, end))
    return spans


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
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
