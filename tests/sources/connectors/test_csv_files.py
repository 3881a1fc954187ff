"""CSV files as people deliver them: read as they are meant, or refused with what to do; never read as one column."""

from typing import Any

import pytest
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

MEANT = [{"id": "1", "name": "Ann, B.", "note": None}, {"id": "2", "name": "Béa", "note": ""}]
MEANT_ASCII = [{"id": "1", "name": "Ann", "note": None}, {"id": "2", "name": "Bea", "note": ""}]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ('id,name,note\n1,"Ann, B.",\n2,Béa,""\n', None),
        ('id;name;note\r\n1;Ann, B.;\r\n2;Béa;""\r\n', "fields separated by semicolon"),
        ('id\tname\tnote\n1\tAnn, B.\t\n2\tBéa\t""\n', "fields separated by tab"),
        ('id|name|note\n1|Ann, B.|\n2|Béa|""', "fields separated by pipe"),
        ("id,name,note\n1,'Ann, B.',\n2,'Béa',''\n", "fields quoted by single quotes"),
        (
            "'id';'name';'note'\n'1';'Ann, B.';\n'2';'Béa';''\n",
            "separated by semicolon, fields quoted by single quotes",
        ),
        ('id, name, note\n1, "Ann, B.",\n2, "Béa", ""\n', "spaces after delimiters left out"),
        ('sep=;\nid;name;note\n1;Ann, B.;\n2;Béa;""\n', "fields separated by semicolon"),
        ('"id","name","note"\r\r"1","Ann, B.",\r"2","Béa",""\r', None),
    ],
)
def test_dialect_is_detected_and_said(folder: Any, text: str, note: str | None) -> None:
    folder.write("people.csv", text)
    assert folder.rows("csv") == MEANT
    said = folder.warnings("csv")
    assert (note in said[0] and "file 'people.csv'" in said[0]) if note else said == []


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"]
)
@pytest.mark.parametrize("is_stated", [False, True])
def test_encodings(folder: Any, encoding: str, is_stated: bool) -> None:
    rows = "".join(f"{number},Zoë Müller\n" for number in range(2000))
    folder.write("a.csv", ("id,name\n" + rows).encode(encoding))
    options = {"encoding": encoding} if is_stated else {}
    found = folder.rows("csv", **options)
    assert list(found[0]) == ["id", "name"]
    assert {row["name"] for row in found} == {"Zoë Müller"}
    assert bool(folder.warnings("csv", **options)) == (not is_stated and not encoding.startswith("utf-8"))


def test_the_only_letter_of_a_one_byte_encoding_is_the_last_byte(folder: Any) -> None:
    folder.write("a.csv", "id,name\n1,café".encode("latin-1"))
    assert folder.rows("csv") == [{"id": "1", "name": "café"}]
    assert "Windows-1252, since line 2 (byte 0xe9) is not UTF-8" in folder.warnings("csv")[0]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            "id,name\n1,Zoë\n2,M".encode() + b"\xfcller\n",
            "not UTF-8 in line 3 .*though elsewhere it is.*encoding: cp1252",
        ),
        ("id,name\n1,Zoë".encode()[:-1], "cut inside a letter at its end, line 2; deliver it again"),
        (b"id,name\n1,\x8f\x81\n", "not UTF-8 in line 2 .*nor Windows-1252"),
        (b"id,name\n1,\x00\x01\x02\n" * 3, "is no text"),
    ],
)
def test_broken_letters_are_not_taken_for_another_encoding(folder: Any, content: bytes, reason: str) -> None:
    folder.write("a.csv", content)
    with pytest.raises(AirbyteTracedException, match=f"file 'a.csv', .*{reason}"):
        folder.rows("csv")


def test_stated_encoding_that_is_wrong_is_an_error(folder: Any) -> None:
    folder.write("a.csv", "id,name\n1,Zoë\n".encode("latin-1"))
    with pytest.raises(AirbyteTracedException, match=r"file 'a.csv', .*not UTF-8 .*set options: \{encoding"):
        folder.rows("csv", encoding="utf-8")


def test_null_is_bare_and_empty_text_is_quoted(folder: Any) -> None:
    text = 'a,b,c,d\n,"",x,""\n"1,2",,"say ""hi""",\n"two\nlines","",,"a,"",""b"\n'
    folder.write("a.csv", text)
    assert folder.rows("csv") == [
        {"a": None, "b": "", "c": "x", "d": ""},
        {"a": "1,2", "b": None, "c": 'say "hi"', "d": None},
        {"a": "two\nlines", "b": "", "c": None, "d": 'a,","b'},
    ]


def test_null_values_are_bare_only(folder: Any) -> None:
    folder.write("a.csv", 'a,b,c\nNA,"NA",\n\\N,"\\N",x\n')
    assert folder.rows("csv", null_values=["NA", "\\N"]) == [
        {"a": None, "b": "NA", "c": ""},
        {"a": None, "b": "\\N", "c": "x"},
    ]
    folder.write("a.csv", 'a,b,c\n\\N,"say \\"hi\\"",N\n')
    assert folder.rows("csv", null_values=["", "\\N"]) == [{"a": None, "b": 'say "hi"', "c": "N"}]


def test_backslash_before_quotes(folder: Any) -> None:
    folder.write("a.csv", 'id,name\n1,"Bob \\"Bobby\\" Ray, Jr."\n2,"x"\n')
    assert folder.rows("csv") == [{"id": "1", "name": 'Bob "Bobby" Ray, Jr.'}, {"id": "2", "name": "x"}]
    assert "backslash before quotes" in folder.warnings("csv")[0]
    folder.write("a.csv", 'id,path,x\n1,"C:\\dir\\",a\n2,"D:\\",b\n')
    assert folder.rows("csv") == [{"id": "1", "path": "C:\\dir\\", "x": "a"}, {"id": "2", "path": "D:\\", "x": "b"}]
    assert folder.warnings("csv") == []


def test_apostrophes_are_no_quotes(folder: Any) -> None:
    folder.write("a.csv", "id,name,town\n1,'t Hooft,Hoorn\n2,O'Neil,'s-Gravenhage\n")
    assert [row["name"] for row in folder.rows("csv")] == ["'t Hooft", "O'Neil"]
    assert folder.warnings("csv") == []


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("Report of 2013\nby hand\n\nid;name\n1;a\n2;b\nTotal: 2\n", {"skip_rows": 3, "skip_footer": 1}),
        ("# made by x\nid,name\n# first\n1,a\n2,b\n", {"comment": "#"}),
        ("1,a\n2,b\n", {"header": False, "columns": ["id", "name"]}),
        ("A,B\n1,a\n2,b\n", {"header": True, "columns": ["id", "name"]}),
        ("id~name\n1~a\n2~b\n", {"delimiter": "~"}),
        ("id,name\n1,^a^\n2,^b^\n", {"quote": "^"}),
    ],
)
def test_preamble_footer_and_header_by_options(folder: Any, text: str, options: dict[str, Any]) -> None:
    folder.write("a.csv", text)
    assert folder.rows("csv", **options) == [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]


def test_columns_without_header_get_numbers(folder: Any) -> None:
    folder.write("a.csv", "1,a\n2,b\n")
    assert folder.rows("csv", header=False)[1] == {"column_1": "2", "column_2": "b"}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Report of 2013\n\nid;name;x\n1;a;\n2;b;\n", r"3 fields where the header has 1 \(line 3\).*skip_rows: 2"),
        ("Report of 2013\nid,name\n1,a\n", r"2 fields where the header has 1 \(line 2\).*skip_rows: 1"),
        ("id,name\n1,a\n2,b\nTotal: 2\n", r"row 3: 1 fields where the header has 2 \(line 4\).*skip_footer: 1"),
        ("id;name\n1;a\n2\n", r"row 2: 1 fields where the header has 2 \(line 3\)"),
        ("1,alice,3.5\n2,bob,4.5\n", r"first line looks like data .*\(1, alice, 3.5\).*header: false"),
        ("JFK,Kennedy,40.6,-73.7\n", r"first line looks like data"),
        ('{"id": 1, "name": "a"}\n{"id": 2, "name": "b"}\n', "looks like JSON; set format: jsonl"),
        ("<!DOCTYPE html><html>404</html>", "an HTML or XML page, perhaps an error page"),
        ('id,name\n1,"a\n2,b\n', r"not valid CSV"),
        ('id,name\n1,"a"x\n', r"not valid CSV"),
    ],
)
def test_what_does_not_fit_is_said_with_what_to_do(folder: Any, text: str, reason: str) -> None:
    folder.write("a.csv", text)
    with pytest.raises(AirbyteTracedException, match=f"file 'a.csv', .*{reason}"):
        folder.rows("csv")


def test_pivoted_header_is_a_header(folder: Any) -> None:
    folder.write("a.csv", "country,2019,2020\nDE,1,2\n")
    assert folder.rows("csv") == [{"country": "DE", "2019": "1", "2020": "2"}]


def test_decimal_comma(folder: Any) -> None:
    folder.write("a.csv", "id;price;size;free\n1;1.234,50;2,5;a,b\n2;-7,25;3,0;1,2,3\n3;1.000;4;\n")
    assert folder.rows("csv", decimal=",", thousands=".", number_columns=["price"]) == [
        {"id": "1", "price": "1234.50", "size": "2,5", "free": "a,b"},
        {"id": "2", "price": "-7.25", "size": "3,0", "free": "1,2,3"},
        {"id": "3", "price": "1000", "size": "4", "free": None},
    ]
    assert [row["size"] for row in folder.rows("csv", decimal=",")] == ["2.5", "3.0", "4"]


def test_columns_that_differ_in_case_between_files_are_one(folder: Any) -> None:
    folder.write("a_1.csv", "ID,Name\n1,a\n")
    folder.write("a_2.csv", "id;NAME;New\n2;b;c\n")
    assert list(folder.properties("csv")) == ["ID", "Name", "New"]
    assert folder.rows("csv") == [{"ID": "1", "Name": "a"}, {"ID": "2", "Name": "b", "New": "c"}]


def test_columns_that_are_called_as_our_own(folder: Any) -> None:
    folder.write("a.csv", "_airbyte_raw_id,_source_file,Id,id\nx,y,1,2\n")
    assert list(folder.properties("csv")) == ["_airbyte_raw_id_2", "Id", "id_2"]
    assert folder.rows("csv")[0]["_airbyte_raw_id_2"] == "x"
    assert any("'_source_file' is called '_source_file_2'" in said for said in folder.warnings("csv"))


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet", "excel"])
def test_a_file_of_zero_bytes_holds_no_rows_and_says_so(folder: Any, file_format: str) -> None:
    folder.write("a", b"")
    assert folder.rows(file_format) == []
    assert "holds no" in folder.warnings(file_format)[0]


def test_a_header_alone_holds_no_rows(folder: Any) -> None:
    folder.write("a.csv", "id;name\r\n")
    assert list(folder.properties("csv")) == ["id", "name"]
    assert folder.rows("csv") == []


def test_one_column(folder: Any) -> None:
    folder.write("a.csv", 'name\nAnn\n\n""\n"Bea; Cyd"\n')
    assert [row["name"] for row in folder.rows("csv")] == ["Ann", "", "Bea; Cyd"]


def test_fields_of_many_megabytes(folder: Any) -> None:
    long = "x" * (20 * 1024 * 1024)
    folder.write("a.csv", f'id,text\n1,"{long}"\n2,{long}\n')
    assert [len(row["text"]) for row in folder.rows("csv")] == [len(long)] * 2


def test_dialects_may_differ_between_files(folder: Any) -> None:
    folder.write("a_1.csv", "id,name\n1,a\n")
    folder.write("a_2.csv", "id;name\n2;b\n")
    folder.write("a_3.csv", "id;name\n3;c\n")
    assert [row["name"] for row in folder.rows("csv")] == ["a", "b", "c"]
    assert folder.warnings("csv") == ["file 'a_2.csv' and 1 more: read as CSV with fields separated by semicolon"]
