"""Plain YAML of models: names, descriptions and data tests of known kinds on plain values."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import yaml

from benchmark.errors import SpecError
from benchmark.yaml_files import parse_yaml
from evaluators.pipeline.plain.jinja import NotPlainError
from evaluators.pipeline.plain.sql import BUILT_IN

MAX_BYTES = 256 * 1024
MAX_VALUES = 50_000
_PLAIN = re.compile(r"[A-Za-z0-9_ .:,/%-]*")
_REFERENCE = re.compile(r"(ref\('[a-z][a-z0-9_]*'\)|source\('[a-z][a-z0-9_]*', *'[a-z][a-z0-9_]*'\))")
_READS = re.compile(rf"\b(?:from|join|rowid|[a-z_]\w*\s*\.\s*[a-z_]\w*|{BUILT_IN.pattern}\w*)\b", re.IGNORECASE)
"""What names a relation, or where a row lies, in the SQL that a data test makes of a value."""
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_TESTS = ("data_tests", "tests")
_MODEL_KEYS = {"name", "description", "columns", *_TESTS}
_COLUMN_KEYS = {"name", "description", *_TESTS}

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The one that dbt uses, as far as it can."""

Entries = Mapping[str, Any]
"""Model -> what a YAML file says of it."""


def read_entries(path: str, content: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a YAML file says of each model, and everything else that it says.

    Raises:
        NotPlainError: It is large, or is not understood.
    """
    if len(content) > MAX_BYTES:
        raise NotPlainError(f"{path} is long")
    try:
        text = content.decode()
        if "<<" in text:
            raise NotPlainError(f"{path} merges mappings")
        parse_yaml(text, Path(path))  # refuses keys that are given twice
        loaded = yaml.load(text, _LOADER)
    except (UnicodeDecodeError, yaml.YAMLError, SpecError, RecursionError, ValueError) as error:
        raise NotPlainError(f"{path} cannot be read") from error
    if not isinstance(loaded, dict) or _size(loaded, {}) > MAX_VALUES:
        raise NotPlainError(f"{path} holds no mapping, or one that is large")
    models = loaded.pop("models", [])
    found: dict[str, Any] = {}
    for entry in models if isinstance(models, list) else [None]:
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or name in found:
            raise NotPlainError(f"{path} holds a model without a name of its own")
        found[name] = entry
    return found, loaded


def _size(value: Any, seen: dict[int, int]) -> int:
    """How many values stand in a value once its aliases are written out."""
    if not isinstance(value, dict | list):
        return 1
    if id(value) not in seen:
        seen[id(value)] = MAX_VALUES + 1  # while it is counted: one that holds itself has no end
        children = [*value, *value.values()] if isinstance(value, dict) else value
        seen[id(value)] = 1 + sum(_size(child, seen) for child in children)
    return seen[id(value)]


def check_entry(entry: Mapping[str, Any], tests: Mapping[str, Collection[str]]) -> None:
    """See that what YAML says of a model is plain.

    Args:
        entry: What it says.
        tests: Generic test that is known -> its arguments.

    Raises:
        NotPlainError: It is not.
    """
    columns = entry.get("columns") or []
    if entry.keys() - _MODEL_KEYS or not isinstance(columns, list):
        raise NotPlainError("a property of a model that is not known")
    for part in (entry, *columns):
        if part is not entry and (not isinstance(part, dict) or part.keys() - _COLUMN_KEYS):
            raise NotPlainError("a property of a column that is not known")
        description = part.get("description", "")
        name = str(part.get("name"))
        if not _NAME.fullmatch(name) or _READS.search(name) or not isinstance(description, str):
            raise NotPlainError("a name or a description that is none")
        if re.search(r"\{[{%#]", description):
            raise NotPlainError("Jinja in a description")
        for key in _TESTS:
            found = part.get(key) or []
            if not isinstance(found, list):
                raise NotPlainError("data tests that are no list")
            for test in found:
                _check_test(test, tests)


def _check_test(test: Any, tests: Mapping[str, Collection[str]]) -> None:
    name: Any = test
    options: Any = {}
    if isinstance(test, dict) and len(test) == 1:
        [(name, options)] = test.items()
    if not isinstance(name, str) or name not in tests:
        raise NotPlainError("a data test that is not known")
    if not isinstance(options, dict):
        raise NotPlainError("a data test without options")
    config = options.get("config", {})
    if not isinstance(config, dict) or any(
        key != "severity" or value not in ("warn", "error") for key, value in config.items()
    ):
        raise NotPlainError("a data test with a config that is not known")
    nested = options.get("arguments", {})
    if not isinstance(nested, dict):
        raise NotPlainError("arguments of a data test that are no mapping")
    arguments = nested | {key: value for key, value in options.items() if key not in ("config", "arguments")}
    if arguments.keys() - set(tests[name]):  # dbt takes others for the config, which says where rows are stored
        raise NotPlainError("an option of a data test that is not one of its arguments")
    _check_values(nested)
    _check_values({key: value for key, value in options.items() if key not in ("config", "arguments")})


def _check_values(value: Any) -> None:
    if isinstance(value, dict):
        for key, child in value.items():
            if not isinstance(key, str) or not _NAME.fullmatch(key) or key == "where":
                raise NotPlainError("an option of a data test that is not known")
            if key == "to" and not _REFERENCE.fullmatch(str(child)):
                raise NotPlainError("a data test that names a relation without a reference")
            _check_values(child)
    elif isinstance(value, list):
        for child in value:
            _check_values(child)
    elif isinstance(value, str):
        is_plain = _PLAIN.fullmatch(value) and "--" not in value and not _READS.search(value)
        if not (is_plain or _REFERENCE.fullmatch(value)):
            raise NotPlainError(f"the value {value!r} of a data test")
    elif not isinstance(value, bool | int) and value is not None:
        raise NotPlainError("a value of a data test that is not plain")
