"""What a world says about its source systems, under `systems` of `world.yaml`. The harness starts a server for each."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from benchmark.delivered_files import DeliveredFiles
from benchmark.given_system import FOLDER_SUFFIX, GivenSystem, GivenTable
from benchmark.http_system import HttpSystem
from benchmark.mysql_system import MysqlColumn, MysqlSystem, MysqlTable
from benchmark.system_parts import Names, SourceSystem, SystemPart, as_type

__all__ = [
    "DeliveringSystem",
    "FolderSystem",
    "GivenSystem",
    "GivenTable",
    "HttpSystem",
    "MongodbCollection",
    "MongodbSystem",
    "MysqlColumn",
    "MysqlSystem",
    "MysqlTable",
    "ObjectStoreSystem",
    "PostgresColumn",
    "PostgresSystem",
    "PostgresTable",
    "SourceSystem",
    "SystemPart",
    "SystemSpec",
    "named_systems",
]


class PostgresColumn(SystemPart):
    """One column of a table; a text alone is its type."""

    type: str
    """SQL type, with `not null` where it holds."""
    description: str = ""
    """What its users must know; readers of the database see it."""


class PostgresTable(SystemPart):
    """One table of a database."""

    key: Names = Field(min_length=1)
    """Primary key: a column, or a list of columns."""
    description: str
    """What a row is and how the table behaves; readers of the database see it."""
    columns: dict[str, Annotated[PostgresColumn, BeforeValidator(as_type, json_schema_input_type=str | PostgresColumn)]]
    """Column -> type and description, in order; the key is among them."""

    @model_validator(mode="after")
    def _key_is_shown(self) -> "PostgresTable":
        if missing := [name for name in self.key if name not in self.columns]:
            raise ValueError(f"the key's column '{missing[0]}' is none of the columns: {', '.join(self.columns)}")
        return self


class PostgresSystem(SourceSystem):
    """A PostgreSQL database of the system's name.

    Readers get `<NAME>_HOST`, `_PORT`, `_DATABASE`, `_USER` and `_PASSWORD`; the user may read and nothing else.
    """

    taken_names: ClassVar = frozenset(("postgres", "template0", "template1"))
    type: Literal["postgres"] = "postgres"
    schema_name: str = Field(alias="schema")
    """Where the tables lie."""
    tables: dict[str, PostgresTable]

    @field_validator("schema_name")
    @classmethod
    def _schema_is_free(cls, name: str) -> str:
        if name.startswith("pg_") or name == "information_schema":
            raise ValueError("every PostgreSQL server has this schema for itself; give another name")
        return name


class DeliveringSystem(SourceSystem):
    """A system that files are delivered into."""

    files: dict[str, DeliveredFiles] = Field(default_factory=dict)
    """What is delivered, by stream; a generator in Python may deliver more, written as the names of its files say."""


class FolderSystem(DeliveringSystem):
    """A drop folder. Readers get `<NAME>_DIR`."""

    type: Literal["folder"] = "folder"
    documentation: str
    """Written into the folder as `README.txt`."""

    @model_validator(mode="after")
    def _variable_is_its_own(self) -> "FolderSystem":
        if f"{self.name.upper()}_DIR".endswith(FOLDER_SUFFIX):
            raise ValueError(f"a folder's name must not end in '_given': variables with {FOLDER_SUFFIX} have a meaning")
        return self


class ObjectStoreSystem(DeliveringSystem):
    """A bucket of an object store that speaks the S3 protocol.

    Readers get `<NAME>_ENDPOINT`, `_BUCKET`, `_REGION`, `_ACCESS_KEY_ID` and `_SECRET_ACCESS_KEY`; the key may list and
    read, and nothing else.
    """

    type: Literal["object_store"] = "object_store"
    bucket: str = Field(default="", pattern=r"^([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])?$")
    """Name of the bucket; empty = `<name>-data`, with dashes."""
    documentation: str = ""
    """Stands in the bucket as `README.txt`; empty: there is none."""

    @property
    def bucket_name(self) -> str:
        """Name of the bucket."""
        return self.bucket or f"{self.name.replace('_', '-')}-data"


class MongodbCollection(SystemPart):
    """One collection: each row of the table of its name is a document, structs and lists are nested."""

    key: str
    """Column that identifies a document."""
    id: Literal["key", "object_id"] = "key"
    """`_id` is the key's value, and no field has its name; or an ObjectId made from the key, which stays a field."""
    created_at: str | None = None
    """Column of instants: the time inside of the ObjectId, so that later documents have a greater one."""
    description: str
    """What a document is and how the collection behaves; its readers find it in the validator."""
    fields: dict[str, str] = Field(default_factory=dict)
    """Field -> what its users must know."""
    missing: Literal["left_out", "null"] = "left_out"
    """What becomes of a field whose value is NULL."""


class MongodbSystem(SourceSystem):
    """A document database of the system's name that speaks MongoDB's wire protocol.

    Readers get `<NAME>_HOST`, `_PORT`, `_DATABASE`, `_USER` and `_PASSWORD`; the user may read and nothing else.
    """

    taken_names: ClassVar = frozenset(("admin", "config", "local"))
    type: Literal["mongodb"] = "mongodb"
    collections: dict[str, MongodbCollection]


SystemSpec = Annotated[
    PostgresSystem | MysqlSystem | HttpSystem | FolderSystem | ObjectStoreSystem | MongodbSystem | GivenSystem,
    Field(discriminator="type"),
]


def named_systems(value: Any) -> Any:
    """Give each system of a mapping its key as its name."""
    if not isinstance(value, dict):
        return value
    return {
        name: {"name": name, **system} if isinstance(system, dict) and "name" not in system else system
        for name, system in value.items()
    }
