"""The source system type `given`: tables that stand in the warehouse and that no connection loads."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from benchmark.raw_schemas import RawSchema, default_schema
from benchmark.system_parts import Names, SourceSystem, SystemPart

FOLDER_SUFFIX = "_GIVEN_DIR"
"""`<NAME>` and this is the variable that names a folder of given tables: each a Parquet file, and `LISTING`."""
LISTING = "given.json"
"""What the files hold: a list of `GivenFile`."""

GivenName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]


class GivenTable(SystemPart):
    """One table of the warehouse."""

    key: Names = ()
    """Columns that tell rows apart: one, or a list; part of the table's comment."""
    description: str = ""
    """What a row is and how the table behaves; the table's comment."""
    columns: dict[str, str] = Field(default_factory=dict)
    """Column -> what its users must know, in order; empty: every column of the generated table."""

    @model_validator(mode="after")
    def _key_is_shown(self) -> "GivenTable":
        if self.columns and (missing := [name for name in self.key if name not in self.columns]):
            raise ValueError(f"key: '{missing[0]}' is not among the columns")
        return self

    @property
    def comment(self) -> str:
        """What the warehouse says about it."""
        key = f"Key: {', '.join(self.key)}." if self.key else ""
        return " ".join(part for part in (self.description, key) if part)


class GivenSystem(SourceSystem):
    """Tables that every load writes into the warehouse, before it reads any connection.

    Readers get `<NAME>_GIVEN_DIR`, a folder of Parquet files.
    """

    type: Literal["given"] = "given"
    schema_name: RawSchema | None = Field(default=None, alias="schema")
    """Where the tables lie; without it in `raw_<name>`."""
    tables: dict[GivenName, GivenTable] = Field(min_length=1)

    @property
    def raw_schema(self) -> str:
        """Where the tables lie."""
        return self.schema_name or default_schema(self.name)


class GivenFile(SystemPart):
    """One file of a folder of given tables."""

    schema_name: str
    table: str
    file: str
    """Name of the Parquet file."""
    comment: str
    columns: dict[str, str]
    """Column -> comment; columns without one need not be named."""
