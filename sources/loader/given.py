"""Given tables: what every load writes into the warehouse before it reads a connection."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb
from pydantic import TypeAdapter, ValidationError

from benchmark.duckdb_sql import literal
from benchmark.given_system import FOLDER_SUFFIX, LISTING, GivenFile
from sources.loader.errors import LoadError
from sources.loader.report import StreamReport
from sources.loader.warehouse import Warehouse, quote

SYNC = "given"
"""What reports call this way of loading."""


@dataclass(frozen=True)
class Given:
    """One table and where its rows are."""

    system: str
    folder: Path
    file: GivenFile

    @property
    def full_name(self) -> str:
        """`schema.table`, in small letters."""
        return f"{self.file.schema_name}.{self.file.table}".lower()


def find_given(environment: Mapping[str, str]) -> list[Given]:
    """The given tables of all folders that variables `<NAME>_GIVEN_DIR` name.

    Raises:
        LoadError: A folder does not hold given tables.
    """
    found = []
    for name, value in sorted(environment.items()):
        if name.endswith(FOLDER_SUFFIX):
            folder = Path(value)
            try:
                files = TypeAdapter(list[GivenFile]).validate_json((folder / LISTING).read_bytes())
            except (OSError, ValidationError) as error:
                raise LoadError(
                    f"variable {name} must name a folder of given tables, with {LISTING} in it (got '{value}'). "
                    "Start the source systems again."
                ) from error
            system = name.removesuffix(FOLDER_SUFFIX).lower()
            found += [Given(system, folder, file) for file in files]
    return found


def write_given(warehouse: Warehouse, tables: list[Given]) -> Iterator[StreamReport]:
    """Replace each table by its state of the day; one that cannot be replaced stays, and its report says why."""
    with duckdb.connect() as reader:
        reader.execute("set TimeZone = 'UTC'")
        for given in tables:
            n_rows, error = 0, None
            try:
                n_rows = _write(warehouse, reader, given)
            except duckdb.Error as problem:
                warehouse.rollback()
                reason = str(problem).strip().splitlines()[0]
                error = f"given table {given.full_name} cannot be written: {reason}"
            yield StreamReport(
                connection=given.system,
                stream=given.file.table,
                sync=SYNC,
                status="failed" if error else "ok",
                n_records=n_rows,
                error=error,
            )


def _write(warehouse: Warehouse, reader: duckdb.DuckDBPyConnection, given: Given) -> int:
    """Number of rows."""
    file = given.file
    target = quote(file.schema_name, file.table)
    rows = f"read_parquet({literal(str(given.folder / file.file))})"
    types = {str(name): str(kind) for name, kind, *_ in reader.execute(f"describe from {rows}").fetchall()}
    columns = ", ".join(f"{quote(name)}::{kind} as {quote(name)}" for name, kind in types.items())
    warehouse.execute("begin transaction")
    warehouse.execute(f"create schema if not exists {quote(file.schema_name)}")
    _make_room(warehouse, file)
    # The warehouse reads no file but its own, so the rows come through Arrow, which has not every type of DuckDB's.
    warehouse.connection.register("_lockgate_given", reader.execute(f"from {rows}").to_arrow_reader())
    try:
        warehouse.execute(f"create table {target} as select {columns} from _lockgate_given")
    finally:
        warehouse.connection.unregister("_lockgate_given")
    if file.comment:
        warehouse.execute(f"comment on table {target} is {literal(file.comment)}")
    for name, text in file.columns.items():
        if name in types:
            warehouse.execute(f"comment on column {target}.{quote(name)} is {literal(text)}")
    warehouse.note_table(file.schema_name, file.table)
    row = warehouse.execute(f"select count(*) from {target}").fetchone()
    warehouse.execute("commit")
    return int(row[0]) if row else 0


def _make_room(warehouse: Warehouse, file: GivenFile) -> None:
    """Drop the table or view that has the name."""
    kinds = warehouse.execute(
        "select table_type from information_schema.tables where table_catalog = current_database() "
        "and lower(table_schema) = ? and lower(table_name) = ?",
        [file.schema_name.lower(), file.table.lower()],
    ).fetchall()
    for (kind,) in kinds:
        word = "view" if kind == "VIEW" else "table"
        warehouse.execute(f"drop {word} {quote(file.schema_name, file.table)} cascade")
