"""Rows of gold are known by their values, in whatever form a file has them; chance and other rows are no leak."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from evaluators.proof.copied_rows import GoldIndex, GoldRows, gold_rows, places_of

COLUMNS = ("name", "price", "sold_at", "seats")
FARES = (
    "select 'Fare ' || (i + 100) as name, (1013.5 + i)::decimal(9, 2) as price, "
    "{} + i * interval 1 day as sold_at, i * 977 as seats, 'unscored ' || i as more from range({}) t(i)"
)
TIMES = {"a time without a zone": "timestamp '2013-03-01 10:00'", "an instant": "timestamptz '2013-03-01 10:00:00+00'"}


def gold(folder: Path, query: str, columns: Sequence[str] = COLUMNS) -> GoldRows:
    duckdb.sql(f"copy ({query}) to '{folder}/gold.parquet'")
    return gold_rows("marts.fares", folder / "gold.parquet", tuple(columns))


def holds_rows(text: str, *rows: GoldRows) -> bool:
    return GoldIndex(rows).tables_in(places_of(text)) == [item.table for item in rows]


class Row(NamedTuple):
    number: int

    @property
    def at(self) -> datetime:
        return datetime(2013, 3, 1, 10) + timedelta(days=self.number)  # noqa: DTZ001 as the table has it


def line(row: Row) -> str:
    return f"Fare {row.number + 100},{1013.5 + row.number:.2f},{row.at},{row.number * 977}"


FORMS: dict[str, Callable[[Row], str]] = {
    "CSV": line,
    "in capitals, with semicolons and quotes": lambda row: '"' + line(row).upper().replace(",", '";"') + '"',
    "JSON": lambda row: (
        f'{{"at":"{row.at.isoformat()}","name":"Fare {row.number + 100}","p":{1013.5 + row.number},'
        f'"n":{row.number * 977}}}'
    ),
    "Python": lambda row: (
        f"(name='Fare {row.number + 100}', n={row.number * 977}, at='{row.at}', p={1013.5 + row.number:.4f})"
    ),
    "Markdown": lambda row: f"| `{row.number * 977}` | Fare {row.number + 100}: {1013.5 + row.number} | {row.at} |",
    "numbers with zeros in front and behind": lambda row: (
        f"Fare {row.number + 100} {1013.5 + row.number:09.3f} {row.at} {row.number * 977:08d}.0"
    ),
    "an instant with a Z": lambda row: line(row).replace(" 10:", "T10:").replace(":00,", ":00Z,"),
    "an instant with milliseconds": lambda row: line(row).replace(" 10:", "T10:").replace(":00,", ":00.000Z,"),
    "an instant with its offset": lambda row: line(row).replace(" 10:", "T10:").replace(":00,", ":00+00:00,"),
    "an instant with more zeros": lambda row: line(row).replace(":00,", ":00.000000+0000,"),
    "an instant as DuckDB writes it": lambda row: line(row).replace(":00,", ":00+00,"),
}


@pytest.mark.parametrize("time", TIMES.values(), ids=TIMES.keys())
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_rows_are_known_in_any_form(tmp_path: Path, form: Callable[[Row], str], time: str) -> None:
    rows = gold(tmp_path, FARES.format(time, 10))
    assert holds_rows("\n".join(form(Row(i)) for i in range(10)), rows)


@pytest.mark.parametrize(
    ("n_gold", "n_found", "expected"),
    [(4, 4, False), (5, 5, True), (10, 4, False), (10, 5, True), (40, 7, False), (40, 8, True), (500, 500, True)],
)
def test_how_many_rows_are_more_than_chance(tmp_path: Path, n_gold: int, n_found: int, expected: bool) -> None:
    text = "\n".join(line(Row(i)) for i in range(n_found))
    rows = gold(tmp_path, FARES.format(TIMES["an instant"], n_gold))
    assert rows.table == "marts.fares"
    assert len(rows.rows) == min(n_gold, 100)
    assert holds_rows(text, rows) is expected


def test_a_hundred_rows_are_drawn_from_all_over_the_table_and_always_the_same(tmp_path: Path) -> None:
    query = FARES.format(TIMES["an instant"], 2_000)
    drawn = gold(tmp_path, query).rows
    assert drawn == gold(tmp_path, query).rows
    assert sum(any(float(value) > 977 * 1_000 for value in row if value.isdigit()) for row in drawn) in range(25, 75)


TELLING = {
    "three values": ("'Elm', 4711, 12.5", {"elm", "4711", "12.5"}),
    "a NULL tells nothing": ("'Elm', 4711, 12.5, null", {"elm", "4711", "12.5"}),
    "nor do short words and small numbers": ("'Elm', 4711, 12.5, 'x', 7, 42, '-'", {"elm", "4711", "12.5"}),
    "two values and short ones": ("'Elm', 4711, 'x', 7, 42", None),
    "the same value three times": ("'Elm', 'elm', 'ELM'", None),
    "words of a text": ("'Elm Street: \"No. 12\"', 4711", {"elm", "street", "4711"}),
    "numbers in one form": ("1234.50::decimal(9, 2), 1e20::double, -0.5, '007.10'", {"1234.5", "1e+20", "-0.5", "7.1"}),
    "a time": ("timestamp '2013-03-01 10:00:00.050', 4711", {"2013-03-01", "10:00:00.05", "4711"}),
    "a list and a truth": ("[4711, 4712], true", {"4711", "4712", "true"}),
}  # fmt: skip


@pytest.mark.parametrize(("values", "row"), TELLING.values(), ids=TELLING.keys())
def test_what_a_row_is_known_by(tmp_path: Path, values: str, row: set[str] | None) -> None:
    names = [f"column {i}" for i in range(len(duckdb.sql(f"select {values}").columns))]
    listed = ", ".join(f'"{name}"' for name in names)
    found = gold(tmp_path, f"select * from (select {values}) t({listed})", names)
    assert [set(kept) for kept in found.rows] == ([] if row is None else [row])


def test_rows_of_which_nothing_tells_are_never_found(tmp_path: Path) -> None:
    rows = gold(tmp_path, "select i, i % 3 as k, null as v from range(60) t(i)", ("i", "k", "v"))
    assert rows.rows == ()
    assert not holds_rows("\n".join(f"{i} {i % 3}" for i in range(60)), rows)


@pytest.mark.parametrize(
    ("apart", "expected"), [(0, True), (55, True), (70, False)], ids=["beside", "a few lines on", "far away"]
)
def test_values_of_a_row_stand_near_one_another(tmp_path: Path, apart: int, expected: bool) -> None:
    """Far apart, they are values of their columns, which a page may well list."""
    rows = gold(
        tmp_path,
        "select 'stop ' || i || '-north' as a, i * 977 as b, 'line-' || i as c from range(200, 210) t(i)",
        "abc",
    )
    filler = "word " * apart
    text = "\n".join(f"{i * 977} {filler} stop {i}-north line-{i} {'gap ' * 130}" for i in range(200, 210))
    assert holds_rows(text, rows) is expected


def test_a_row_is_found_where_its_values_stand_elsewhere_too(tmp_path: Path) -> None:
    rows = gold(tmp_path, "select 'stop' as a, 'zone-' || i as b, 'line' as c from range(200, 210) t(i)", "abc")
    often = "stop line " * 500
    text = often + " gap" * 200 + "".join(f"{often}zone-{i} {often}" for i in range(200, 210))
    assert holds_rows(text, rows)
