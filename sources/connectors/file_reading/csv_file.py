"""Rows of a CSV file, as text."""

import collections
import csv
import itertools
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from benchmark.file_options import FileOptions
from sources.connectors.file_reading.dialect import Dialect, detect_dialect, looks_like_data
from sources.connectors.file_reading.errors import FileError, Notes
from sources.connectors.file_reading.names import Spelling, clean_names, renamed
from sources.connectors.file_reading.text import open_text

LARGEST_FIELD_CHARACTERS = 512 * 1024 * 1024
_SAMPLE_CHARACTERS = 256 * 1024
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?\s*')
_OTHER_FORMATS = [
    (re.compile(r"\s*(<!DOCTYPE|<html|<\?xml)", re.IGNORECASE), "an HTML or XML page, perhaps an error page"),
    (re.compile(r'\s*(\{\s*("|\})|\[\s*\{)'), "JSON; set format: jsonl"),
    (re.compile(r"PAR1"), "Parquet; set format: parquet"),
    (re.compile(r"PK\x03\x04"), "a zip archive or an Excel workbook"),
]

Fields = list[Any]


class CsvFile:
    """One CSV file: its dialect, its columns, its rows.

    Values are text. An empty field is NULL, an empty field in quotes is the empty text. Blank lines are left out.

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

    def columns(self) -> list[str]:
        """Names of the columns; none when the file holds nothing.

        Raises:
            FileError: There is no header, or it looks like data.
        """
        with open_text(self._path, self._options, self._notes) as text:
            names, _ = self._start(text)
        return names

    def rows(self, spelling: Spelling) -> Iterator[dict[str, Any]]:
        """Yield every row.

        Args:
            spelling: How the stream writes the names of its columns.

        Raises:
            FileError: The file is not written as a CSV file of this dialect.
        """
        with open_text(self._path, self._options, self._notes) as text:
            names, records = self._start(text)
            names = [spelling.of(name) for name in names]
            convert = _decimal_points(self._options, names)
            for fields in records:
                row = dict(zip(names, fields, strict=True))
                if convert is not None:
                    convert(row)
                self.n_rows += 1
                yield row

    def _start(self, text: IO[str]) -> tuple[list[str], Iterator[Fields]]:
        """Read up to the first row; returns the names and the rows to come."""
        csv.field_size_limit(LARGEST_FIELD_CHARACTERS)
        options = self._options
        skipped = list(itertools.islice(text, options.skip_rows))
        lines = _Lines(text, options.comment, len(skipped))
        sample, is_whole = lines.sample()
        if not any(line.strip() for line in sample):
            self._notes.add(self._path, "holds no header and no rows")
            return [], iter(())
        dialect = self._dialect(lines, sample, is_whole)
        records = self._records(lines, dialect)
        names = self._names(records, sample, dialect)
        return names, self._checked(records, len(names), lines)

    def _dialect(self, lines: "_Lines", sample: list[str], is_whole: bool) -> Dialect:
        head = "".join(sample[:20])[:4096]
        if "\x00" in head:
            raise FileError(self._path, 0, "is no text (it holds zero bytes)")
        for pattern, what in _OTHER_FORMATS:
            if pattern.match(head):
                raise FileError(self._path, 0, f"looks like {what}")
        options = self._options
        if not options.delimiter and (match := _SEPARATOR_LINE.fullmatch(sample[0])):
            lines.drop_first()
            options = options.model_copy(update={"delimiter": match.group(1)})
            sample = sample[1:]
        dialect = detect_dialect(sample, is_whole, options)
        words = [word for word in dialect.words() if not _is_stated(word, self._options)]
        if words:
            self._notes.add(self._path, f"read as CSV with {', '.join(words)}")
        return dialect

    def _records(self, lines: "_Lines", dialect: Dialect) -> Iterator[Fields]:
        """Records with NULL for empty fields, without blank lines and without the footer."""
        nulls = _Nulls(dialect, self._options.null_values)
        records = nulls.applied(dialect.reader(lines), lines)
        if self._options.skip_footer:
            records = _without_last(records, self._options.skip_footer)
        return records

    def _names(self, records: Iterator[Fields], sample: list[str], dialect: Dialect) -> list[str]:
        options = self._options
        if options.header is False:
            width = len(next(dialect.reader(iter(sample)), []))
            fields = list(options.columns) or [f"column_{number}" for number in range(1, width + 1)]
            return self._cleaned(fields)
        header = [field or "" for field in next(records, [])]
        if options.header is None and header and looks_like_data(header):
            shown = ", ".join(header[:5])
            raise FileError(
                self._path,
                0,
                f"the first line looks like data and not like names of columns ({shown}); set options: "
                "{header: false, columns: [...]} if it is data, or {header: true} if it is the header",
            )
        if options.columns and len(options.columns) != len(header):
            raise FileError(
                self._path, 0, f"options.columns has {len(options.columns)} names, the header {len(header)} fields"
            )
        return self._cleaned(list(options.columns) or header)

    def _cleaned(self, fields: list[str]) -> list[str]:
        names = clean_names(fields)
        for sentence in renamed(fields, names):
            self._notes.add(self._path, sentence)
        return names

    def _checked(self, records: Iterator[Fields], width: int, lines: "_Lines") -> Iterator[Fields]:
        for fields in records:
            if len(fields) != width:
                if len(fields) == 1 and not (fields[0] or "").strip():
                    continue  # a line of spaces
                raise FileError(self._path, self.n_rows + 1, self._width_reason(len(fields), width, lines))
            yield fields

    def _width_reason(self, found: int, width: int, lines: "_Lines") -> str:
        reason = f"{found} fields where the header has {width} (line {lines.number})"
        if self._options.header is False:
            reason = f"{found} fields where there are {width} columns (line {lines.number})"
        if found > width and self.n_rows == 0:
            skipped = lines.number - 1 - self._options.skip_rows
            return (
                f"{reason}; if the header comes later, set options: {{skip_rows: {self._options.skip_rows + skipped}}}"
                "; if fields hold the delimiter or are quoted in another way, set delimiter, quote or escape"
            )
        if found < width and lines.is_at_end():
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


class _Lines:
    """The lines of a file for a CSV reader; knows those of the current record and the number of the last one."""

    def __init__(self, text: IO[str], comment: str | None, n_skipped: int) -> None:
        self._text = text
        self._comment = comment
        self._ahead: collections.deque[str] = collections.deque()
        self.number = n_skipped
        self.record: list[str] = []
        """Lines since the last record; whoever takes the record clears them."""

    def sample(self) -> tuple[list[str], bool]:
        """Look at the first lines without reading them; also whether these are all."""
        n_characters = 0
        is_whole = True
        for line in self._text:
            self._ahead.append(line)
            n_characters += len(line)
            if n_characters > _SAMPLE_CHARACTERS:
                is_whole = False
                break
        comment = self._comment
        return [line for line in self._ahead if not (comment and line.startswith(comment))], is_whole

    def drop_first(self) -> None:
        self._ahead.popleft()
        self.number += 1

    def is_at_end(self) -> bool:
        """Whether the last line was read."""
        return not self._ahead and next(iter(self._text), None) is None

    def __iter__(self) -> Iterator[str]:
        record, comment = self.record, self._comment
        for line in itertools.chain(self._taken(), self._text):
            self.number += 1
            if comment and not record and line.startswith(comment):
                continue
            record.append(line)
            yield line

    def _taken(self) -> Iterator[str]:
        while self._ahead:
            yield self._ahead.popleft()


class _Nulls:
    """Tells NULL (a bare field) from the same value in quotes, which the standard library's reader does not."""

    def __init__(self, dialect: Dialect, null_values: Iterable[str]) -> None:
        self._raw = frozenset(null_values)
        escape = dialect.escape
        self._suspects = self._raw | {value.replace(escape, "") for value in self._raw if escape}
        self._signs = [sign for sign in (dialect.quote, escape) if sign]
        self._token = _token_pattern(dialect)

    def applied(self, records: Iterable[list[str]], lines: _Lines) -> Iterator[Fields]:
        raw, suspects, signs, record = self._raw, self._suspects, self._signs, lines.record
        for fields in records:
            if not fields:  # a blank line
                record.clear()
                continue
            if suspects.isdisjoint(fields):
                record.clear()
                yield fields
                continue
            text = record[0] if len(record) == 1 else "".join(record)
            record.clear()
            if any(sign in text for sign in signs):
                tokens = self._token.findall(text.rstrip("\r\n"))
                yield [None if token in raw else field for field, token in zip(fields, tokens, strict=True)]
            else:
                yield [None if field in raw else field for field in fields]


def _token_pattern(dialect: Dialect) -> re.Pattern[str]:
    """Matches the fields of one record as they are written, quotes and escapes included."""
    delimiter = re.escape(dialect.delimiter)
    escape = re.escape(dialect.escape) if dialect.escape else None
    escaped = f"|{escape}." if escape else ""
    bare = rf"(?:[^{delimiter}{escape or ''}]{escaped})*+"
    spaces = " *" if dialect.skips_spaces else ""
    if dialect.quote is None:
        return re.compile(rf"(?:\A|{delimiter}){spaces}({bare})", re.DOTALL)
    quote = re.escape(dialect.quote)
    quoted = rf"{quote}(?:[^{quote}{escape or ''}]|{quote}{quote}{escaped})*+{quote}"
    return re.compile(rf"(?:\A|{delimiter}){spaces}({quoted}|{bare})", re.DOTALL)


def _without_last(records: Iterator[Fields], count: int) -> Iterator[Fields]:
    held: collections.deque[Fields] = collections.deque()
    for fields in records:
        held.append(fields)
        if len(held) > count:
            yield held.popleft()


def _decimal_points(options: FileOptions, names: list[str]) -> Any:
    """A function that writes the numbers of a row with a decimal point; None when they are."""
    if options.decimal != ",":
        return None
    listed = {name.lower() for name in options.number_columns}
    columns = [name for name in names if not listed or name.lower() in listed]
    thousands = options.thousands
    separator = re.escape(thousands or "")
    whole = rf"(?:\d{{1,3}}(?:{separator}\d{{3}})+|\d+)" if thousands else r"\d+"
    with_fraction = re.compile(rf"\s*[+-]?{whole},\d+\s*")
    with_thousands = re.compile(rf"\s*[+-]?\d{{1,3}}(?:{separator}\d{{3}})+\s*") if thousands else None

    def convert(row: dict[str, Any]) -> None:
        for name in columns:
            value = row[name]
            if not value:
                continue
            if with_fraction.fullmatch(value) or (with_thousands and with_thousands.fullmatch(value)):
                row[name] = value.replace(thousands or ",", "" if thousands else ".").replace(",", ".").strip()

    return convert
