"""Rows of an Excel workbook (xlsx, xlsm, xlsb, xls) or an OpenDocument sheet."""

import itertools
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from benchmark.file_options import FileOptions
from sources.connectors.file_reading.errors import FileError, Notes
from sources.connectors.file_reading.names import Spelling, clean_names, renamed


class ExcelFile:
    """One sheet of a workbook.

    Args:
        path: The file.
        options: What is known of it.
        notes: Takes what is detected.
    """

    def __init__(self, path: Path, options: FileOptions, notes: Notes) -> None:
        self._path = path
        self._options = options
        self._notes = notes
        self.n_rows = 0
        """Rows that were read so far."""

    def rows(self, spelling: Spelling) -> Iterator[dict[str, Any]]:
        """Yield every row that is not empty.

        Args:
            spelling: How the stream writes the names of its columns.
        """
        names, lines = self._start()
        names = [spelling.of(name) for name in names]
        for cells in lines:
            self.n_rows += 1
            yield dict(zip(names, cells, strict=True))

    def columns(self) -> list[str]:
        """Names of the columns; none when the sheet is empty."""
        return self._start()[0]

    def _start(self) -> tuple[list[str], Iterator[list[Any]]]:
        if not self._path.stat().st_size:
            self._notes.add(self._path, "holds nothing (0 bytes)")
            return [], iter(())
        options = self._options
        lines = [[_value(cell) for cell in cells] for cells in self._sheet().iter_rows()]
        lines = [cells for cells in lines[options.skip_rows :] if any(cell is not None for cell in cells)]
        lines = lines[: len(lines) - options.skip_footer]
        if not lines:
            self._notes.add(self._path, "holds no rows")
            return [], iter(())
        fields = self._fields(lines)
        names = clean_names(fields)
        for sentence in renamed(fields, names):
            self._notes.add(self._path, sentence)
        return names, itertools.islice(lines, 0 if options.header is False else 1, None)

    def _fields(self, lines: list[list[Any]]) -> list[str]:
        options, width = self._options, len(lines[0])
        if options.columns and len(options.columns) != width:
            raise FileError(
                self._path, 0, f"options.columns has {len(options.columns)} names, the sheet {width} columns"
            )
        if options.columns or options.header is False:
            return list(options.columns) or [f"column_{number}" for number in range(1, width + 1)]
        header = ["" if cell is None else str(cell) for cell in lines[0]]
        n_names = sum(1 for name in header if name)
        if options.header is None and len(lines) > 1 and n_names < _n_filled(lines[1]):
            shown = ", ".join(filter(None, header))[:100]
            raise FileError(
                self._path,
                0,
                f"the first row has {n_names} names for {_n_filled(lines[1])} columns ({shown}); set options: "
                "{skip_rows: …} if the header comes later, or {header: true} if this is it",
            )
        return header

    def _sheet(self) -> CalamineSheet:
        try:
            workbook = CalamineWorkbook.from_path(str(self._path))
            names = workbook.sheet_names
            wanted = self._options.sheet
            if not names or (wanted is not None and wanted not in names):
                raise FileError(self._path, 0, f"no sheet '{wanted}'; it has {', '.join(names) or 'none'}")
            if wanted is None and len(names) > 1:
                others = ", ".join(names[1:])
                self._notes.add(self._path, f"sheet '{names[0]}' read; not read: {others} (options: {{sheet: …}})")
            return workbook.get_sheet_by_name(wanted or names[0])
        except CalamineError as error:
            raise FileError(self._path, 0, f"no workbook that can be read ({error})") from error


def _n_filled(cells: list[Any]) -> int:
    return sum(1 for cell in cells if cell is not None)


def _value(cell: Any) -> Any:
    """A cell as the protocol has it; Excel knows no integers, so a number without a fraction is one."""
    if cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) <= 2**53:
        return int(cell)
    if isinstance(cell, datetime | date | str | bool | int | float):
        return cell
    return str(cell) if isinstance(cell, timedelta) else cell.isoformat()
