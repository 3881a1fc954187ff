"""Names that a server has taken for itself, and keys that are no columns, are refused where they are written."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from benchmark.source_systems import SystemSpec

TABLE = {"key": "id", "description": "One.", "columns": {"id": "bigint"}}
DATABASES: dict[str, dict[str, Any]] = {
    "mysql": {"tables": {"orders": TABLE}},
    "postgres": {"schema": "public", "tables": {"orders": TABLE}},
    "mongodb": {"collections": {"orders": {"key": "id", "description": "One."}}},
}


def read(type_: str, name: str, **changes: Any) -> Any:
    return TypeAdapter(SystemSpec).validate_python({"type": type_, "name": name, **DATABASES[type_], **changes})


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        *(("mysql", name) for name in ("mysql", "sys", "information_schema", "performance_schema")),
        *(("postgres", name) for name in ("postgres", "template0", "template1")),
        *(("mongodb", name) for name in ("admin", "config", "local")),
    ],
)
def test_a_name_that_the_server_has_taken_is_refused(type_: str, name: str) -> None:
    with pytest.raises(ValidationError, match=f"has a database '{name}' of its own; give the system another name"):
        read(type_, name)


@pytest.mark.parametrize("type_", list(DATABASES))
def test_the_names_of_other_types_are_free(type_: str) -> None:
    others = {"mysql": "admin", "postgres": "mysql", "mongodb": "postgres"}
    assert read(type_, others[type_]).name == others[type_]


@pytest.mark.parametrize("schema", ["pg_catalog", "pg_temp", "information_schema"])
def test_schemas_of_the_server_are_refused(schema: str) -> None:
    with pytest.raises(ValidationError, match="has this schema for itself"):
        read("postgres", "shop", schema=schema)


@pytest.mark.parametrize("type_", ["postgres", "mysql"])
def test_a_key_is_among_the_columns(type_: str) -> None:
    with pytest.raises(ValidationError, match="the key's column 'no' is none of the columns: id"):
        read(type_, "shop", tables={"orders": TABLE | {"key": "no"}})
