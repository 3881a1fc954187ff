"""Tables that a submission made to break the judge: each gets a verdict, whatever happens to who reads it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
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

EXAMPLES = int(os.environ.get("LOCKGATE_EXAMPLES", "30"))
NAME = "marts.flights"
SPEC = TableSpec(stage="marts", key=("id",), columns=("id", "v"))
QUERY = "select i as id, i * 10 as v from range(5) t(i)"


@pytest.fixture(scope="module")
def runtime() -> Iterator[ForkRuntime]:
    with ForkRuntime("judge") as started:
        yield started


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    return write(tmp_path / "gold" / f"{NAME}.parquet", QUERY).parent


@pytest.fixture
def output(tmp_path: Path) -> Path:
    (tmp_path / "output").mkdir()
    return tmp_path / "output"


def write(path: Path, query: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        assert export_query(connection, query, path) is None
    return path


def verdict(gold: Path, output: Path, runtime: ForkRuntime | None = None, spec: TableSpec = SPEC) -> Verdict:
    return judge_tables(gold, output, {NAME: spec}, {}, runtime)[NAME]


def unnamed_struct(path: Path) -> None:
    table = pa.table({"id": pa.array(range(5)), "v": pa.array([{"": 1}] * 5, pa.struct([("", pa.int64())]))})
    pq.write_table(table, path)


def name_not_utf8(path: Path) -> None:
    pq.write_table(pa.table({"id": range(5), "vvvv": range(5)}), path)
    path.write_bytes(path.read_bytes().replace(b"vvvv", b"\xff\xfe\xff\xfe"))


def long_name(path: Path) -> None:
    write(path, f'select *, 1 as "{"x" * 10_000_000}" from ({QUERY})')


def too_many_rows(path: Path) -> None:
    write(path, "select 1 as id, 10 as v from range(1200000)")


def too_many_columns(path: Path) -> None:
    write(path, f"select *, {', '.join(f'{n} as c{n}' for n in range(5_500))} from ({QUERY})")


def nested(path: Path) -> None:
    write(path, f"select id, {'[' * 40}1{']' * 40} as v from ({QUERY})")


def twice_the_name(path: Path) -> None:
    pq.write_table(pa.table([pa.array(range(5))] * 3, names=["id", "v", "V"]), path)


def forged_types(path: Path) -> None:
    path.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        types = '{"v": "STRUCT(a INT); drop schema gold cascade", "id": "BIT"}'
        connection.execute(
            f"copy ({QUERY}) to '{path}' (format parquet, kv_metadata {{\"lockgate.types\": '{types}'}})"
        )


KINDS: dict[str, Callable[[Path], Any]] = {
    "unnamed struct": unnamed_struct,
    "a name that is not UTF-8": name_not_utf8,
    "a long name": long_name,
    "too many rows": too_many_rows,
    "too many columns": too_many_columns,
    "nested": nested,
    "a name twice": twice_the_name,
    "forged types": forged_types,
    "empty": lambda path: path.write_bytes(b""),
    "a pipe": os.mkfifo,
}
VALUES = [
    "date '5000000-01-01'", "'infinity'::timestamptz", "'-infinity'::date", "'infinity'::timestamp_ns", "'nan'::double",
    "interval '-1 month'", "170141183460469231731687303715884105727::hugeint", "repeat('9', 3000)::bignum", "'1'::bit",
    "union_value(a := i)", "map {i: [i]}", "{'a': null}", "'x'::variant", "'[1'::varchar", "time '24:00:00'",
    "('[' || repeat('[', 5000))::varchar", "chr(0)", "'\\xff'::blob", "repeat('x', 1000000)", "'POINT(1 2)'::geometry",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
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
    write(output / f"{NAME}.parquet", "select 1 as id, repeat('x', 1000000000) as v from range(20)")
    found = verdict(gold, output, runtime)
    assert not found.is_match


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
    max_examples=EXAMPLES, deadline=None, derandomize="LOCKGATE_EXAMPLES" not in os.environ,
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
