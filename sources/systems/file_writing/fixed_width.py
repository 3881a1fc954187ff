"""Lines whose columns begin at fixed places."""

from typing import TYPE_CHECKING

from benchmark.delivered_files import FileFormat
from benchmark.errors import LockgateError
from sources.systems.file_writing.texts import text_columns

if TYPE_CHECKING:
    import pyarrow


def fixed_width_lines(table: "pyarrow.Table", written: FileFormat) -> str:
    """Write a table; texts stand at the left of their place, numbers at the right.

    Raises:
        LockgateError: A column has no width, or a value is longer than it.
    """
    from pyarrow import types

    if list(written.widths) != table.column_names:
        raise LockgateError(f"widths are for {', '.join(written.widths)}; the columns are {table.column_names}.")
    columns = []
    for name, kind, texts in zip(table.column_names, table.schema.types, text_columns(table), strict=True):
        width = written.widths[name]
        is_number = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
        shown = [text or written.null_text for text in texts]
        if written.has_header:
            shown.insert(0, name[:width])
        if (longest := max(shown, key=len, default="")) and len(longest) > width:
            raise LockgateError(f"column {name} has {width} places, and {longest!r} needs {len(longest)}.")
        if any("\n" in text or "\r" in text for text in shown):
            raise LockgateError(f"column {name} has a line break, which a fixed-width line cannot hold.")
        columns.append([text.rjust(width) if is_number else text.ljust(width) for text in shown])
    return "".join("".join(parts) + written.line_end for parts in zip(*columns, strict=True))
