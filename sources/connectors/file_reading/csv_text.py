"""CSV text that every reader understands in the same way, parsed many times faster than record by record."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pyarrow as pa

from benchmark.file_options import FileOptions
from sources.connectors.arrow_csv import text_columns
from sources.connectors.file_reading.dialect import Dialect


class WellFormedText:
    """Parses text in which each field is bare, without a quote in it, or quoted as a whole.

    Readers differ in what they make of other text (`5" pipe`, `"a"b`, a line end of one carriage return), and so the
    standard library's strict reader decides there.

    Args:
        dialect: How fields are separated and quoted.
        null_values: Unquoted values that mean NULL.
        n_columns: Fields of a record.
    """

    def __init__(self, dialect: Dialect, null_values: Sequence[str], n_columns: int) -> None:
        self._dialect = dialect
        self._null_values = null_values
        self._n_columns = n_columns
        self._is_well_formed = _pattern(dialect).fullmatch

    @classmethod
    def of(cls, dialect: Dialect, options: FileOptions, n_columns: int) -> WellFormedText | None:
        """A parser for a file; None where its options ask for a look at each record or line."""
        signs = dialect.delimiter + (dialect.quote or "")
        is_plain = signs.isascii() and not (dialect.escape or dialect.skips_spaces)
        if not is_plain or options.comment or options.skip_footer or not n_columns:
            return None
        return cls(dialect, options.null_values, n_columns)

    def table(self, lines: Sequence[str]) -> pa.Table | None:
        """The records of some lines, each column as text.

        Args:
            lines: The first begins a record.

        Returns:
            None where the text is not well-formed, or a record has another number of fields, or there is no line.
        """
        text = "".join(lines)
        if not text or not self._is_well_formed(text):
            return None
        try:
            return text_columns(
                text.encode(),
                self._n_columns,
                delimiter=self._dialect.delimiter,
                quote=self._dialect.quote,
                null_values=self._null_values,
                has_blank_lines=True,
            )
        except (pa.ArrowInvalid, UnicodeEncodeError):
            return None


def _pattern(dialect: Dialect) -> re.Pattern[str]:
    """Matches whole records; possessive, so its time grows with the text and not faster."""
    delimiter = re.escape(dialect.delimiter)
    if dialect.quote is None:
        return re.compile(r"(?:[^\r\n]*+\r?\n)*+[^\r\n]*+")
    quote = re.escape(dialect.quote)
    field = rf"(?:{quote}[^{quote}]*+(?:{quote}{quote}[^{quote}]*+)*+{quote}|[^{quote}{delimiter}\r\n]*+)"
    return re.compile(rf"(?:{field}(?:{delimiter}|\r?\n))*+{field}")
