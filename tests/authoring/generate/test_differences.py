"""Two versions of a table, and what is said of their difference."""

from datetime import date
from pathlib import Path

import duckdb
import pytest

from authoring.generate.differences import Counts, describe_difference
from benchmark.tables import TableSpec

SPEC = TableSpec(stage="marts", key=("shop_id", "sold_on"), columns=("shop_id", "region", "n_sold", "mean", "sold_on"))
ROWS = (
    "select s as shop_id, case when s <= 2 then 'north' else 'south' end as region, s * 10 + d as n_sold, s / 3 "
    "as mean, "
    "date '2024-03-01' + d::integer as sold_on from range(1, 6) as a(s), range(10) as b(d)"
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    return tmp_path / "right.parquet", tmp_path / "shown.parquet"


def write(path: Path, sql: str) -> None:
    duckdb.sql(f"copy ({sql}) to '{path}' (format parquet)")


def test_rows_columns_days_and_what_they_share(files: tuple[Path, Path]) -> None:
    wrong = "region = 'north' and sold_on >= '2024-03-06'"
    write(files[0], ROWS)
    write(files[1], f"select * replace (case when {wrong} then n_sold + 1 else n_sold end as n_sold) from ({ROWS})")
    found = describe_difference("marts.sales", SPEC, *files)
    assert found.counts == Counts(50, 10, 0, 0)
    assert [(column.name, column.n_rows, column.n_higher, column.n_lower) for column in found.columns] == [
        ("n_sold", 10, 10, 0)
    ]
    assert [(shared.column, shared.value) for shared in found.shared] == [("region", "north")]
    assert (found.day_column, found.first_day, found.last_day) == ("sold_on", date(2024, 3, 6), date(2024, 3, 10))
    assert len(found.examples) == 3
    for example in found.examples:
        assert example.shown["n_sold"] == example.right["n_sold"] + 1  # type: ignore[operator]


def test_rows_that_are_missing_or_too_many(files: tuple[Path, Path]) -> None:
    write(files[0], f"from ({ROWS}) where shop_id < 5")
    write(files[1], f"from ({ROWS}) where shop_id > 1")
    found = describe_difference("marts.sales", SPEC, *files)
    assert found.counts == Counts(40, 0, 10, 10)
    assert found.columns == ()
    assert {bool(example.right) for example in found.examples} <= {True, False}
    assert all(bool(example.right) != bool(example.shown) for example in found.examples)


def test_a_row_that_is_there_is_never_said_to_be_missing(files: tuple[Path, Path]) -> None:
    """A row may be right in the columns that most others are wrong in."""
    spec = SPEC.model_copy(update={"key": ("n",), "columns": ("n", "a", "b", "c", "d")})
    write(files[0], "select n, 0 as a, 0 as b, 0 as c, 0 as d from range(4) as t(n)")
    write(files[1], "select n, n::int % 2 as a, n::int % 2 as b, n::int % 2 as c, (n = 2)::int as d from range(4) t(n)")
    found = describe_difference("marts.sales", spec, *files)
    examples = {example.key["n"]: (dict(example.shown), dict(example.right)) for example in found.examples}
    assert (found.counts.n_missing, [column.name for column in found.columns]) == (0, ["a", "b", "c", "d"])
    assert examples[2] == ({"d": 1}, {"d": 0})
    assert examples[1] == ({"a": 1, "b": 1, "c": 1}, {"a": 0, "b": 0, "c": 0})


def test_the_last_digits_of_a_mean_are_no_difference(files: tuple[Path, Path]) -> None:
    write(files[0], ROWS)
    write(files[1], f"select * replace (mean * (1 + 1e-14) as mean) from ({ROWS})")
    assert describe_difference("marts.sales", SPEC, *files).counts.n_wrong == 0


def test_the_same_rows_in_the_same_columns_have_one_fingerprint(files: tuple[Path, Path], tmp_path: Path) -> None:
    prints = []
    for number, change in enumerate(("n_sold + 1", "n_sold - 7", "case when shop_id = 3 then n_sold else 0 end")):
        write(files[0], ROWS)
        shown = tmp_path / f"{number}.parquet"
        write(shown, f"select * replace ({change} as n_sold) from ({ROWS})")
        prints.append(describe_difference("marts.sales", SPEC, files[0], shown).fingerprint)
    assert prints[0] == prints[1] != prints[2]
