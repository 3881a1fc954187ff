"""Reading a YAML file with mistakes: all of them, and what is left without them, so that one hides nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError

from authoring.check.source_text import content
from benchmark.errors import Problem, SpecError
from benchmark.yaml_files import parse_yaml, read_text, validate_spec

SpecType = TypeVar("SpecType", bound=BaseModel)
_MAX_ROUNDS = 50


class Salvaged(NamedTuple, Generic[SpecType]):
    """A file and its mistakes."""

    spec: SpecType
    """What could be read; for the rest the values that were given."""
    problems: tuple[Problem, ...]
    lost: frozenset[str]
    """Keys of the top level of which at least a part is left out."""


def salvage(path: Path, spec_type: type[SpecType], instead: Mapping[str, Any]) -> Salvaged[SpecType]:
    """Read a YAML file; leave out what is not valid.

    Args:
        path: The file.
        spec_type: A pydantic class.
        instead: A value for every key that the class requires.
    """
    nothing = spec_type.model_construct(**instead)
    every = frozenset(spec_type.model_fields)
    try:
        text = read_text(path)
        found = deepcopy(parse_yaml(text.removeprefix("\ufeff"), path))
    except SpecError as error:
        problems = () if _is_encoding(path) else error.problems  # said by the rule on encodings
        return Salvaged(nothing, problems, every)
    return _prune(found, spec_type, path, text, instead) or Salvaged(
        nothing, _problems(found, spec_type, path, text), every
    )


def _is_encoding(path: Path) -> bool:
    try:
        content(path).decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _problems(found: Mapping[str, Any], spec_type: type[BaseModel], path: Path, text: str) -> tuple[Problem, ...]:
    try:
        validate_spec(found, spec_type, path, text)
    except SpecError as error:
        return error.problems
    return ()


def _prune(
    found: dict[str, Any], spec_type: type[SpecType], path: Path, text: str, instead: Mapping[str, Any]
) -> Salvaged[SpecType] | None:
    """Take away what is wrong until the rest is valid; None where that leads nowhere."""
    problems = list(_problems(found, spec_type, path, text))
    lost: set[str] = set()
    rest = deepcopy(found)
    for _ in range(_MAX_ROUNDS):
        try:
            return Salvaged(spec_type.model_validate(rest), tuple(dict.fromkeys(problems)), frozenset(lost))
        except ValidationError as error:
            errors = error.errors()
        before = deepcopy(rest)
        for item in sorted(errors, key=lambda item: str(item["loc"]), reverse=True):  # the last of a list first
            location = [part for part in item["loc"] if part not in ("__root__", "[key]")]
            if not location:
                problems += [problem for problem in _problems(rest, spec_type, path, text) if not problem.key]
                continue
            lost.add(str(location[0]))
            if len(location) == 1 and item["type"] != "extra_forbidden":
                rest.pop(str(location[0]), None)
                if location[0] in instead:
                    rest[str(location[0])] = instead[str(location[0])]
            else:
                _take_away(rest, location[:-1] if item["type"] == "missing" else location)
        if rest == before:
            return None
    return None


def _take_away(tree: Any, location: list[Any]) -> None:
    """Remove what stands at a location, or the deepest part of the way to it that is there."""
    parents: list[tuple[Any, Any]] = []
    for part in location:
        if (isinstance(tree, dict) and part in tree) or (
            isinstance(tree, list) and isinstance(part, int) and part < len(tree)
        ):
            parents.append((tree, part))
            tree = tree[part]
    if parents:
        parent, part = parents[-1]
        del parent[part]
