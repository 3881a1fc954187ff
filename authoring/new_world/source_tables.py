"""The tables of a new world's source systems: what is known of each, and behind which system it is put."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from benchmark.errors import LockgateError, UnknownNameError
from sources.kit.column_facts import ColumnFacts, facts_of_extract
from sources.kit.roles import Proposal, propose_roles

SystemType = Literal["postgres", "folder", "given", "object_store", "mysql"]
SYSTEM_TYPES: tuple[SystemType, ...] = ("postgres", "folder", "given", "object_store", "mysql")
"""What `--as` may say."""
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_POSTGRES_TYPES = {
    "BIGINT": "bigint", "INTEGER": "integer", "SMALLINT": "smallint", "TINYINT": "smallint", "UTINYINT": "smallint",
    "USMALLINT": "integer", "UINTEGER": "bigint", "UBIGINT": "numeric(20, 0)", "HUGEINT": "numeric(38, 0)",
    "DOUBLE": "double precision", "FLOAT": "real", "VARCHAR": "text", "BOOLEAN": "boolean", "DATE": "date",
    "TIME": "time", "UUID": "uuid", "TIMESTAMP": "timestamp", "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "TIMESTAMP_S": "timestamp", "TIMESTAMP_MS": "timestamp", "TIMESTAMP_NS": "timestamp",
}  # fmt: skip
_MYSQL_TYPES = {
    "BIGINT": "bigint", "INTEGER": "int", "SMALLINT": "smallint", "TINYINT": "tinyint", "UTINYINT": "tinyint unsigned",
    "USMALLINT": "smallint unsigned", "UINTEGER": "int unsigned", "UBIGINT": "bigint unsigned",
    "HUGEINT": "decimal(39, 0)", "DOUBLE": "double", "FLOAT": "float", "VARCHAR": "longtext", "BOOLEAN": "tinyint(1)",
    "DATE": "date", "TIME": "time(6)", "UUID": "char(36)", "TIMESTAMP": "datetime(6)",
    "TIMESTAMP WITH TIME ZONE": "datetime(6)", "TIMESTAMP_S": "datetime", "TIMESTAMP_MS": "datetime(3)",
    "TIMESTAMP_NS": "datetime(6)", "BLOB": "longblob",
}  # fmt: skip
_KEY_TEXT = "varchar(255)"
"""A key cannot be a text without a length."""


@dataclass(frozen=True)
class SourceTable:
    """One table of the data."""

    name: str
    columns: tuple[ColumnFacts, ...]
    proposals: tuple[Proposal, ...]
    """Roles of its columns, with evidence."""
    system: str
    """Name of the connection."""
    type: SystemType
    obstacle: str = ""
    """Why it cannot be in a database; empty: it can."""
    schema: str = ""
    """Of the raw table, where it is not that of the system's name."""
    is_whole: bool = True
    """Of files: True = each delivery has every row; False = the first one has, later ones what is new or changed."""

    @property
    def key(self) -> tuple[str, ...]:
        """Columns of the proposed key; empty: there is none."""
        found = next((proposal.value for proposal in self.proposals if proposal.role == "key"), ())
        return (found,) if isinstance(found, str) else tuple(found)

    @property
    def raw_schema(self) -> str:
        """Schema of its raw table."""
        return self.schema or f"raw_{self.system}"

    @property
    def column_names(self) -> tuple[str, ...]:
        """In the order of the data."""
        return tuple(column.name for column in self.columns)

    @property
    def raw_columns(self) -> tuple[str, ...]:
        """What a load leaves of it."""
        return (*self.column_names, *(("_source_file", "_source_row") if self.is_file else ()))

    @property
    def raw_key(self) -> tuple[str, ...]:
        """What tells the rows of the raw table apart."""
        return ("_source_file", "_source_row") if self.is_file and self.is_whole else self.key

    @property
    def is_file(self) -> bool:
        """Whether it is delivered as files, into a folder or a bucket."""
        return self.type in ("folder", "object_store")

    @property
    def suffix(self) -> str:
        """Of its files: a bucket has Parquet, a drop folder texts."""
        return "parquet" if self.type == "object_store" else "jsonl.gz" if self.is_nested else "csv"

    @property
    def is_nested(self) -> bool:
        """Whether a column holds lists or structs, which a CSV cannot."""
        return any(column.type.endswith("[]") or column.type.startswith(("STRUCT", "MAP")) for column in self.columns)


def read_source_tables(
    folder: Path,
    systems: Mapping[str, tuple[str, ...]],
    wanted: Mapping[str, SystemType],
    otherwise: SystemType,
) -> tuple[SourceTable, ...]:
    """Look at an extract.

    Args:
        folder: The extract.
        systems: Table -> names of its system of each type, in the order of `SYSTEM_TYPES`; `*` for all others.
        wanted: Table -> type of system; others are in a database where a database can hold them.
        otherwise: Type of system of those that a database cannot hold.

    Raises:
        LockgateError: A wanted table is not there, or cannot be so.
        GeneratorError: A file cannot be read.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        _, facts = facts_of_extract(connection, folder)
    for name in wanted:
        if name not in facts:
            raise UnknownNameError("table in --as", name, list(facts))
    proposals = propose_roles(folder)
    found = []
    for name, columns in facts.items():
        if not _IDENTIFIER.fullmatch(name):
            raise LockgateError(
                f"Table '{name}' of {folder.name}: use letters, digits and _. Rename the file or table."
            )
        own = tuple(proposal for proposal in proposals if proposal.table == name)
        if not {"key", "parents", "reference"} & {proposal.role for proposal in own}:
            evidence = "no key and no parents: every seed has the same rows until a role says what tells them apart"
            own = (*own, Proposal(name, "reference", True, evidence))
        obstacle = _obstacle(columns, own, mysql_type if wanted.get(name) == "mysql" else postgres_type)
        if wanted.get(name) in ("postgres", "mysql") and obstacle:
            raise LockgateError(
                f"--as {name}={wanted[name]}: {obstacle}. Leave it out, or say {name}=folder or {name}=given."
            )
        type_ = wanted.get(name) or (otherwise if obstacle else "postgres")
        names = systems.get(name) or systems["*"]
        found.append(SourceTable(name, columns, own, names[SYSTEM_TYPES.index(type_)], type_, obstacle))
    return tuple(found)


def parse_wanted(texts: Sequence[str]) -> dict[str, SystemType]:
    """Read `--as orders=mysql,events=folder`.

    Raises:
        LockgateError: It does not say table and type.
    """
    found: dict[str, SystemType] = {}
    for piece in (piece.strip() for text in texts for piece in text.split(",") if piece.strip()):
        table, _, type_ = piece.partition("=")
        if not table or not type_:
            raise LockgateError(f"--as {piece}: write TABLE=TYPE, for example orders=postgres.")
        known = next((known for known in SYSTEM_TYPES if known == type_), None)
        if known is None:
            raise UnknownNameError("type of system in --as", type_, list(SYSTEM_TYPES))
        found[table] = known
    return found


def postgres_type(type_: str) -> str | None:
    """PostgreSQL's name of a type of DuckDB's; None: it has none that a system here can hold."""
    if type_.startswith("DECIMAL"):
        return type_.replace("DECIMAL", "numeric")
    return _POSTGRES_TYPES.get(type_)


def mysql_type(type_: str, *, is_key: bool = False) -> str | None:
    """MySQL's name of a type of DuckDB's; None: it has none.

    Args:
        type_: DuckDB's name.
        is_key: The column is (part of) the primary key.
    """
    if type_.startswith("DECIMAL"):
        return type_.lower()
    found = _MYSQL_TYPES.get(type_)
    if is_key and found in ("longtext", "longblob"):
        return _KEY_TEXT if found == "longtext" else None
    return found


def _obstacle(
    columns: Sequence[ColumnFacts], proposals: Sequence[Proposal], type_of: Callable[[str], str | None]
) -> str:
    """Why a table cannot be in a database with such types; empty: it can."""
    if not any(proposal.role == "key" for proposal in proposals):
        return "no columns tell its rows apart, and a table of a database has a primary key"
    for column in columns:
        if not _IDENTIFIER.fullmatch(column.name) or column.name.lower() in _reserved():
            return f"its column '{column.name}' is no plain name in SQL"
        if type_of(column.type) is None:
            return f"its column '{column.name}' is {column.type}"
    return ""


def sql_name(name: str) -> str:
    """A column as it stands in SQL: quoted where it must be."""
    is_plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) and name not in _reserved()
    return name if is_plain else '"' + name.replace('"', '""') + '"'


@cache
def _reserved() -> frozenset[str]:
    import duckdb

    rows = duckdb.execute("select keyword_name from duckdb_keywords() where keyword_category = 'reserved'").fetchall()
    return frozenset(str(row[0]) for row in rows)
