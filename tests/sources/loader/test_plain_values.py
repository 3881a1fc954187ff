"""The short check of a text says yes only where the full one finds that the column's type holds it."""

import duckdb
import pytest

from sources.loader.widening import Facts, facts_query, fits_plainly, holds

NUMBERS = [
    "0",
    "-1",
    "1.5",
    "12345678.90",
    "123456789.1",
    "1.505",
    "007",
    "1e5",
    "NaN",
    "-0.00",
    "+1",
    ".5",
    "1.",
    "",
    "x",
]
DAYS = ["2013-03-01", "0044-03-15 BC", "2013-02-30", "12013-03-10", "infinity", "1-1-1", "", "today"]
CLOCKS = ["", " 02:30:00", "T02:30:00.123456", " 24:00:00", " 25:00:00", "T02:30:00.1234567", " 02:30"]
OFFSETS = ["", "Z", "+00", "+01:00", "-0530", "+01:00:30", "+1"]
TIMES = [day + clock + offset for day in DAYS for clock in CLOCKS for offset in OFFSETS]
KINDS = [
    ("DECIMAL(10,2)", NUMBERS),
    ("DECIMAL(2,2)", NUMBERS),
    ("DECIMAL(18,0)", NUMBERS),
    ("DATE", TIMES),
    ("TIMESTAMP", TIMES),
    ("TIMESTAMP WITH TIME ZONE", TIMES),
]


@pytest.mark.parametrize(("kind", "texts"), KINDS, ids=[kind for kind, _ in KINDS])
def test_what_fits_plainly_is_held(kind: str, texts: list[str]) -> None:
    condition, facts = fits_plainly("t", kind), facts_query("t", kind, is_text=True)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = connection.execute(
            f"select t, {condition}, {facts} from (select unnest(?::varchar[]) as t) group by t", [texts]
        ).fetchall()
    plain = [text for text, is_plain, _ in rows if is_plain]
    assert plain, "some do"
    wrong = [t for t, is_plain, f in rows if is_plain and (Facts(**f).n_wrong or not holds(kind, Facts(**f)))]
    assert wrong == []
    undoubted = {"DATE": "2013-03-01", "TIMESTAMP": "2013-03-01 02:30:00"}
    assert undoubted.get(kind, "2013-03-01 02:30:00+00" if "ZONE" in kind else "0") in plain


@pytest.mark.parametrize("kind", ["BIGINT", "DOUBLE", "DECIMAL", "VARCHAR", "JSON"])
def test_other_types_have_no_short_check(kind: str) -> None:
    assert fits_plainly("t", kind) is None
