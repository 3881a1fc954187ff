"""CSV text that is known to be well-formed, parsed by Arrow into columns of text."""

import codecs
from collections.abc import Sequence

import pyarrow as pa
from pyarrow import csv


def text_columns(
    content: bytes,
    n_columns: int,
    *,
    delimiter: str = ",",
    quote: str | None = '"',
    null_values: Sequence[str] = ("",),
    has_blank_lines: bool = False,
) -> pa.Table:
    """Parse the records of a CSV text; quotes inside of a quoted field are doubled.

    Args:
        content: Whole records in UTF-8.
        n_columns: Fields of each record.
        delimiter: One character of ASCII.
        quote: One character of ASCII; None = no field is quoted.
        null_values: Unquoted values that mean NULL.
        has_blank_lines: Blank lines are left out, and are not records of one empty field.

    Returns:
        Columns `0`, `1` and so on.

    Raises:
        pa.ArrowInvalid: A record has another number of fields, or the text is not UTF-8.
    """
    if content.startswith(codecs.BOM_UTF8):  # Arrow skips one mark; here it belongs to the first value
        content = codecs.BOM_UTF8 + content
    text = pa.large_string() if len(content) >= 2**31 else pa.string()
    names = [str(place) for place in range(n_columns)]
    return csv.read_csv(
        pa.py_buffer(content),
        csv.ReadOptions(column_names=names, block_size=len(content) + 1, use_threads=False),
        csv.ParseOptions(
            delimiter=delimiter,
            quote_char=quote or False,
            newlines_in_values=True,
            ignore_empty_lines=has_blank_lines,
        ),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, text),
            null_values=list(null_values),
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
