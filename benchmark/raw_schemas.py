"""In which schema of the warehouse raw tables lie."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from benchmark.errors import SpecError
from benchmark.yaml_files import parse_yaml, read_text

_RESERVED = ("information_schema", "pg_catalog", "system", "temp")
"""Schemas of DuckDB's own; names with an underscore in front are the loader's."""


def _is_free(name: str) -> str:
    if name in _RESERVED:
        raise ValueError(f"schema '{name}' is DuckDB's own; choose another one")
    return name


RawSchema = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$"), AfterValidator(_is_free)]
"""A schema that raw tables may lie in."""


def default_schema(name: str) -> str:
    """The schema of a connection, or of a system of given tables, that names none."""
    return f"raw_{name}"


def schema_of(content: Mapping[str, Any]) -> str:
    """The schema of a connection file's content, which need not be valid."""
    namespace = content.get("namespace")
    return namespace if isinstance(namespace, str) else default_schema(str(content.get("connection")))


def raw_tables_of(content: Mapping[str, Any]) -> tuple[str, ...]:
    """The raw tables of a connection file's content, which need not be valid: `schema.table` in small letters."""
    streams = content.get("streams")
    found = [stream for stream in streams if isinstance(stream, Mapping)] if isinstance(streams, list) else []
    return tuple(f"{schema_of(content)}.{stream.get('name')}".lower() for stream in found)


def loading_files(files: Mapping[str, Path]) -> dict[str, str]:
    """Raw table, `schema.table` in small letters -> the connection file that loads it, the first where several do.

    Args:
        files: Path within a pipeline -> file; connection files that cannot be read are left out.
    """
    found: dict[str, str] = {}
    for name, path in sorted(files.items()):
        if name.startswith("el/") and name.endswith(".yaml"):
            try:
                content = parse_yaml(read_text(path), path)
            except SpecError:
                continue
            for table in raw_tables_of(content):
                found.setdefault(table, name)
    return found
