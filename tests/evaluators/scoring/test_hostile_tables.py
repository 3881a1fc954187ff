"""Tables that a submission made to break the judge: each gets a verdict, whatever happens to who reads it."""

from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmark.scorecard import Verdict
from benchmark.tables import TableSpec
from evaluators.compare.columns import ComparisonError
from evaluators.scoring import table_verdicts as judge
from evaluators.scoring.table_verdicts import judge_tables
from runtime.fork_client import ForkRuntime
from runtime.jobs.export import export_query
from tests.helpers.examples import IS_LONGER_LOOK, n_examples
from tests.helpers.hostile_tables import KINDS, NAME, QUERY, VALUES, write

SPEC = TableSpec(stage="marts", key=("id",), columns=("id", "v"))


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return write(tmp_path / "gold" / f"{NAME}.parquet", QUERY).parent


@pytest.fixture
def output(tmp_path: Path) -> Path:
    (tmp_path / "output").mkdir()
    return tmp_path / "output"


def verdict(gold: Path, output: Path, runtime: ForkRuntime | None = None, spec: TableSpec = SPEC) -> Verdict:
    return judge_tables(gold, output, {NAME: spec}, {}, runtime)[NAME]


SLOW = ("unnamed struct", "a long name")
"""Kinds that take several seconds."""


@pytest.mark.parametrize("kind", [pytest.param(k, marks=pytest.mark.slow) if k in SLOW else k for k in KINDS])
def test_a_hostile_file_is_its_tables_failure(gold: Path, output: Path, runtime: ForkRuntime, kind: str) -> None:
    KINDS[kind](output / f"{NAME}.parquet")
    found = verdict(gold, output, runtime)
    assert found.is_match == (kind == "a long name")  # an extra column, whatever its name, is no difference
    assert len(found.model_dump_json()) < judge.MAX_VERDICT_BYTES
    assert str(output) not in found.summary
    if kind == "too many rows":
        assert (found.kind, found.n_rows_output, found.n_rows_extra) == ("extra_rows", 1_200_000, 1_199_995)
    if kind == "too many columns":
        assert found.summary == f"{NAME} cannot be read: it has 5,503 columns; 5,000 can be judged"


@pytest.mark.parametrize("value", VALUES)
def test_a_hostile_value_is_a_mismatch_where_it_is_scored(gold: Path, output: Path, value: str) -> None:
    write(output / f"{NAME}.parquet", f"select i as id, {value} as v from range(5) t(i)")
    assert not verdict(gold, output).is_match


@pytest.mark.parametrize("value", VALUES)
def test_a_hostile_value_is_nothing_where_nobody_scores_it(gold: Path, output: Path, value: str) -> None:
    write(output / f"{NAME}.parquet", f"select i as id, i * 10 as v, {value} as more from range(5) t(i)")
    assert verdict(gold, output).is_match


def test_only_a_lost_column_that_is_scored_matters(gold: Path, output: Path) -> None:
    path = output / f"{NAME}.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create view t as select *, error('broken')::int as lost from ({QUERY})")
        assert export_query(connection, "from t", path) is None
        assert verdict(gold, output).is_match
        connection.execute("create view u as select id, error('broken')::int as v from t")
        assert export_query(connection, "from u", path) is None
    found = verdict(gold, output)
    assert found.kind == "columns"
    assert "'v' cannot be read" in found.summary
    assert "broken" in found.summary


def test_a_judge_that_does_not_finish_fails_that_table_alone(
    gold: Path, output: Path, runtime: ForkRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ended from outside, as where the kernel takes its memory: each table then has a judge of its own."""
    write(gold / "marts.other.parquet", QUERY)
    for name in (NAME, "marts.other"):
        write(output / f"{name}.parquet", f"select * from ({QUERY}) union all select 9, 9")
    monkeypatch.setattr(judge, "TIME_LIMIT_SECONDS", -59.99)
    found = judge_tables(gold, output, {NAME: SPEC, "marts.other": SPEC}, {}, runtime)
    assert {verdict.kind for verdict in found.values()} == {"not_built"}
    assert "the judge did not finish. It ran longer than its limit" in found[NAME].summary
    monkeypatch.undo()
    found = judge_tables(gold, output, {NAME: SPEC, "marts.other": SPEC}, {}, runtime)
    assert {verdict.kind for verdict in found.values()} == {"extra_rows"}


@pytest.mark.slow
def test_the_child_has_a_limit_of_memory(gold: Path, output: Path, runtime: ForkRuntime) -> None:
    with duckdb.connect() as connection:  # one value in memory, twenty in the file; an export would hold them all
        query = "select 1 as id, repeat('x', 1000000000) as v from range(20)"
        connection.execute(f"copy ({query}) to '{output / NAME}.parquet' (format parquet)")
    found = verdict(gold, output, runtime)
    assert found.kind == "not_built"
    assert "Out of Memory" in found.summary


def test_gold_at_fault_is_ours_in_a_child_too(gold: Path, output: Path, runtime: ForkRuntime) -> None:
    write(output / f"{NAME}.parquet", f"{QUERY} limit 3")
    with pytest.raises(ComparisonError, match="nowhere"):
        verdict(gold, output, runtime, TableSpec(stage="marts", key=("nowhere",), columns=("nowhere",)))
    (gold / f"{NAME}.parquet").write_bytes(b"PAR1")
    with pytest.raises(ComparisonError, match="cannot be read"):
        verdict(gold, output, runtime)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    more = "md5(i::varchar) as t, [i] as l, {'a': interval '-1 day'} as s"
    query = f"select i as id, i * 10 as v, {more} from range(300) t(i)"
    return write(tmp_path_factory.mktemp("large") / "t.parquet", query).read_bytes()


@settings(
    max_examples=n_examples(120), deadline=None, derandomize=not IS_LONGER_LOOK,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
def test_any_damage_to_a_file_is_a_verdict(gold: Path, output: Path, large: bytes, data: st.DataObject) -> None:
    content = bytearray(large)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(
            st.one_of(st.integers(0, len(content) - 1), st.integers(len(content) - 600, len(content) - 1))
        )
        change = data.draw(st.binary(min_size=1, max_size=8))
        content[max(0, start) : max(0, start) + len(change)] = change
    content = content[: data.draw(st.integers(len(content) - 20, len(content)))]
    (output / f"{NAME}.parquet").write_bytes(content)
    found = verdict(gold, output)
    assert isinstance(found, Verdict)
    assert not found.is_match
    found.model_dump_json().encode()
