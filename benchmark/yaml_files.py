"""Reading a YAML file into a spec, with errors that name file, line and key."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from benchmark.errors import Problem, SpecError
from benchmark.spec_fields import allowed_keys
from benchmark.spelling import allowed_names, nearest
from benchmark.yaml_guard import GuardedLoader, compose_yaml, load_yaml

SpecType = TypeVar("SpecType", bound=BaseModel)


_MERGE = "tag:yaml.org,2002:merge"
"""Tag of the key `<<`, which takes in the keys of another mapping; those given beside it win."""


class _UniqueKeyLoader(GuardedLoader):
    """A safe loader that refuses a key given twice: YAML would silently keep the last one."""


def _construct_mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    has_merge = any(key_node.tag == _MERGE for key_node, _ in node.value)
    if has_merge:
        _refuse_repeated(loader, node)
    mapping: dict[Any, Any] = loader.construct_mapping(node, deep=True)
    if not has_merge and len(mapping) < len(node.value):
        _refuse_repeated(loader, node)
    return mapping


def _refuse_repeated(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> None:
    seen: set[Any] = set()
    for key_node, _ in node.value:
        if key_node.tag == _MERGE:
            continue
        key = loader.construct_object(key_node)
        if not isinstance(key, str | int | float | bool):
            continue
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"key '{key}' is given twice", key_node.start_mark)
        seen.add(key)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)
_NUMBERS = {
    "tag:yaml.org,2002:int": re.compile(r"[-+]?(0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+)$"),
    "tag:yaml.org,2002:float": re.compile(
        r"([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?"
        r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$"
    ),
}
"""Tag -> how a number is written: as in YAML 1.1 without numbers to the base of 60, which would make 21:30 the number
1,290. Like this it is a text, and a time."""
_UniqueKeyLoader.yaml_implicit_resolvers = {
    first: [(tag, _NUMBERS.get(tag, pattern)) for tag, pattern in resolvers]
    for first, resolvers in GuardedLoader.yaml_implicit_resolvers.items()
}


def parse_yaml(text: str, path: Path) -> dict[str, Any]:
    """Parse YAML text whose top level is a mapping.

    Args:
        text: The YAML.
        path: Where it came from; only used in messages.

    Raises:
        SpecError: Not YAML, a value that cannot be, a key given twice, nested too deep, or the top level is not a
            mapping.
    """
    try:
        content = load_yaml(text, _UniqueKeyLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        key = _key_at(text, mark) if mark and isinstance(error, yaml.constructor.ConstructorError) else ""
        message = f"not valid YAML: key '{key}': {error.problem}" if key else f"not valid YAML: {error.problem}"
        raise SpecError(path, [Problem(message, "LG002", key, mark.line + 1 if mark else None)]) from error
    except yaml.YAMLError as error:
        raise SpecError(path, [Problem(f"not valid YAML: {error}", "LG002")]) from error
    if not isinstance(content, Mapping):
        raise SpecError(path, [Problem("the top level must be a mapping of keys to values", "LG002")])
    return dict(content)


def read_text(path: Path) -> str:
    """Read a UTF-8 text file; a missing or unreadable one is a `SpecError`."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SpecError(path, [Problem("file not found", "LG001")]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(path, [Problem(f"cannot be read: {error}", "LG001")]) from error


def read_spec(path: Path, spec_type: type[SpecType], **extra: Any) -> SpecType:
    """Read a YAML file into a spec.

    Args:
        path: The file.
        spec_type: A pydantic class with ``extra="forbid"``.
        extra: Values that do not stand in the file, for example its folder.

    Raises:
        SpecError: With one sentence per problem that names the line and the key.
    """
    text = read_text(path)
    content = parse_yaml(text, path)
    return validate_spec(content | extra, spec_type, path, text)


def validate_spec(content: Mapping[str, Any], spec_type: type[SpecType], path: Path, text: str = "") -> SpecType:
    """Validate parsed content; `text` is only used to find the line of a key."""
    try:
        return spec_type.model_validate(content)
    except ValidationError as error:
        raise SpecError(path, [_problem(found, spec_type, content, text) for found in error.errors()]) from error


def line_of_key(text: str, key: str) -> int | None:
    """Line, from 1, of a key such as `scored.marts.0` in a YAML text, or of the last part of it that is there."""
    return _line_of([int(part) if part.isdigit() else part for part in key.split(".")], text)


def _problem(found: Any, spec_type: type[BaseModel], content: Any, text: str) -> Problem:
    location = _in_file(found["loc"], content)
    key = ".".join(str(part) for part in location)
    line = _line_of(location, text)
    if found["type"] == "extra_forbidden":
        allowed = allowed_names(str(location[-1]), allowed_keys(spec_type, found["loc"][:-1]))
        return Problem(f"key '{key}' is not known here; {allowed}", "LG003", key, line)
    if found["type"] == "missing":
        return Problem(f"key '{key}' is missing", "LG004", key, line)
    message = str(found["msg"]).removeprefix("Value error, ")
    for python, plain in _IN_PLAIN_WORDS.items():
        message = message.replace(python, plain)
    value = found.get("input")
    shown = f" (got {value!r})" if isinstance(value, str | int | float | bool) else ""
    if found["type"] in _CHOICES:
        near = nearest(str(found["ctx"].get("tag", value)), _QUOTED.findall(message))
        shown += f"; did you mean '{near}'?" if near else ""
    return Problem(f"key '{key}': {message}{shown}" if key else f"{message}{shown}", "LG005", key, line)


def _in_file(location: Sequence[str | int], content: Any) -> list[str | int]:
    """Leave out the parts of pydantic's location that are no keys: which choice of several it tried."""
    found: list[str | int] = []
    for index, part in enumerate(location):
        is_item = isinstance(content, list | tuple) and isinstance(part, int) and part < len(content)
        if is_item or (isinstance(content, Mapping) and part in content):
            content = content[part]
        elif index + 1 < len(location) or part in ("__root__", "[key]"):
            continue
        found.append(part)
    return found


_CHOICES = ("literal_error", "union_tag_invalid")
_QUOTED = re.compile("'([^']*)'")
_IN_PLAIN_WORDS = {"a valid tuple": "a list", "a valid dictionary": "a mapping", "Tuple should": "list should"}


def _line_of(location: list[Any], text: str) -> int | None:
    """Line number, from 1, of the deepest part of a location that stands in the text."""
    try:
        node = compose_yaml(text)
    except yaml.YAMLError:
        return None
    line = None
    for part in location:
        if isinstance(node, yaml.MappingNode):
            match = next(((k, v) for k, v in node.value if k.value == str(part)), None)
            if match is None:  # The tag of a union, such as the type of a source system, which is no key.
                continue
            line, node = match[0].start_mark.line + 1, match[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            line = node.start_mark.line + 1
        else:
            break
    return line


def _key_at(text: str, mark: yaml.Mark) -> str:
    """Keys and positions, joined by dots, of the value that begins at a place; empty where none does."""
    place = (mark.line, mark.column)
    waiting: list[tuple[str, yaml.Node | None]] = [("", compose_yaml(text))]
    seen: set[int] = set()
    while waiting:
        key, node = waiting.pop()
        if node is None or id(node) in seen:
            continue
        seen.add(id(node))
        if key and (node.start_mark.line, node.start_mark.column) == place:
            return key
        before = f"{key}." if key else ""
        if isinstance(node, yaml.MappingNode):
            waiting += [(f"{before}{name.value}", value) for name, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            waiting += [(f"{before}{number}", value) for number, value in enumerate(node.value)]
    return ""
