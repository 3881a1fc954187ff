"""Reading a query with COPY, in batches of a bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import psycopg
import pyarrow as pa
from psycopg import sql

from sources.connectors.arrow_csv import text_columns
from sources.connectors.errors import ConnectorError

BATCH_BYTES = 8 * 2**20
"""A batch ends with the row that reaches this; so it is as large as this and one row."""


def copy_batches(
    connection: psycopg.Connection[Any], query: sql.Composable, n_columns: int, max_rows: int
) -> Iterator[pa.Table]:
    """Yield the rows of a query as tables of text, NULL apart from the empty text.

    Args:
        connection: Inside a transaction; texts come in UTF-8.
        query: The query.
        n_columns: How many columns it has.
        max_rows: A batch has no more rows.

    Raises:
        ConnectorError: A text of the server is not UTF-8.
    """
    lines: list[bytes] = []
    n_bytes = 0
    with connection.cursor().copy(sql.SQL("copy ({}) to stdout (format csv)").format(query)) as copy:
        for line in copy:  # the server sends each row apart
            lines.append(bytes(line))
            n_bytes += len(line)
            if n_bytes >= BATCH_BYTES or len(lines) >= max_rows:
                yield _parse(lines, n_columns)
                lines, n_bytes = [], 0
    if lines:
        yield _parse(lines, n_columns)


def _parse(lines: Sequence[bytes], n_columns: int) -> pa.Table:
    try:
        return text_columns(b"".join(lines), n_columns)
    except pa.ArrowInvalid as error:
        raise ConnectorError(f"the server's rows cannot be read ({error}).") from error
