"""A workbook with one sheet, by the letter of Office Open XML: numbers, truth values, and everything else as text."""

import io
import math
import zipfile
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from benchmark.errors import LockgateError
from sources.systems.file_writing.texts import text_columns

if TYPE_CHECKING:
    import pyarrow

MOST_ROWS = 1_048_576
_DIGITS = 15
"""Of a number that every program reads back as it was."""
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_PARTS = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATIONS}">'
    '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
}
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


def workbook(table: "pyarrow.Table") -> bytes:
    """Write a table as the only sheet, with its names in the first row.

    Raises:
        LockgateError: More rows than a sheet has.
    """
    if table.num_rows >= MOST_ROWS:
        raise LockgateError(f"a sheet has {MOST_ROWS:,} rows, the table {table.num_rows:,}.")
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {**_PARTS, "xl/worksheets/sheet1.xml": _sheet(table)}.items():
            archive.writestr(zipfile.ZipInfo(name), _HEAD + text, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _sheet(table: "pyarrow.Table") -> str:
    from pyarrow import types

    columns = []
    for kind, name, texts in zip(table.schema.types, table.column_names, text_columns(table), strict=True):
        is_number = types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
        cells = [
            _number(text) if is_number else _boolean(text) if types.is_boolean(kind) else _text(text) for text in texts
        ]
        columns.append([_text(name), *cells])
    rows = "".join(f"<row>{''.join(cells)}</row>" for cells in zip(*columns, strict=True))
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>'


def _number(text: str) -> str:
    if not text:
        return "<c/>"
    n_digits = sum(sign.isdigit() for sign in text.split("e")[0].strip("-0."))
    return f"<c><v>{text}</v></c>" if n_digits <= _DIGITS and math.isfinite(float(text)) else _text(text)


def _boolean(text: str) -> str:
    return f'<c t="b"><v>{int(text == "true")}</v></c>' if text else "<c/>"


def _text(value: Any) -> str:
    if not value:
        return "<c/>"
    return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
