"""Reading the files of a dbt project as text: configuration, documentation, `ref()` and `source()`.

Everything here is tolerant: a file that cannot be read is empty and named in `problems`. Results are kept per file and
its time stamp, since the tasks of a world share most of their files.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from benchmark.yaml_guard import load_yaml

_JINJA_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_TEXT = r"""\s*['"]([^'"]+)['"]\s*"""
_REF = re.compile(rf"\bref\s*\({_TEXT}(?:,{_TEXT})?(?:,\s*v(?:ersion)?\s*=[^)]*)?\)")
_SOURCE = re.compile(rf"\bsource\s*\({_TEXT},{_TEXT}\)")
_CONFIG = re.compile(r"\bconfig\s*\(")
_SETTING = re.compile(r"""\b(materialized|schema|alias|target_schema)\s*=\s*['"]([^'"]*)['"]""")
_DISABLED = re.compile(r"\benabled\s*=\s*(?:false|False)\b")
_SNAPSHOT = re.compile(r"\{%-?\s*snapshot\s+(\w+)\s*-?%\}")
_KINDS = {"models": "model", "snapshots": "snapshot", "seeds": "seed"}
_CONSTRAINTS = {"not_null", "unique"}


@dataclass(frozen=True)
class DocumentedColumn:
    """A column as a YAML file of the project documents it."""

    name: str
    description: str = ""
    data_type: str | None = None
    is_unique: bool = False
    is_nullable: bool = True
    tests: tuple[str, ...] = ()
    """Names of its other data tests."""


@dataclass(frozen=True)
class ModelCode:
    """What a model's file says, as far as text shows it."""

    references: frozenset[str] = frozenset()
    sources: frozenset[tuple[str, str]] = frozenset()
    config: Mapping[str, Any] = field(default_factory=dict)
    snapshot_name: str | None = None


@dataclass(frozen=True)
class Document:
    """The entry of a model, snapshot or seed in a YAML file."""

    kind: str
    name: str
    path: Path
    description: str
    columns: tuple[DocumentedColumn, ...]
    config: Mapping[str, Any]
    relation: ModelCode | None
    """What a snapshot that is defined in YAML reads; None for everything else."""


@dataclass(frozen=True)
class SourceTable:
    """A table of a dbt source."""

    source: str
    table: str
    schema: str
    identifier: str
    description: str
    columns: tuple[DocumentedColumn, ...]


@dataclass(frozen=True)
class Properties:
    """What one YAML file describes."""

    documents: tuple[Document, ...] = ()
    sources: tuple[SourceTable, ...] = ()


def read_yaml(path: Path, problems: list[str]) -> dict[str, Any]:
    """A YAML file whose top level is a mapping; empty, with a problem, where it is not."""
    content, problem = _yaml_cached(path, _stamp(path))
    if problem:
        problems.append(f"{path}: {problem}")
    return content


def read_model_code(path: Path, problems: list[str]) -> ModelCode:
    """References and configuration of a model's file, SQL or Python."""
    code, problem = _code_cached(path, _stamp(path))
    if problem:
        problems.append(f"{path}: {problem}")
    return code


def read_properties(path: Path, problems: list[str]) -> Properties:
    """Documentation and sources of a YAML file."""
    content = read_yaml(path, problems)
    return _properties_cached(path, _stamp(path)) if content else Properties()


def folder_config(project: Mapping[str, Any], folders: tuple[str, ...]) -> dict[str, Any]:
    """Settings that `dbt_project.yml` gives a folder, for example `("models", "staging")`; deeper ones win."""
    level: Any = project.get(folders[0])
    if not isinstance(level, Mapping):
        return {}
    found = _settings(level)
    for part in (str(project.get("name")), *folders[1:]):
        level = level.get(part)
        if not isinstance(level, Mapping):
            if part == str(project.get("name")):
                return found
            break
        found |= _settings(level)
    return found


def parse_code(text: str) -> ModelCode:
    """References and configuration in the text of a model."""
    text = _JINJA_COMMENT.sub("", text)
    references = {second or first for first, second in _REF.findall(text)}
    config: dict[str, Any] = {}
    for match in _CONFIG.finditer(text):
        arguments = _arguments(text, match.end())
        config |= dict(_SETTING.findall(arguments))
        if _DISABLED.search(arguments):
            config["enabled"] = False
    snapshot = _SNAPSHOT.search(text)
    return ModelCode(
        frozenset(references), frozenset(_SOURCE.findall(text)), config, snapshot.group(1) if snapshot else None
    )


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _yaml_cached(path: Path, stamp: tuple[int, int]) -> tuple[dict[str, Any], str]:
    try:
        content = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        return {}, f"cannot be read: {error}"
    except yaml.YAMLError as error:
        return {}, f"not valid YAML: {' '.join(str(error).split())}"
    if content is None:
        return {}, ""
    if not isinstance(content, dict):
        return {}, "the top level is not a mapping"
    return content, ""


@lru_cache(maxsize=4096)
def _code_cached(path: Path, stamp: tuple[int, int]) -> tuple[ModelCode, str]:
    try:
        return parse_code(path.read_text(encoding="utf-8")), ""
    except (OSError, UnicodeDecodeError) as error:
        return ModelCode(), f"cannot be read: {error}"


@lru_cache(maxsize=4096)
def _properties_cached(path: Path, stamp: tuple[int, int]) -> Properties:
    content, _ = _yaml_cached(path, stamp)
    documents = [_document(kind, entry, path) for key, kind in _KINDS.items() for entry in _entries(content.get(key))]
    sources = [
        SourceTable(
            source=source["name"],
            table=table["name"],
            schema=str(source.get("schema") or source["name"]),
            identifier=str(table.get("identifier") or table["name"]),
            description=_text(table.get("description")) or _text(source.get("description")),
            columns=_columns(table),
        )
        for source in _entries(content.get("sources"))
        for table in _entries(source.get("tables"))
    ]
    return Properties(tuple(documents), tuple(sources))


def _document(kind: str, entry: Mapping[str, Any], path: Path) -> Document:
    relation = entry.get("relation")
    config = entry.get("config")
    return Document(
        kind=kind,
        name=entry["name"],
        path=path,
        description=_text(entry.get("description")),
        columns=_columns(entry),
        config=_settings(config) if isinstance(config, Mapping) else {},
        relation=parse_code(relation) if isinstance(relation, str) else None,
    )


def _columns(entry: Mapping[str, Any]) -> tuple[DocumentedColumn, ...]:
    columns = []
    for column in _entries(entry.get("columns")):
        listed = column.get("data_tests") or column.get("tests")
        names = [
            str(test if isinstance(test, str) else test.get("name") or next(iter(test), ""))
            for test in (listed if isinstance(listed, list) else [])
            if isinstance(test, str | Mapping)
        ]
        data_type = column.get("data_type")
        columns.append(
            DocumentedColumn(
                name=column["name"],
                description=_text(column.get("description")),
                data_type=str(data_type) if data_type else None,
                is_unique="unique" in names,
                is_nullable="not_null" not in names,
                tests=tuple(sorted(set(names) - _CONSTRAINTS - {""})),
            )
        )
    return tuple(columns)


def _entries(value: Any) -> list[dict[str, Any]]:
    """The mappings of a list that have a name."""
    if not isinstance(value, list):
        return []
    return [entry for entry in value if isinstance(entry, dict) and isinstance(entry.get("name"), str)]


def _settings(level: Mapping[Any, Any]) -> dict[str, Any]:
    """What `dbt_project.yml` or a YAML file says of a level, with or without the `+`."""
    found = {}
    for name in ("materialized", "schema", "target_schema", "alias", "enabled"):
        value = level.get(f"+{name}", level.get(name))
        if isinstance(value, str | bool) and not (isinstance(value, str) and "{{" in value):
            found[name] = value
    return found


def _text(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _arguments(text: str, start: int) -> str:
    """The text up to the bracket that closes the one before `start`."""
    depth = 1
    for index in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[index], 0)
        if depth == 0:
            return text[start:index]
    return text[start:]
