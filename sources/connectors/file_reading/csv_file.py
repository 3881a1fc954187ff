"""Rows of a CSV file, as text."""

import csv
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import IO, NamedTuple

import pyarrow as pa

from benchmark.file_options import FileOptions
from sources.connectors.file_reading.column_types import Property
from sources.connectors.file_reading.csv_records import Block, Fields, Lines, Records
from sources.connectors.file_reading.delivered_file import Batch, DeliveredFile, listed
from sources.connectors.file_reading.dialect import Dialect, detect_dialect, looks_like_data
from sources.connectors.file_reading.errors import FileError, broken
from sources.connectors.file_reading.names import Spelling
from sources.connectors.file_reading.text import open_text
from sources.connectors.record_batch import Values

LARGEST_FIELD_CHARACTERS = 512 * 1024 * 1024
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*')
_OTHER_FORMATS = [
    (re.compile(r"\s*(<!DOCTYPE|<html|<\?xml)", re.IGNORECASE), "an HTML or XML page, perhaps an error page"),
    (re.compile(r'\s*(\{\s*("|\})|\[\s*\{)'), "JSON; set format: jsonl"),
    (re.compile(r"PAR1"), "Parquet; set format: parquet"),
    (re.compile(r"PK\x03\x04"), "a zip archive or an Excel workbook"),
]


class _Start(NamedTuple):
    """A file that was read up to its first row."""

    names: list[str]
    """Names of the columns; none when the file holds nothing."""
    lines: Lines
    blocks: Iterator[Block | pa.Table]
    """The rows to come, see `Records.blocks`."""


class CsvFile(DeliveredFile):
    """One CSV file: its dialect, its columns, its rows.

    Values are text. An empty field is NULL, an empty field in quotes is the empty text. Blank lines are left out.
    """

    def columns(self) -> list[str]:
        """Names of the columns: as delivered, but trimmed, never empty and never twice; none when there is nothing.

        Raises:
            FileError: There is no header, or it looks like data, or the file cannot be read.
        """
        with broken(self.path, lambda: 0), open_text(self.path, self.options, self.notes) as text:
            return self._start(text).names

    def _batches(self, spelling: Spelling, properties: Mapping[str, Property]) -> Iterator[Batch]:
        with open_text(self.path, self.options, self.notes) as text:
            start = self._start(text)
            names = [spelling.of(name) for name in start.names]
            decimals = _Decimals(self.options) if self.options.decimal == "," else None
            for block in start.blocks:
                for columns in self._columns(block, names, start.lines):
                    n_rows = len(columns[names[0]]) if names else 0
                    yield Batch(n_rows, {**(decimals.converted(columns) if decimals else columns)})

    def _columns(self, block: Block | pa.Table, names: list[str], lines: Lines) -> Iterator[dict[str, Values]]:
        if isinstance(block, pa.Table):
            yield dict(zip(names, block.columns, strict=True))
            return
        for records in self._checked(block, len(names), lines):
            yield {name: [fields[place] for fields in records] for place, name in enumerate(names)}

    def _start(self, text: IO[str]) -> _Start:
        csv.field_size_limit(LARGEST_FIELD_CHARACTERS)
        skipped = list(itertools.islice(text, self.options.skip_rows))
        lines = Lines(text, self.options.comment, len(skipped))
        sample, is_whole = lines.sample()
        if not any(line.strip() for line in sample):
            self.notes.add(self.path, "holds no header and no rows")
            return _Start([], lines, iter(()))
        dialect = self._dialect(lines, sample, is_whole)
        records = Records(lines, dialect, self.options)
        names = self._names(records, sample, dialect)
        return _Start(names, lines, records.blocks(len(names)))

    def _dialect(self, lines: Lines, sample: list[str], is_whole: bool) -> Dialect:
        head = "".join(sample[:20])[:4096]
        if "\x00" in head:
            raise FileError(self.path, 0, "is no text (it holds zero bytes)")
        for pattern, what in _OTHER_FORMATS:
            if pattern.match(head):
                raise FileError(self.path, 0, f"looks like {what}")
        options = self.options
        if not options.delimiter and (match := _SEPARATOR_LINE.fullmatch(sample[0])):
            lines.skip(1)
            options = options.model_copy(update={"delimiter": match.group(1)})
            sample = sample[1:]
        dialect = detect_dialect(sample, is_whole, options)
        words = [word for word in dialect.words() if not _is_stated(word, self.options)]
        if words:
            self.notes.add(self.path, f"read as CSV with {', '.join(words)}")
        return dialect

    def _names(self, records: Records, sample: list[str], dialect: Dialect) -> list[str]:
        options = self.options
        if options.header is False:
            width = len(next(dialect.reader(iter(sample)), []))
            return self._clean_names(options.columns or [f"column_{number}" for number in range(1, width + 1)])
        header = [field or "" for field in records.header()]
        if options.header is None and header and looks_like_data(header):
            shown = ", ".join(header[:5])
            raise FileError(
                self.path,
                0,
                f"the first line looks like data and not like names of columns ({shown}); set options: "
                "{header: false, columns: [...]} if it is data, or {header: true} if it is the header",
            )
        if options.columns and len(options.columns) != len(header):
            raise FileError(
                self.path, 0, f"options.columns has {len(options.columns)} names, the header {len(header)} fields"
            )
        return self._clean_names(options.columns or header)

    def _checked(self, block: Block, width: int, lines: Lines) -> Iterator[list[Fields]]:
        """Records that have as many fields as there are columns; the first other one is an error."""
        if set(map(len, block.records)) <= {width}:
            yield block.records
            return
        whole = []
        for fields, number in zip(block.records, block.line_numbers, strict=True):
            if len(fields) == width:
                whole.append(fields)
            elif len(fields) > 1 or (fields[0] or "").strip():  # else it is a line of spaces
                yield whole
                raise self._error(self._width_reason(len(fields), width, number, lines))
        yield whole

    def _width_reason(self, found: int, width: int, line_number: int, lines: Lines) -> str:
        reason = f"{found} fields where the header has {width} (line {line_number})"
        if self.options.header is False:
            reason = f"{found} fields where there are {width} columns (line {line_number})"
        if found > width and self.n_rows == 0:
            return (
                f"{reason}; if the header comes later, set options: {{skip_rows: {line_number - 1}}}"
                "; if fields hold the delimiter or are quoted in another way, set delimiter, quote or escape"
            )
        if found < width and line_number == lines.number and lines.is_at_end():
            return (
                f"{reason}; if it is a footer, set options: {{skip_footer: 1}}; if the file was cut, deliver it again"
            )
        return reason


def _is_stated(word: str, options: FileOptions) -> bool:
    if word.startswith("fields separated"):
        return options.delimiter is not None
    if word.startswith("fields quoted"):
        return options.quote is not None
    return "before quotes" in word and options.escape is not None


class _Decimals:
    """Writes numbers that have a decimal comma with a point, as options `decimal`, `thousands`, `number_columns` say.

    Args:
        options: Of the file.
    """

    def __init__(self, options: FileOptions) -> None:
        self._listed = {name.lower() for name in options.number_columns}
        self._thousands = options.thousands
        separator = re.escape(options.thousands or "")
        whole = rf"(?:\d{{1,3}}(?:{separator}\d{{3}})+|\d+)" if separator else r"\d+"
        grouped = rf"|\s*[+-]?\d{{1,3}}(?:{separator}\d{{3}})+\s*" if separator else ""
        self._number = re.compile(rf"\s*[+-]?{whole},\d+\s*{grouped}")

    def converted(self, columns: Mapping[str, Values]) -> dict[str, Values]:
        """The columns, with the point in those that may hold numbers."""
        return {
            name: values
            if self._listed and name.lower() not in self._listed
            else [self._value(value) for value in listed(values)]
            for name, values in columns.items()
        }

    def _value(self, value: str | None) -> str | None:
        if not value or not self._number.fullmatch(value):
            return value
        plain = value.replace(self._thousands, "") if self._thousands else value
        return plain.replace(",", ".").strip()
