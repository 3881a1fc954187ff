"""How a list of records is written: an envelope of JSON, JSON lines, CSV, XML."""

import csv
import gzip
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from benchmark.http_system import RecordFormat
from sources.systems.http.json_values import cell_text, json_rows

CONTENT_TYPES: dict[RecordFormat, str] = {
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "xml": "application/xml",
}
_PLACE = "<records>"
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def envelope(place: str, records: str, fields: Mapping[str, Any]) -> bytes:
    """A JSON value with the text of the records at their place and every field at its own.

    Args:
        place: Path of the records; empty: they are the answer.
        records: JSON.
        fields: Path -> value.
    """
    if not place:
        return records.encode()
    tree: dict[str, Any] = {}
    for path, value in {place: _PLACE, **fields}.items():
        *parents, name = path.split(".")
        inner = tree
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[name] = value
    before, _, after = json.dumps(_with_lists(tree)).partition(json.dumps(_PLACE))
    return f"{before}{records}{after}".encode()


def written(record_format: RecordFormat, names: Sequence[str], columns: Sequence[Sequence[Any]]) -> bytes:
    """Plain values as a file: JSON is a list of objects."""
    match record_format:
        case "json":
            return f"[{', '.join(json_rows(names, columns))}]".encode()
        case "jsonl":
            return "".join(f"{row}\n" for row in json_rows(names, columns)).encode()
        case "xml":
            return _xml(names, columns)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows(zip(*(map(cell_text, column) for column in columns), strict=True))
    return text.getvalue().encode()


def compressed(content: bytes) -> bytes:
    """As gzip, the same bytes each time."""
    return gzip.compress(content, compresslevel=6, mtime=0)


def _with_lists(value: Any) -> Any:
    """Objects whose names are all numbers become lists."""
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(child) for name, child in value.items()}
    if not inner or not all(name.isdigit() for name in inner):
        return inner
    return [inner.get(str(place)) for place in range(max(map(int, inner)) + 1)]


def _xml(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> bytes:
    rows = (
        "".join(f"<{name}>{_element(value)}</{name}>" for name, value in zip(names, row, strict=True))
        for row in zip(*columns, strict=True)
    )
    body = "".join(f"<row>{row}</row>" for row in rows)
    return f'<?xml version="1.0" encoding="utf-8"?>\n<rows>{body}</rows>\n'.encode()


def _element(value: Any) -> str:
    return escape(_NOT_IN_XML.sub("\ufffd", cell_text(value)))
