"""In which schema of the warehouse raw tables lie."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field

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
