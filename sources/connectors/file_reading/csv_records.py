"""Lines of a CSV file, and its records in blocks: NULL for empty fields, without blank lines and footer."""

import collections
import re
from collections.abc import Iterable, Iterator
from typing import IO, Any, NamedTuple

import pyarrow as pa

from benchmark.file_options import FileOptions
from sources.connectors.file_reading.csv_text import WellFormedText
from sources.connectors.file_reading.delivered_file import MOST_CHARACTERS, MOST_ROWS
from sources.connectors.file_reading.dialect import Dialect

_SAMPLE_CHARACTERS = 256 * 1024

Fields = list[Any]


class Lines:
    """The lines of a file for a CSV reader; knows those of the current record and the number of the last one.

    Args:
        text: The file; every line that is read from here on counts.
        comment: Lines that begin with this are left out between records; None = no line is.
        n_skipped: Lines that were read before.
    """

    def __init__(self, text: IO[str], comment: str | None, n_skipped: int) -> None:
        self._text = text
        self._comment = comment
        self._ahead: collections.deque[str] = collections.deque()
        self._error: Exception | None = None
        """What went wrong behind the lines that are ahead."""
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

    def look_ahead(self, quote: str | None) -> list[str]:
        """Look at some thousand lines without reading them, up to one after which no quoted field seems to be open.

        Args:
            quote: What surrounds fields; None = nothing.
        """
        ahead = self._ahead
        n_characters = sum(map(len, ahead))
        n_quotes = sum(line.count(quote) for line in ahead) if quote else 0
        try:
            while n_quotes % 2 or (n_characters < MOST_CHARACTERS and len(ahead) < MOST_ROWS):
                line = next(self._text, None)
                if line is None or n_characters > 2 * MOST_CHARACTERS:
                    ahead.extend([line] if line else [])
                    break
                ahead.append(line)
                n_characters += len(line)
                n_quotes += line.count(quote) if quote else 0
        except Exception as error:  # noqa: BLE001 - raised by `__iter__` after these lines
            self._error = error
        return list(ahead)

    def skip(self, n_lines: int) -> None:
        """Count lines that `look_ahead` or `sample` gave as read."""
        for _ in range(n_lines):
            self._ahead.popleft()
        self.number += n_lines

    def is_at_end(self) -> bool:
        """Whether the last line was read."""
        return not self._ahead and next(iter(self._text), None) is None

    def __iter__(self) -> Iterator[str]:
        record, comment, ahead = self.record, self._comment, self._ahead
        while True:
            if ahead:
                line: str | None = ahead.popleft()
            elif self._error is not None:
                raise self._error
            else:
                line = next(self._text, None)
            if line is None:
                return
            self.number += 1
            if comment and not record and line.startswith(comment):
                continue
            record.append(line)
            yield line


class Block(NamedTuple):
    """Records that follow each other."""

    records: list[Fields]
    line_numbers: list[int]
    """Last line of each record, from 1."""


class Records:
    """The records of a file.

    Args:
        lines: The file from its header on.
        dialect: How fields are separated and quoted.
        options: Which values mean NULL, and how many records at the end are no data.
    """

    def __init__(self, lines: Lines, dialect: Dialect, options: FileOptions) -> None:
        self._lines = lines
        self._dialect = dialect
        self._options = options
        self._nulls = _Nulls(dialect, options.null_values)
        self._waiting = Block([], [])

    def header(self) -> Fields:
        """Take the first record; no fields when there is none before the footer."""
        self._read(1 + self._options.skip_footer)
        taken = self._take()
        return taken.records[0] if taken.records else []

    def blocks(self, n_columns: int) -> Iterator[Block | pa.Table]:
        """Yield the records that are left. Where reading fails, those before come first, then the error.

        Args:
            n_columns: Fields that a record should have.

        Returns:
            Tables of text with so many columns where the text is beyond doubt, else records with whatever they hold.
        """
        well_formed = WellFormedText.of(self._dialect, self._options, n_columns)
        is_more = True
        while is_more:
            if well_formed is not None:
                ahead = self._lines.look_ahead(self._dialect.quote)
                if (table := well_formed.table(ahead)) is not None:
                    self._lines.skip(len(ahead))
                    yield table
                    continue
            try:
                is_more = self._read(MOST_ROWS + self._options.skip_footer)
            except Exception:
                yield self._take()
                raise
            yield self._take()

    def _read(self, n_records: int) -> bool:
        """Read until so many records wait, or some megabytes were read; False at the end of the file."""
        lines, line, nulls = self._lines, self._lines.record, self._nulls
        records, numbers = self._waiting
        n_characters = 0
        for fields in self._dialect.reader(lines):
            if fields:  # else it is a blank line
                records.append(nulls.applied(fields, line) if nulls.may_be_in(fields) else fields)
                numbers.append(lines.number)
            n_characters += sum(map(len, line))
            line.clear()
            if len(records) >= n_records or n_characters >= MOST_CHARACTERS:
                return True
        return False

    def _take(self) -> Block:
        """The records that wait, but for those that may be the footer."""
        records, numbers = self._waiting
        end = max(len(records) - self._options.skip_footer, 0)
        self._waiting = Block(records[end:], numbers[end:])
        return Block(records[:end], numbers[:end])


class _Nulls:
    """Tells NULL (a bare field) from the same value in quotes, which the standard library's reader does not."""

    def __init__(self, dialect: Dialect, null_values: Iterable[str]) -> None:
        self._raw = frozenset(null_values)
        escape = dialect.escape
        self._suspects = self._raw | {value.replace(escape, "") for value in self._raw if escape}
        self._signs = [sign for sign in (dialect.quote, escape) if sign]
        self._token = _token_pattern(dialect)

    def may_be_in(self, fields: Fields) -> bool:
        """Whether some field may be NULL."""
        return not self._suspects.isdisjoint(fields)

    def applied(self, fields: Fields, lines: list[str]) -> Fields:
        """Fields of a record with NULL, looked up in its lines."""
        raw, text = self._raw, "".join(lines)
        if not any(sign in text for sign in self._signs):
            return [None if field in raw else field for field in fields]
        tokens = self._token.findall(text.rstrip("\r\n"))
        return [None if token in raw else field for field, token in zip(fields, tokens, strict=True)]


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
