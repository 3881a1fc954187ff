"""What a raw table holds and how its rows come, as the owners of the source system would say it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple, TypeAlias

from authoring.lineage.project_graph import ProjectGraph
from benchmark.connection import FILE_SOURCES, ConnectionSpec, StreamSpec
from benchmark.source_systems import (
    DeliveringSystem,
    HttpSystem,
    MongodbSystem,
    MysqlSystem,
    PostgresSystem,
    SourceSystem,
)
from benchmark.tables import TableSpec

Way: TypeAlias = str
"""How rows reach the raw table: a key of `load_tickets.WAYS`."""

_KINDS = (
    ("VARCHAR", "text"),
    ("JSON", "JSON"),
    ("BOOLEAN", "true or false"),
    ("TIMESTAMP WITH TIME ZONE", "instant, with its zone"),
    ("TIMESTAMP", "time without a zone"),
    ("DATE", "day"),
    ("TIME", "time of day"),
    ("DOUBLE", "number"),
    ("FLOAT", "number"),
    ("DECIMAL", "decimal number"),
    ("UUID", "UUID"),
    ("BLOB", "bytes"),
)
"""Beginning of DuckDB's type -> words."""
_WHOLE = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


class RawColumn(NamedTuple):
    """A column of a raw table."""

    name: str
    kind: str
    """In words."""
    description: str
    """Empty: its name says it."""


class RawTable(NamedTuple):
    """What is promised of a raw table."""

    table: str
    """`schema.table`."""
    description: str
    place: str
    """Where its rows stand in the source: `table `orders``."""
    key: tuple[str, ...]
    columns: tuple[RawColumn, ...]
    way: Way
    cursor: str
    """Column that tells when a row was written; empty = none is needed."""
    lookback: str
    """How late a row may be committed after that; empty = it is not."""


class _Said(NamedTuple):
    """What a world says about a table of a source."""

    place: str
    description: str
    columns: Mapping[str, str]


class RawStream(NamedTuple):
    """A stream of a connection, with the source system from which it reads."""

    connection: ConnectionSpec
    stream: StreamSpec
    system: SourceSystem

    @property
    def table(self) -> str:
        """The raw table that it fills."""
        return self.connection.raw_tables[self.stream.name]


def raw_table(
    source: RawStream, wanted: TableSpec, types: Mapping[str, str], graph: ProjectGraph, as_of: date
) -> RawTable | None:
    """The contract of a raw table; None where its load cannot be told without naming settings.

    Args:
        source: What fills the table.
        wanted: What of the table is scored.
        types: Column in small letters -> DuckDB's type.
        graph: Of the pipeline, whose YAML files describe raw tables, too.
        as_of: A day for the name of a file.
    """
    spec, stream, system = source
    table = source.table
    way = way_of(spec, stream)
    if not way:
        return None
    said = _said(system, stream.name, as_of)
    node = graph.tables.get(table)
    documented = {column.name.lower(): column.description for column in node.columns} if node else {}
    columns = tuple(
        RawColumn(
            name,
            kind_words(types.get(name.lower(), "")),
            _sentence(said.columns.get(name, "") or documented.get(name.lower(), "")),
        )
        for name in wanted.columns
    )
    description = said.description or (node.description if node else "")
    cursor = stream.cursor_field or ""
    lookback = str(stream.lookback or "")
    return RawTable(table, _sentence(description), said.place, wanted.key, columns, way, cursor, lookback)


def way_of(spec: ConnectionSpec, stream: StreamSpec) -> Way:
    """How rows reach a stream's raw table; empty = in a way for which there are no words."""
    modes = (stream.sync_mode, stream.destination_sync_mode)
    if spec.source in FILE_SOURCES:
        own = {"_source_file", "_source_row"}
        is_each_line = modes == ("incremental", "append_dedup") and set(stream.primary_key) == own
        return "lines" if is_each_line or modes == ("incremental", "append") else ""
    if modes == ("full_refresh", "overwrite"):
        return "copy"
    if modes == ("incremental", "append_dedup"):
        return "versions" if stream.cursor_field in stream.primary_key else "latest"
    return "records" if modes == ("incremental", "append") else ""


def kind_words(kind: str) -> str:
    """A type in words; empty where nothing can be said."""
    if kind.startswith(_WHOLE):
        return "whole number"
    return next((words for begin, words in _KINDS if kind.startswith(begin)), "")


def system_words(system: SourceSystem) -> str:
    """A source system as people call it: `the drop folder of finance`."""
    text = " ".join(system.description.split())
    for end in (" (", ", ", ". ", ": "):
        text = text.partition(end)[0]
    text = text.rstrip(".")
    return text[0].lower() + text[1:] if text.startswith(("The ", "A ", "An ")) else text or system.name


def _said(system: SourceSystem, stream: str, as_of: date) -> _Said:
    if isinstance(system, PostgresSystem | MysqlSystem) and stream in system.tables:
        table = system.tables[stream]
        return _Said(f"Table `{stream}`", table.description, {n: c.description for n, c in table.columns.items()})
    if isinstance(system, MongodbSystem) and stream in system.collections:
        collection = system.collections[stream]
        return _Said(f"Collection `{stream}`", collection.description, collection.fields)
    if isinstance(system, DeliveringSystem) and stream in system.files:
        files = system.files[stream]
        return _Said(f"Files such as `{files.file_name(as_of)}`", files.description, {})
    if isinstance(system, HttpSystem):
        return next((found for name, found in _views(system) if name == stream), _Said("", "", {}))
    return _Said("", "", {})


def _views(system: HttpSystem) -> Iterator[tuple[str, _Said]]:
    """Table -> what the API says about it."""
    for path, endpoint in system.endpoints.items():
        yield endpoint.table, _Said(f"Records at `{path}`", endpoint.description, endpoint.columns)
    for path, export in system.exports.items():
        yield export.table, _Said(f"Exports at `{path}`", export.description, export.columns)
    for name, view in (system.graphql.fields if system.graphql else {}).items():
        yield view.table, _Said(f"Field `{name}` of the GraphQL API", view.description, view.columns)


def _sentence(text: str) -> str:
    """A text on one line, that ends with a full stop where there is something to end; values keep their letter case."""
    flat = " ".join(text.split()).rstrip(".")
    return f"{flat}." if flat else ""
