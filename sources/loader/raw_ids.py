"""Ids of raw rows that are the same on every machine and in every run."""

import hashlib
import uuid

import numpy as np
import pyarrow as pa

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://lockgate.dev/raw")
_N_BYTES = 20
"""Bytes of a SHA-1 hash; a UUID has the first 16."""
_LENGTH = 36
"""Characters of a UUID as text."""
_DASHES = (8, 13, 18, 23)
_HEX = np.frombuffer("".join(f"{byte:02x}" for byte in range(256)).encode(), np.uint8).reshape(256, 2)
"""The two hexadecimal digits of each byte."""


def raw_ids(connection: str, stream: str, generation: int, first: int, n_rows: int) -> pa.Array:
    """UUID5 of each row of a stream.

    Args:
        connection: Name of the connection.
        stream: Name of the stream.
        generation: How often the table was overwritten.
        first: Position of the first row since the generation began, from 1.
        n_rows: How many rows.

    Returns:
        Texts: what `uuid.uuid5` gives for `<connection>/<stream>/<generation>/<position>`, many times faster.
    """
    base = hashlib.sha1(_NAMESPACE.bytes + f"{connection}/{stream}/{generation}/".encode(), usedforsecurity=False)
    hashes = bytearray()
    for position in range(first, first + n_rows):
        row_hash = base.copy()
        row_hash.update(b"%d" % position)
        hashes += row_hash.digest()
    return _as_texts(np.frombuffer(hashes, np.uint8).reshape(n_rows, _N_BYTES)[:, :16].copy())


def _as_texts(ids: "np.ndarray[tuple[int, int], np.dtype[np.uint8]]") -> pa.Array:
    """Texts of UUIDs of version 5.

    Args:
        ids: Sixteen bytes a row; version and variant are written into them.
    """
    ids[:, 6] = ids[:, 6] & 0x0F | 0x50
    ids[:, 8] = ids[:, 8] & 0x3F | 0x80
    texts = np.full((len(ids), _LENGTH), ord("-"), np.uint8)
    places = [place for place in range(_LENGTH) if place not in _DASHES]
    texts[:, places] = _HEX[ids].reshape(len(ids), 32)
    ends = np.arange(0, (len(ids) + 1) * _LENGTH, _LENGTH, dtype=np.int64)
    return pa.LargeStringArray.from_buffers(len(ids), pa.py_buffer(ends), pa.py_buffer(texts))
