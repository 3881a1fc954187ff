"""Reading a YAML file into a spec, with errors that name file, line and key."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from benchmark.errors import SpecError

SpecType = TypeVar("SpecType", bound=BaseModel)


_MERGE = "tag:yaml.org,2002:merge"
"""Tag of the key `<<`, which takes in the keys of another mapping; those given beside it win."""


class _UniqueKeyLoader(yaml.SafeLoader):
    """A safe loader that refuses a key given twice: YAML would silently keep the last one."""


def _construct_mapping(loader: _UniqueKeyLoader, node: yaml.MappingNode) -> dict[Any, Any]:
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
    loader.flatten_mapping(node)
    return loader.construct_mapping(node, deep=True)


_UniqueKeyLoader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _construct_mapping)


def parse_yaml(text: str, path: Path) -> dict[str, Any]:
    """Parse YAML text whose top level is a mapping.

    Args:
        text: The YAML.
        path: Where it came from; only used in messages.

    Raises:
        SpecError: Not YAML, a key given twice, or the top level is not a mapping.
    """
    try:
        content = yaml.load(text, Loader=_UniqueKeyLoader)
    except yaml.MarkedYAMLError as error:
        line = f"line {error.problem_mark.line + 1}: " if error.problem_mark else ""
        raise SpecError(path, [f"{line}not valid YAML: {error.problem}"]) from error
    except yaml.YAMLError as error:
        raise SpecError(path, [f"not valid YAML: {error}"]) from error
    if not isinstance(content, Mapping):
        raise SpecError(path, ["the top level must be a mapping of keys to values"])
    return dict(content)


def read_text(path: Path) -> str:
    """Read a UTF-8 text file; a missing or unreadable one is a `SpecError`."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise SpecError(path, ["file not found"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SpecError(path, [f"cannot be read: {error}"]) from error


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
        raise SpecError(path, [_sentence(problem, text) for problem in error.errors()]) from error


def _sentence(problem: Any, text: str) -> str:
    location = [part for part in problem["loc"] if part != "__root__"]
    key = ".".join(str(part) for part in location)
    line = _line_of(location, text)
    where = f"line {line}: " if line else ""
    message = str(problem["msg"]).removeprefix("Value error, ")
    message = (
        message.replace("a valid tuple", "a list")
        .replace("a valid dictionary", "a mapping")
        .replace("Tuple should", "list should")
    )
    if problem["type"] == "extra_forbidden":
        return f"{where}key '{key}' is not known here; remove it or check its spelling"
    if problem["type"] == "missing":
        return f"{where}key '{key}' is missing"
    value = problem.get("input")
    shown = f" (got {value!r})" if isinstance(value, str | int | float | bool) else ""
    return f"{where}key '{key}': {message}{shown}" if key else f"{where}{message}"


def _line_of(location: list[Any], text: str) -> int | None:
    """Line number, from 1, of the deepest part of a location that stands in the text."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
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
