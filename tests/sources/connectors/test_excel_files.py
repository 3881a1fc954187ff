"""Excel workbooks, written here cell by cell as Excel writes them."""
# ruff: noqa: DTZ001 - Excel knows no time zones

import io
import zipfile
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

_TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>"""
_RELS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_STYLES = f"""<?xml version="1.0"?><styleSheet {_MAIN}><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/>
<xf numFmtId="22"/></cellXfs></styleSheet>"""


def _workbook(**sheets: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", _TYPES)
        archive.writestr(
            "_rels/.rels",
            f'{_PACKAGE}<Relationship Id="rId1" Type="{_RELS}/officeDocument" Target="xl/workbook.xml"/>'
            "</Relationships>",
        )
        listed = "".join(f'<sheet name="{name}" sheetId="{n}" r:id="rId{n}"/>' for n, name in enumerate(sheets, 1))
        archive.writestr(
            "xl/workbook.xml",
            f'<?xml version="1.0"?><workbook {_MAIN} xmlns:r="{_RELS}"><sheets>{listed}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="rId{n}" Type="{_RELS}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        links += f'<Relationship Id="rIdS" Type="{_RELS}/styles" Target="styles.xml"/>'
        archive.writestr("xl/_rels/workbook.xml.rels", f"{_PACKAGE}{links}</Relationships>")
        archive.writestr("xl/styles.xml", _STYLES)
        for n, rows in enumerate(sheets.values(), 1):
            lines = "".join(f'<row r="{r}">{"".join(_cells(r, row))}</row>' for r, row in enumerate(rows, 1))
            archive.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f'<?xml version="1.0"?><worksheet {_MAIN}><sheetData>{lines}</sheetData></worksheet>',
            )
    return buffer.getvalue()


def _cells(row: int, values: list[Any]) -> list[str]:
    return [_cell(f"{chr(65 + n)}{row}", value) for n, value in enumerate(values) if value is not None]


def _cell(place: str, value: Any) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime):
        return f'<c r="{place}" s="2"><v>{(value - datetime(1899, 12, 30)).total_seconds() / 86400}</v></c>'
    if isinstance(value, date):
        return f'<c r="{place}" s="1"><v>{(value - date(1899, 12, 30)).days}</v></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


HEADER = ["id", "price", "name", "is_new", "day", "at"]
FIRST = [1, 1.5, "Zoë", True, date(2013, 3, 1), datetime(2013, 3, 1, 12, 30)]
SECOND = [2, 2, None, False, date(2013, 3, 2), datetime(2013, 3, 2)]


def test_types_and_values(folder: Any) -> None:
    folder.write("a.xlsx", _workbook(data=[HEADER, FIRST, [], SECOND]))
    assert folder.rows("excel") == [
        {"id": 1, "price": 1.5, "name": "Zoë", "is_new": True, "day": "2013-03-01", "at": "2013-03-01T12:30:00"},
        {"id": 2, "price": 2, "name": None, "is_new": False, "day": "2013-03-02", "at": "2013-03-02"},
    ]
    found = {name: schema.get("format", schema["type"][1]) for name, schema in folder.properties("excel").items()}
    assert found == {
        "id": "integer",
        "price": "number",
        "name": "string",
        "is_new": "boolean",
        "day": "date",
        "at": "date-time",
    }


def test_sheet_is_named_or_the_first_which_is_said(folder: Any) -> None:
    folder.write("a.xlsx", _workbook(one=[["id"], [1]], two=[["id"], [2]]))
    assert folder.rows("excel") == [{"id": 1}]
    assert folder.warnings("excel") == ["file 'a.xlsx': sheet 'one' read; not read: two (options: {sheet: …})"]
    assert folder.rows("excel", sheet="two") == [{"id": 2}]
    with pytest.raises(AirbyteTracedException, match="no sheet 'three'; it has one, two"):
        folder.rows("excel", sheet="three")


def test_preamble_and_footer(folder: Any) -> None:
    folder.write("a.xlsx", _workbook(one=[["Report"], ["id", "name"], [1, "a"], ["Total", 1]]))
    with pytest.raises(AirbyteTracedException, match=r"the first row has 1 names for 2 columns \(Report\).*skip_rows"):
        folder.rows("excel")
    assert folder.rows("excel", skip_rows=1, skip_footer=1) == [{"id": 1, "name": "a"}]


def test_days_and_instants_of_different_files(folder: Any) -> None:
    folder.write("a.xlsx", _workbook(one=[["at"], [date(2013, 3, 1)]]))
    folder.write("b.xlsx", _workbook(one=[["AT"], [datetime(2013, 3, 1, 6)]]))
    assert folder.properties("excel")["at"]["format"] == "date-time"
    assert [row["at"] for row in folder.rows("excel")] == ["2013-03-01", "2013-03-01T06:00:00"]


def test_no_workbook(folder: Any) -> None:
    folder.write("a.xlsx", "id,name\n1,a\n")
    with pytest.raises(AirbyteTracedException, match=r"file 'a\.xlsx', start of the file: no workbook"):
        folder.rows("excel")
    folder.write("a.xlsx", _workbook(one=[["id"], [1]]))
    with pytest.raises(AirbyteTracedException, match=r"an Excel workbook; set format: excel"):
        folder.rows("csv")
