"""One number for a generated day."""

import hashlib

import pyarrow as pa
from pyarrow import csv

from sources.contract import GeneratedDay


def checksum(day: GeneratedDay) -> str:
    """Over names, order, types and values of all tables and files; Arrow's own bytes differ below nulls."""
    digest = hashlib.sha256()
    files = [(f"{file.name} {file.stream} {file.delivered_at.isoformat()}", file.table) for file in day.deliveries]
    for name, table in (*day.tables.items(), *files):
        digest.update(f"{name} {table.schema}".encode())
        text = pa.BufferOutputStream()
        csv.write_csv(table, text)
        digest.update(text.getvalue())
    return digest.hexdigest()[:16]
