"""Rows of an Excel workbook (xlsx, xlsm, xlsb, xls) or an OpenDocument sheet."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook

from sources.connectors.file_reading.column_types import Property, converted
from sources.connectors.file_reading.delivered_file import MOST_ROWS, Batch, DeliveredFile
from sources.connectors.file_reading.errors import FileError
from sources.connectors.file_reading.names import Spelling


class ExcelFile(DeliveredFile):
    """One sheet of a workbook, which is held in memory as a whole."""

    def _batches(self, spelling: Spelling, properties: Mapping[str, Property]) -> Iterator[Batch]:
        names, lines = self._start()
        names = [spelling.of(name) for name in names]
        for start in range(0, len(lines), MOST_ROWS):
            part = lines[start : start + MOST_ROWS]
            columns = zip(names, zip(*part, strict=True), strict=True)
            yield Batch(len(part), {name: converted(cells, properties.get(name, {})) for name, cells in columns})

    def _start(self) -> tuple[list[str], list[list[Any]]]:
        """Names of the columns, and the rows that are not empty."""
        if not self.path.stat().st_size:
            self.notes.add(self.path, "holds nothing (0 bytes)")
            return [], []
        options = self.options
        lines = [[_value(cell) for cell in cells] for cells in self._sheet().iter_rows()]
        lines = [cells for cells in lines[options.skip_rows :] if any(cell is not None for cell in cells)]
        lines = lines[: len(lines) - options.skip_footer]
        if not lines:
            self.notes.add(self.path, "holds no rows")
            return [], []
        fields = self._fields(lines)
        return self._clean_names(fields), lines if options.header is False else lines[1:]

    def _fields(self, lines: list[list[Any]]) -> list[str]:
        options, width = self.options, len(lines[0])
        if options.columns and len(options.columns) != width:
            raise FileError(
                self.path, 0, f"options.columns has {len(options.columns)} names, the sheet {width} columns"
            )
        if options.columns or options.header is False:
            return list(options.columns) or [f"column_{number}" for number in range(1, width + 1)]
        header = ["" if cell is None else str(cell) for cell in lines[0]]
        n_names = sum(1 for name in header if name)
        if options.header is None and len(lines) > 1 and n_names < _n_filled(lines[1]):
            shown = ", ".join(filter(None, header))[:100]
            raise FileError(
                self.path,
                0,
                f"the first row has {n_names} names for {_n_filled(lines[1])} columns ({shown}); set options: "
                "{skip_rows: …} if the header comes later, or {header: true} if this is it",
            )
        return header

    def _sheet(self) -> CalamineSheet:
        try:
            workbook = CalamineWorkbook.from_path(str(self.path))
            names = workbook.sheet_names
            wanted = self.options.sheet
            if not names or (wanted is not None and wanted not in names):
                raise FileError(self.path, 0, f"no sheet '{wanted}'; it has {', '.join(names) or 'none'}")
            if wanted is None and len(names) > 1:
                others = ", ".join(names[1:])
                self.notes.add(self.path, f"sheet '{names[0]}' read; not read: {others} (options: {{sheet: …}})")
            return workbook.get_sheet_by_name(wanted or names[0])
        except CalamineError as error:
            raise FileError(self.path, 0, f"no workbook that can be read ({error})") from error


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
