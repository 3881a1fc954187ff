import pytest

from benchmark.scorecard import ColumnDifference, RowDifference, Verdict
from orchestration.dagster_ui.check_evidence import _sample
from orchestration.dagster_ui.markdown import cell, escape, table


def sample(*rows: RowDifference, columns: tuple[str, ...] = (), key: tuple[str, ...] = ("id",)) -> list[str]:
    differences = tuple(ColumnDifference(column=name, kind="values", n_rows=1, fraction=0.5) for name in columns)
    verdict = Verdict(is_match=False, kind="values", summary="", columns=differences, sample=rows)
    return _sample(verdict, key).splitlines()


def test_a_row_that_differs_shows_its_key_and_both_values() -> None:
    gold = {"id": "1", "other": "x", "total": "24"}
    row = RowDifference(kind="differs", gold=gold, output=gold | {"total": None})
    assert sample(row, columns=("TOTAL",)) == [
        "| row | id | total |",
        "| --- | --- | --- |",
        "| differs | 1 | 24 → ***NULL*** |",
    ]


def test_missing_and_extra_rows_show_their_values() -> None:
    missing = RowDifference(kind="missing", gold={"total": "24", "id": "1"})
    extra = RowDifference(kind="extra", output={"ID": "2", "total": "7"})
    assert sample(missing, extra) == [
        "| row | id | total |",
        "| --- | --- | --- |",
        "| missing | 1 | 24 |",
        "| extra | 2 | 7 |",
    ]


def test_a_sample_is_never_wider_than_a_page() -> None:
    row = RowDifference(kind="extra", output={f"c{number}": "1" for number in range(2000)})
    assert sample(row, key=())[0].count("|") == 11


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "*NULL*"),
        ("NULL", "NULL"),
        ("", "“”"),
        (" a", "“␣a”"),
        ("a|b", "a\\|b"),
        ("a\nb", "a b"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert\\(1\\)&lt;/script&gt;"),
        ("![x](http://a/b)", "\\!\\[x\\]\\(http://a/b\\)"),
        ("`a`", "\\`a\\`"),
        ("a\u202eb\x00", "a�b�"),
    ],
)
def test_a_value_stays_itself(value: str | None, shown: str) -> None:
    assert cell(value) == shown


def test_long_text_is_cut_with_its_length() -> None:
    assert escape("x" * 100, limit=3) == "xxx… \\(100 characters\\)"


def test_tables_have_a_header_line() -> None:
    assert table(["a", "b"], [["1", "2"]]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
