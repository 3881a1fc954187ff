"""Rows of a MySQL query as columns of bytes, in batches of a bounded size.

PyMySQL makes Python values of each row, which costs four times as much as to read it. Here, a row is cut into the
texts in which the server sends its values.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pymysql
from pymysql import err

BATCH_BYTES = 8 * 2**20
"""A batch ends with the row that reaches this; so it is as large as this and one row."""
_BATCH_VALUES = 500_000
"""A batch has no more values: each is an object of Python for a moment."""
_LONGEST_PACKET = 0xFFFFFF
_ERROR, _END, _NULL = 0xFF, 0xFE, 0xFB
_LENGTH_BYTES = {0xFC: 2, 0xFD: 3, 0xFE: 8}
_LONGEST_END = 8
"""Bytes: a longer packet that begins like the end is a row with a long value."""


class RowConnection(pymysql.connections.Connection):  # type: ignore[misc] # PyMySQL has no types
    """A connection of PyMySQL that also gives rows as columns."""

    def batches(self, query: str, n_columns: int, max_rows: int) -> Iterator[list[pa.Array]]:
        """Yield the rows of a query, read as the server sends them; the connection is of no use before the last one.

        Args:
            query: The query.
            n_columns: How many columns it has.
            max_rows: A batch has no more rows.

        Raises:
            pymysql.Error: The query fails, or the connection is lost.
        """
        self.query(query, unbuffered=True)
        self._result.unbuffered_active = False  # We read the rows; PyMySQL must not wait for them.
        max_rows = max(1, min(max_rows, _BATCH_VALUES // n_columns))
        rows: list[list[bytes | None]] = []
        n_bytes = 0
        while (packet := self._next_packet()) is not None:
            rows.append(_values(packet, n_columns))
            n_bytes += len(packet)
            if n_bytes >= BATCH_BYTES or len(rows) >= max_rows:
                yield _columns(rows)
                rows, n_bytes = [], 0
        if rows:
            yield _columns(rows)

    def _next_packet(self) -> bytes | None:
        """The next row; None: that was the last one."""
        packet = self._read_part()
        if packet[0] == _END and len(packet) <= _LONGEST_END:
            return None
        if packet[0] == _ERROR:
            err.raise_mysql_exception(packet)
        if len(packet) < _LONGEST_PACKET:
            return packet
        parts = [packet]
        while len(parts[-1]) == _LONGEST_PACKET:
            parts.append(self._read_part())
        return b"".join(parts)

    def _read_part(self) -> bytes:
        header = self._read_bytes(4)
        packet: bytes = self._read_bytes(header[0] | header[1] << 8 | header[2] << 16)
        return packet


def _values(packet: bytes, n_columns: int) -> list[bytes | None]:
    """The values of a row, each of which its length stands before."""
    values: list[bytes | None] = []
    add = values.append
    place = 0
    for _ in range(n_columns):
        size = packet[place]
        place += 1
        if size >= _NULL:
            if size == _NULL:
                add(None)
                continue
            width = _LENGTH_BYTES[size]
            size = int.from_bytes(packet[place : place + width], "little")
            place += width
        add(packet[place : place + size])
        place += size
    return values


def _columns(rows: list[list[bytes | None]]) -> list[pa.Array]:
    return [pa.array(values, pa.large_binary()) for values in zip(*rows, strict=True)]
