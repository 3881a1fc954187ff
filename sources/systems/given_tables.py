"""Given tables: a folder of Parquet files that each load writes into the warehouse (`sources/loader/given.py`)."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import literal
from benchmark.given_system import FOLDER_SUFFIX, LISTING, GivenFile, GivenSystem, GivenTable
from sources.contract import GeneratedDay, Incident
from sources.systems.errors import SourceSystemError
from sources.systems.interface import SourceServer, tables_of

if TYPE_CHECKING:
    import pyarrow


class GivenTables(SourceServer):
    """The state of a day as files, one a table.

    Args:
        spec: Which tables, and what is said about them.
        folder: Made by `start`.
    """

    def __init__(self, spec: GivenSystem, folder: Path) -> None:
        self.spec = spec
        self.folder = folder

    @property
    def environment(self) -> dict[str, str]:
        """What loads are told."""
        return {f"{self.spec.name.upper()}{FOLDER_SUFFIX}": str(self.folder)}

    def start(self) -> None:
        """Make the folder."""
        self.folder.mkdir(parents=True)

    def show(self, days: list[GeneratedDay], incident: Incident) -> None:
        """Replace every file by the state of the last day; the folder stays, since readers may have it mounted."""
        import duckdb

        tables = tables_of(days[-1], self.spec.name)
        for path in self.folder.iterdir():
            path.unlink()
        listed = []
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'UTC'")
            for name, given in self.spec.tables.items():
                self._check(name, given, tables)
                connection.register("shown", tables[name])
                file = GivenFile(
                    schema_name=self.spec.raw_schema,
                    table=name,
                    file=f"{name}.parquet",
                    comment=given.comment,
                    columns={column: text for column, text in given.columns.items() if text},
                )
                target = literal(str(self.folder / file.file))
                connection.execute(f"copy (from shown) to {target} (format parquet, compression zstd)")
                listed.append(file.model_dump())
        (self.folder / LISTING).write_text(json.dumps(listed, indent=1), encoding="utf-8")

    def check(self) -> None:
        """See that the files are there."""
        if not (self.folder / LISTING).is_file():
            raise SourceSystemError(self.spec.name, f"the folder {self.folder} is gone.")

    def stop(self) -> None:
        """Nothing: files need no end."""

    def _check(self, name: str, given: GivenTable, tables: "Mapping[str, pyarrow.Table]") -> None:
        if name not in tables:
            raise SourceSystemError(self.spec.name, f"the generator makes no table '{name}'.")
        columns = tables[name].column_names
        if missing := [column for column in (*given.key, *given.columns) if column not in columns]:
            listed = ", ".join(columns)
            raise SourceSystemError(self.spec.name, f"table '{name}' has no column '{missing[0]}' (columns: {listed}).")
