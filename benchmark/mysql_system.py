"""What a world says about a MySQL database, under `systems` of `world.yaml`."""

from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from benchmark.mysql_types import TIMES, parse_type
from benchmark.system_parts import Names, SourceSystem, SystemPart, as_type

_COLUMN_COMMENT, _TABLE_COMMENT = 1_024, 2_048
_NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"


class MysqlColumn(SystemPart):
    """One column of a table; a text alone is its type."""

    type: str
    """SQL type of MySQL, with `unsigned`, `character set latin1` and `not null` where it holds."""
    description: str = Field(default="", max_length=_COLUMN_COMMENT)
    """What its users must know; readers of the database see it."""
    zero_for_null: bool = False
    """Dates and times: NULL of the generated table is shown as `0000-00-00`, as many an old application writes it."""

    @field_validator("type")
    @classmethod
    def _type_is_known(cls, value: str) -> str:
        parse_type(value)
        return value

    @model_validator(mode="after")
    def _zero_is_a_time(self) -> "MysqlColumn":
        name = parse_type(self.type).name
        if self.zero_for_null and name not in TIMES:
            raise ValueError(f"zero_for_null is for {', '.join(TIMES)}; the column is {name}")
        return self


class MysqlTable(SystemPart):
    """One table of a database."""

    key: Names = Field(min_length=1)
    """Primary key: a column, or a list of columns."""
    description: str = Field(max_length=_TABLE_COMMENT)
    """What a row is and how the table behaves; readers of the database see it."""
    columns: dict[
        Annotated[str, Field(pattern=_NAME)],
        Annotated[MysqlColumn, BeforeValidator(as_type, json_schema_input_type=str | MysqlColumn)],
    ]
    """Column -> type and description, in order; the key is among them."""

    @model_validator(mode="after")
    def _key_can_be_one(self) -> "MysqlTable":
        for name in self.key:
            if name not in self.columns:
                raise ValueError(f"the key's column '{name}' is none of the columns: {', '.join(self.columns)}")
            kind = parse_type(self.columns[name].type)
            if not kind.can_be_key:
                raise ValueError(
                    f"the key's column '{name}' is {kind.name}, which no primary key can have; use varchar"
                )
        lower = [name.lower() for name in self.columns]
        if twice := next((name for name in lower if lower.count(name) > 1), None):
            raise ValueError(f"MySQL does not tell upper from lower case: column '{twice}' is there twice")
        return self


class MysqlSystem(SourceSystem):
    """A MySQL database of the system's name, on a MariaDB server.

    Readers get `<NAME>_HOST`, `_PORT`, `_DATABASE`, `_USER` and `_PASSWORD`; the user may read and nothing else.
    """

    taken_names: ClassVar = frozenset(("information_schema", "mysql", "performance_schema", "sys"))
    type: Literal["mysql"] = "mysql"
    character_set: Literal["utf8mb4", "utf8mb3", "latin1", "latin2", "cp1250", "cp1251", "ascii", "ucs2"] = "utf8mb4"
    """Of texts whose column names none. MySQL's latin1 is Windows-1252."""
    tables: dict[Annotated[str, Field(pattern=_NAME)], MysqlTable]
