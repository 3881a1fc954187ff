"""What a world says about its source systems. The harness starts a server for each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class PostgresTable:
    """One table of a database."""

    name: str
    key: str
    """Primary key, one column."""
    columns: dict[str, str]
    """Column -> SQL type, in order; the key is among them."""
    comment: str
    """What a row is and how the table behaves; readers of the database see it."""
    column_comments: dict[str, str]
    """Column -> what its users must know; columns that need no words are left out."""


@dataclass(frozen=True)
class PostgresSystem:
    """A PostgreSQL database.

    Readers get `<NAME>_HOST`, `_PORT`, `_DATABASE`, `_USER` and `_PASSWORD`; the user may read and nothing else.
    """

    name: str
    """Name of the connection and of the database."""
    schema: str
    tables: tuple[PostgresTable, ...]


@dataclass(frozen=True)
class Endpoint:
    """One list of records of an HTTP API."""

    path: str
    table: str
    """Table of the generated day."""
    is_paginated: bool
    """True: `page`, `page_size` and `updated_since` apply, and records have `updated_at` and are sorted by it."""


@dataclass(frozen=True)
class HttpSystem:
    """An HTTP API with a key in the header `X-API-Key`.

    Readers get `<NAME>_URL` and `<NAME>_API_KEY`.
    """

    name: str
    endpoints: tuple[Endpoint, ...]
    documentation: str
    """Plain text, served without a key at `/docs`."""
    default_page_size: int = 100
    max_page_size: int = 200
    burst_requests: int = 30
    """Requests that may come at once before the API answers 429."""
    requests_per_second: float = 15.0
    """How fast the allowance fills again."""


@dataclass(frozen=True)
class FolderSystem:
    """A drop folder. Readers get `<NAME>_DIR`."""

    name: str
    documentation: str
    """Written into the folder as `README.txt`."""


SystemSpec = PostgresSystem | HttpSystem | FolderSystem
