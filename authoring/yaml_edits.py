"""Changes of single keys in a YAML text that leave every other letter, comments too, as it is."""

from __future__ import annotations

from collections.abc import Sequence

import yaml

from benchmark.yaml_guard import compose_yaml

Path = Sequence[str | int]
"""Keys and positions from the top."""


def set_key(text: str, path: Path, key: str, value: str) -> str:
    """Set a key of a mapping; a new one comes after the first.

    Args:
        text: The YAML.
        path: Of the mapping.
        key: Of the mapping.
        value: As it stands in YAML, on one line.
    """
    mapping = _node(text, path)
    assert isinstance(mapping, yaml.MappingNode)
    for key_node, value_node in mapping.value:
        if key_node.value == key:
            return text[: value_node.start_mark.index] + value + text[value_node.end_mark.index :]
    if not mapping.value:
        return text
    first_key, first_value = mapping.value[0]
    if mapping.flow_style:
        at = first_value.end_mark.index
        return f"{text[:at]}, {key}: {value}{text[at:]}"
    at = first_key.start_mark.index
    return f"{text[:at]}{key}: {value}\n{' ' * first_key.start_mark.column}{text[at:]}"


def remove_key(text: str, path: Path, key: str) -> str:
    """Take a key of a mapping away, with its value; where it is not there, nothing changes."""
    mapping = _node(text, path)
    assert isinstance(mapping, yaml.MappingNode)
    for number, (key_node, value_node) in enumerate(mapping.value):
        if key_node.value != key or len(mapping.value) == 1:
            continue
        start, end = key_node.start_mark.index, value_node.end_mark.index
        if number + 1 < len(mapping.value):
            end = mapping.value[number + 1][0].start_mark.index
        elif mapping.flow_style:
            start = mapping.value[number - 1][1].end_mark.index
        else:
            start = text.rfind("\n", 0, start)
            end = len(text[:end].rstrip())
        return text[:start] + text[end:]
    return text


def _node(text: str, path: Path) -> yaml.Node | None:
    node = compose_yaml(text, yaml.SafeLoader)
    for part in path:
        if isinstance(node, yaml.MappingNode):
            node = next((value for key, value in node.value if key.value == part), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            node = node.value[part]
        else:
            return None
    return node


def add_item(text: str, path: Path, value: str) -> str:
    """Add a value at the end of a list that has some."""
    sequence = _node(text, path)
    assert isinstance(sequence, yaml.SequenceNode)
    last = sequence.value[-1]
    at = last.end_mark.index
    if sequence.flow_style:
        return f"{text[:at]}, {value}{text[at:]}"
    dash = text.rfind("-", 0, last.start_mark.index)
    indent = dash - (text.rfind("\n", 0, dash) + 1)
    end = text.find("\n", at)
    end = len(text) if end == -1 else end
    return f"{text[:end]}\n{' ' * indent}- {value}{text[end:]}"


def remove_item(text: str, path: Path, value: str) -> str:
    """Take a value out of a list; where it is not there, nothing changes."""
    sequence = _node(text, path)
    assert isinstance(sequence, yaml.SequenceNode)
    nodes = sequence.value
    number = next((number for number, node in enumerate(nodes) if node.value == value), None)
    if number is None:
        return text
    if not sequence.flow_style:
        start = text.rfind("\n", 0, nodes[number].start_mark.index)
        end = text.find("\n", nodes[number].end_mark.index)
        return text[:start] + (text[end:] if end != -1 else "\n")
    if number + 1 < len(nodes):
        return text[: nodes[number].start_mark.index] + text[nodes[number + 1].start_mark.index :]
    start = nodes[number - 1].end_mark.index if number else nodes[number].start_mark.index
    return text[:start] + text[nodes[number].end_mark.index :]


def entry_span(text: str, path: Path, key: str) -> tuple[int, int]:
    """Where a key of a mapping in block style begins and ends, with its value and the line breaks; whole lines.

    Comments above the key belong to it, comments above the next one do not.
    """
    mapping = _node(text, path)
    assert isinstance(mapping, yaml.MappingNode)
    for key_node, value_node in mapping.value:
        if key_node.value == key:
            start = text.rfind("\n", 0, key_node.start_mark.index) + 1
            while (above := text[text.rfind("\n", 0, max(0, start - 1)) + 1 : start]).lstrip().startswith("#"):
                start -= len(above)
            column = key_node.start_mark.column
            end = _line_end(text, len(text[: value_node.end_mark.index].rstrip()) - 1)
            # Of the comments at the end those belong to it that stand further in than its key.
            lines = text[start:end].splitlines(keepends=True)
            while not lines[-1].strip() or (lines[-1].lstrip().startswith("#") and _indent(lines[-1]) <= column):
                end -= len(lines.pop())
            while (line := text[end : _line_end(text, end)]).lstrip().startswith("#") and _indent(line) > column:
                end += len(line)
            return start, end
    raise KeyError(key)


def _line_end(text: str, at: int) -> int:
    """Where the line with this letter ends, its line break included."""
    end = text.find("\n", at)
    return len(text) if end == -1 else end + 1


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
