"""What a world says about its source systems, under `systems` of `world.yaml`. The harness starts a server for each."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from benchmark.delivered_files import DeliveredFiles


def _as_column(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


class SystemPart(BaseModel):
    """Fixed, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class PostgresColumn(SystemPart):
    """One column of a table; a text alone is its type."""

    type: str
    """SQL type, with `not null` where it holds."""
    description: str = ""
    """What its users must know; readers of the database see it."""


class PostgresTable(SystemPart):
    """One table of a database."""

    key: Annotated[tuple[str, ...], BeforeValidator(_as_tuple, json_schema_input_type=str | tuple[str, ...])] = Field(
        min_length=1
    )
    """Primary key: a column, or a list of columns."""
    description: str
    """What a row is and how the table behaves; readers of the database see it."""
    columns: dict[
        str, Annotated[PostgresColumn, BeforeValidator(_as_column, json_schema_input_type=str | PostgresColumn)]
    ]
    """Column -> type and description, in order; the key is among them."""


class SourceSystem(SystemPart):
    """What every type of source system says."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name of the connection; its key in `systems`."""
    description: str = ""
    """The system in one sentence, for people who look at the world."""
    kinds: tuple[str, ...] = ()
    """Dagster kinds (icons in the UI) beside the type's own."""


class PostgresSystem(SourceSystem):
    """A PostgreSQL database of the system's name.

    Readers get `<NAME>_HOST`, `_PORT`, `_DATABASE`, `_USER` and `_PASSWORD`; the user may read and nothing else.
    """

    type: Literal["postgres"] = "postgres"
    schema_name: str = Field(alias="schema")
    """Where the tables lie."""
    tables: dict[str, PostgresTable]


class Endpoint(SystemPart):
    """One list of records of an HTTP API."""

    table: str
    """Table of the generated day."""
    is_paginated: bool = Field(default=False, alias="paginated")
    """True: `page`, `page_size` and `updated_since` apply, and records have `updated_at` and are sorted by it."""


class HttpSystem(SourceSystem):
    """An HTTP API with a key in the header `X-API-Key`.

    Readers get `<NAME>_URL` and `<NAME>_API_KEY`.
    """

    type: Literal["http"] = "http"
    endpoints: dict[str, Endpoint]
    """Path -> what it lists."""
    documentation: str
    """Plain text, served without a key at `/docs`."""
    default_page_size: int = Field(default=100, ge=1)
    max_page_size: int = Field(default=200, ge=1)
    burst_requests: int = Field(default=30, ge=1)
    """Requests that may come at once before the API answers 429."""
    requests_per_second: float = Field(default=15.0, gt=0)
    """How fast the allowance fills again."""


class DeliveringSystem(SourceSystem):
    """A system that files are delivered into."""

    files: dict[str, DeliveredFiles] = {}
    """What is delivered, by stream; a generator in Python may deliver more, written as the names of its files say."""


class FolderSystem(DeliveringSystem):
    """A drop folder. Readers get `<NAME>_DIR`."""

    type: Literal["folder"] = "folder"
    documentation: str
    """Written into the folder as `README.txt`."""


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
    fields: dict[str, str] = {}
    """Field -> what its users must know."""
    missing: Literal["left_out", "null"] = "left_out"
    """What becomes of a field whose value is NULL."""


class MongodbSystem(SourceSystem):
    """A document database of the system's name that speaks MongoDB's wire protocol.

    Readers get `<NAME>_HOST`, `_PORT`, `_DATABASE`, `_USER` and `_PASSWORD`; the user may read and nothing else.
    """

    type: Literal["mongodb"] = "mongodb"
    collections: dict[str, MongodbCollection]


SystemSpec = Annotated[
    PostgresSystem | HttpSystem | FolderSystem | ObjectStoreSystem | MongodbSystem, Field(discriminator="type")
]


def named_systems(value: Any) -> Any:
    """Give each system of a mapping its key as its name."""
    if not isinstance(value, dict):
        return value
    return {
        name: {"name": name, **system} if isinstance(system, dict) and "name" not in system else system
        for name, system in value.items()
    }
