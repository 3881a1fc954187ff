"""What world.yaml may say of a MySQL database: types and keys that MySQL has, each mistake in one sentence."""

from typing import Any

import pytest
from pydantic import ValidationError

from benchmark.mysql_system import MysqlSystem
from benchmark.mysql_types import parse_type


def system(columns: dict[str, Any], key: Any = "id") -> MysqlSystem:
    table = {"key": key, "description": "One.", "columns": columns}
    return MysqlSystem.model_validate({"name": "shop", "tables": {"orders": table}})


@pytest.mark.parametrize(
    "written",
    [
        "bigint unsigned not null",
        "INT(10) zerofill",
        "enum('a', 'it''s, (b)')",
        "varchar(20) character set latin1 collate latin1_bin",
        "decimal(65, 30)",
        "double precision",
        "datetime(6)",
        "bool",
    ],
)
def test_types_are_taken_as_mysql_has_them(written: str) -> None:
    assert parse_type(written).name in written.lower() or written == "bool"


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("timestamptz", "MySQL has no type 'timestamptz'; did you mean 'timestamp'"),
        ("text unsigned", "only numbers can be unsigned"),
        ("varchar", r"type varchar needs a length: varchar\(100\)"),
        ("decimal(70, 2)", "at most 65 digits"),
        ("decimal(5, 6)", "at most 65 digits"),
        ("datetime(7)", r"at most datetime\(6\)"),
        ("bit(65)", r"at most bit\(64\)"),
        ("enum(a)", "type enum needs its values"),
        ("int character set latin1", "only texts have a character set"),
        ("date default 5", "allowed are unsigned"),
        ("int; drop table x", "is no type of MySQL"),
        ("", "is no type of MySQL"),
    ],
)
def test_other_types_are_refused_in_one_sentence(written: str, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        system({"id": "int", "c": written})


@pytest.mark.parametrize(
    ("columns", "key", "message"),
    [
        ({"id": "int"}, "Id", "the key's column 'Id' is none of the columns: id"),
        ({"id": "text"}, "id", "the key's column 'id' is text, which no primary key can have; use varchar"),
        ({"id": "int", "ID": "int"}, "id", "column 'id' is there twice"),
        ({"id": {"type": "int", "zero_for_null": True}}, "id", "zero_for_null is for date, datetime, timestamp"),
        ({"id": "int", "a`b": "int"}, "id", "should match pattern"),
        ({"id": 5}, "id", "valid dictionary or instance"),
        ({"id": "int"}, [], "at least 1 item"),
    ],
)
def test_tables_that_cannot_be_are_refused(columns: dict[str, Any], key: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        system(columns, key)
