"""Where the judge's limits lie, on both sides of each."""

import duckdb
import pytest

from benchmark.scorecard import RowDifference, Verdict
from benchmark.tables import TableSpec
from evaluators.scoring import table_verdicts as judge
from evaluators.scoring.table_verdicts import judge_tables
from runtime.parquet_types import Unreadable

NAME = "marts.t"
SPEC = TableSpec(stage="marts", columns=("v",))


def judged(tmp_path, gold: str, output: str, spec: TableSpec = SPEC) -> Verdict:
    for name, query in (("gold", gold), ("output", output)):
        (tmp_path / name).mkdir(exist_ok=True)
        duckdb.sql(f"copy ({query}) to '{tmp_path / name}/{NAME}.parquet' (format parquet)")
    return judge_tables(tmp_path / "gold", tmp_path / "output", {NAME: spec}, {})[NAME]


@pytest.mark.parametrize(("n_rows", "is_compared"), [(1_000_020, True), (1_000_021, False)])
def test_ten_times_golds_rows_and_a_million_are_compared_and_no_more(tmp_path, n_rows, is_compared):
    verdict = judged(tmp_path, "select i as v from range(2) t(i)", f"select i as v from range({n_rows}) t(i)")
    assert (verdict.is_match, verdict.kind) == (False, "extra_rows")
    assert (verdict.n_rows_gold, verdict.n_rows_output, verdict.n_rows_extra) == (2, n_rows, n_rows - 2)
    assert ("no row was compared" in verdict.summary) is not is_compared
    assert f"{n_rows:,} rows; gold has 2." in verdict.summary or is_compared


@pytest.mark.parametrize(("levels", "is_judged"), [(12, True), (13, False)])
def test_a_column_may_be_nested_twelve_levels_deep(tmp_path, levels, is_judged):
    nested = "[" * levels + "1" + "]" * levels
    verdict = judged(tmp_path, "select 1 as v", f"select {nested} as V, {'[' * 14}1{']' * 14} as not_scored")
    assert not verdict.is_match
    assert ("is nested 13 levels deep; 12 can be judged" in verdict.summary) is not is_judged
    assert (verdict.kind == "not_built") is not is_judged


@pytest.mark.parametrize("more", [0, 1])
def test_a_verdict_of_half_a_mebibyte_keeps_its_sample_and_a_longer_one_does_not(more):
    cells = {f"c{i:02}": "x" * 3_900 for i in range(13)}
    rows = [RowDifference(kind="differs", gold=cells, output=None) for _ in range(10)]
    verdict = Verdict(is_match=False, kind="values", summary="s", missing_columns=("m",), sample=tuple(rows))
    missing = 512 * 1024 + more - len(verdict.model_dump_json())
    filler = {f"d{i:02}": "x" * 1_000 for i in range(missing // 1_008)}
    rows[0] = RowDifference(kind="differs", gold=cells | filler, output=None)
    verdict = verdict.model_copy(update={"sample": tuple(rows)})
    rest = 512 * 1024 + more - len(verdict.model_dump_json())
    verdict = verdict.model_copy(update={"summary": "s" + "y" * rest})
    assert len(verdict.model_dump_json()) == 512 * 1024 + more
    small = judge._small(verdict)
    if more:
        assert (small.sample, small.missing_columns) == ((), ())
        assert (small.summary, small.kind, small.is_match) == (verdict.summary, "values", False)
    else:
        assert small == verdict


def test_a_column_that_is_missing_because_it_cannot_be_read_says_so():
    verdict = Verdict(is_match=False, kind="columns", summary="1 scored column missing: V.", missing_columns=("V",))
    lost = [Unreadable("v", "a type of another tool"), Unreadable("w", "not asked for")]
    assert judge._with_unreadable(verdict, lost).summary == (
        "1 scored column missing: V. 'v' cannot be read: a type of another tool"
    )
    assert judge._with_unreadable(verdict, []).summary == verdict.summary
    assert len(judge._with_unreadable(verdict, [Unreadable("v", "x" * 9_000)]).summary) == 2_000
