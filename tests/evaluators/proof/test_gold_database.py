"""The database of a proof: a model replaced, alone on gold; and on gold whose rows stand the other way round."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmark.tables import TableSpec
from evaluators.pipeline.gold import Gold
from evaluators.proof import gold_database
from evaluators.proof.gold_database import GoldDatabase
from evaluators.proof.sql_trees import CLOCK
from tests.helpers.comparison import compare_and_match
from tests.helpers.proof import ASKING, only, watched

NOW = "2013-03-14T23:30:00Z"
LATEST = "select id, v from raw.events qualify row_number() over (partition by id order by seen desc{}) = 1"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[GoldDatabase]:
    tables = {
        "raw.events": "select * from (values (1, 5, 1, 'b'), (1, 5, 2, 'a'), (2, 7, 1, 'c')) t(id, seen, line, v)",
        "marts.latest": "select * from (values (1, 'b'), (2, 'c')) t(id, v)",
    }
    for name, query in tables.items():
        duckdb.sql(query).write_parquet(str(tmp_path / f"{name}.parquet"))
    compiled = LATEST.format(", line")
    model = {"path": "models/latest.sql", "type": "table", "parents": ["raw.events"], "compiled": compiled}
    spec = TableSpec(stage="marts", key=("id",), columns=("id", "v"))
    with GoldDatabase(Gold(tmp_path, {"marts.latest": model}), NOW, watched({"marts.latest": spec}), {}, 1) as opened:
        yield opened


def test_a_wrong_version_is_rejected_and_leaves_nothing_behind(database: GoldDatabase) -> None:
    assert only(database.try_sql("marts.latest", LATEST.format(", line desc"), ASKING)).verdict == "rejected"
    assert only(database.try_sql("marts.latest", LATEST.format(", line"), ASKING)).verdict == "accepted"


def test_ties_that_fall_by_the_order_of_rows_show_when_it_is_reversed(database: GoldDatabase) -> None:
    by_chance = LATEST.format("")
    assert only(database.try_sql("marts.latest", by_chance, ASKING)).verdict == "accepted"
    tried = only(database.try_sql("marts.latest", by_chance, ASKING, is_reversed=True))
    assert (tried.verdict, tried.table) == ("rejected", "marts.latest")
    assert only(database.try_reversed("marts.latest", ASKING)).verdict == "accepted"
    assert only(database.try_sql("marts.latest", by_chance, ASKING)).verdict == "accepted"


NESTED = {
    "json": ("""'{"a": 1, "b": 2.0}'::json""", """'{"b": 2, "a": 1}'::json""", """'{"a": 1, "b": 3}'::json"""),
    "variant": ("1::int::variant", "1::int::variant", "'1'::variant"),
}


@pytest.mark.parametrize(("own", "same", "other"), NESTED.values(), ids=NESTED.keys())
def test_values_with_a_form_of_their_own_are_compared_as_often_as_asked(
    tmp_path: Path, own: str, same: str, other: str
) -> None:
    """What compares them is there for every version, whatever became of the one before."""
    duckdb.sql(f"select 1 as id, {own} as v").write_parquet(str(tmp_path / "marts.one.parquet"))
    model = {"path": "models/one.sql", "type": "table", "parents": [], "compiled": f"select 1 as id, {own} as v"}
    spec = TableSpec(stage="marts", key=("id",), columns=("id", "v"))
    with GoldDatabase(Gold(tmp_path, {"marts.one": model}), NOW, watched({"marts.one": spec}), {}, 1) as opened:
        for value, verdict in [(other, "rejected"), (same, "accepted"), (other, "rejected"), (same, "accepted")]:
            tried = only(opened.try_sql("marts.one", f"select 1 as id, {value} as v", ASKING))
            assert tried.verdict == verdict


EVENTS = "select * from (values (1, 'b', 5.5), (2, 'c', 7.5)) t(id, v, n)"
CHAIN: dict[str, dict[str, Any]] = {
    "mid.one": {
        "type": "view",
        "parents": ["raw.events"],
        "compiled": "select *, n * 0 as zero, 1 as note from raw.events",
    },
    "mid.two": {"type": "table", "parents": ["mid.one"], "compiled": "select id, v, zero from mid.one"},
    "marts.three": {"type": "table", "parents": ["mid.two"], "compiled": "select id, zero from mid.two"},
    "marts.clock": {
        "type": "table",
        "parents": ["mid.one"],
        "compiled": f"select id, timestamptz '{NOW}' as at, n + 1 as more from mid.one",
    },
}
"""`marts.three` has nothing of `v` and `n`; `marts.clock` has `n` and the instant of the run."""


def open_chain(folder: Path, types: Mapping[str, str] | None = None, *, strict: bool = False) -> GoldDatabase:
    """The chain with other types for some models, and both marts scored."""
    with duckdb.connect() as connection:
        connection.execute(
            f"create schema raw; create schema mid; create schema marts; create table raw.events as {EVENTS}"
        )
        for name, node in CHAIN.items():
            connection.execute(f"create table {name} as {node['compiled']}")
        for name in ("raw.events", *CHAIN):
            connection.execute(f"copy {name} to '{folder}/{name}.parquet' (format parquet)")
    nodes = {name: node | {"type": (types or {}).get(name, node["type"])} for name, node in CHAIN.items()}
    scored = {
        "marts.three": TableSpec(stage="marts", key=("id",), columns=("id", "zero"), strict=strict),
        "marts.clock": TableSpec(stage="marts", key=("id",), columns=("id", "at", "more")),
    }
    return GoldDatabase(Gold(folder, nodes), NOW, watched(scored), {}, 2)


ONE = CHAIN["mid.one"]["compiled"]
MORE = ONE.replace("*,", "* replace (n + 1 as n),", 1)
OTHER_NOTE = ONE.replace("1 as note", "2 as note")
CLOCKED = CHAIN["marts.clock"]["compiled"]
ROW_MORE = "select id, v, zero from mid.one union all by name select 2 as id, 0 as zero"
FOLLOWED = {
    "a column that nothing reads": ("mid.one", OTHER_NOTE, {}, "accepted", ""),
    "a column that nothing scored reads": ("mid.two", "select id, 'x' as v, zero from mid.one", {}, "accepted", ""),
    "a column that a scored table reads": ("mid.one", MORE, {}, "rejected", "marts.clock"),
    "another instant": ("marts.clock", CLOCKED.replace("30:00", "30:01"), {}, "rejected", "marts.clock"),
    "the instant as mutants have it": ("marts.clock", CLOCKED.replace(NOW, CLOCK), {}, "accepted", ""),
    "only dbt could tell": ("mid.one", MORE, {"marts.clock": "incremental"}, "unknown", ""),
    "dbt is not asked where nothing changes": ("mid.one", OTHER_NOTE, {"marts.three": "snapshot"}, "accepted", ""),
    "nor where another table tells": ("mid.one", MORE, {"mid.two": "incremental"}, "rejected", "marts.clock"),
    "wider types": ("marts.three", "select id::hugeint as id, zero::double as zero from mid.two", {}, "accepted", ""),
    "names in capitals": ("marts.three", "select zero as ZERO, id as ID from mid.two", {}, "accepted", ""),
    "a column more": ("marts.three", "select id, zero, v from mid.two", {}, "accepted", ""),
    "a row more": ("mid.two", ROW_MORE, {}, "rejected", "marts.three"),
}  # fmt: skip


@pytest.mark.parametrize(("model", "sql", "types", "verdict", "table"), FOLLOWED.values(), ids=FOLLOWED.keys())
def test_a_change_is_followed_to_the_scored_tables_that_it_reaches(
    tmp_path: Path, model: str, sql: str, types: dict[str, str], verdict: str, table: str
) -> None:
    with open_chain(tmp_path, types) as database:
        tried = only(database.try_sql(model, sql, ASKING))
        assert (tried.verdict, tried.table) == (verdict, table)
        assert only(database.try_sql("mid.one", ONE, ASKING)).verdict == "accepted", "nothing is left behind"


@pytest.mark.parametrize("columns", ["id, zero, v", "id::bigint as id, zero, v"], ids=["gold's types", "other types"])
def test_a_column_more_is_rejected_where_the_task_allows_none(tmp_path: Path, columns: str) -> None:
    with open_chain(tmp_path, strict=True) as database:
        tried = only(database.try_sql("marts.three", f"select {columns} from mid.two", ASKING))
        assert (tried.verdict, tried.table, tried.reason) == ("rejected", "marts.three", "differs")
        assert only(database.try_sql("marts.three", "select zero, id from mid.two", ASKING)).verdict == "accepted"


def test_what_is_gold_to_the_last_bit_is_accepted_without_a_comparison(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hundreds of mutants stay cheap: most leave most tables as they are."""
    with open_chain(tmp_path) as database:
        monkeypatch.setattr(database, "_matches", lambda *_: pytest.fail("there is nothing to compare"))
        assert only(database.try_sql("mid.one", ONE, ASKING)).verdict == "accepted"
        assert only(database.try_sql("mid.one", f"{ONE} order by id desc", ASKING)).verdict == "accepted"


def test_a_version_that_takes_too_long_is_rejected_and_the_next_one_is_tried(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gold_database, "TIME_LIMIT_SECONDS", 0.2)
    with open_chain(tmp_path) as database:
        tried = only(
            database.try_sql("mid.one", "select count(*) from range(1000000000) a, range(1000000000) b", ASKING)
        )
        assert (tried.verdict, tried.table) == ("rejected", "mid.one")
        assert tried.reason.startswith("does not run: INTERRUPT")
        monkeypatch.undo()
        assert only(database.try_sql("mid.one", ONE, ASKING)).verdict == "accepted"


def test_a_version_sees_the_data_in_utc_and_nothing_of_this_process(tmp_path: Path) -> None:
    frame = duckdb.sql("select 1 as id")
    with open_chain(tmp_path) as database:
        assert frame.columns == ["id"]
        assert only(database.try_sql("mid.one", "from frame", ASKING)).verdict == "stillborn"
        assert database.connection.execute("select current_setting('TimeZone')").fetchall() == [("UTC",)]


def test_a_database_that_nobody_asked_is_not_loaded(tmp_path: Path) -> None:
    with open_chain(tmp_path) as database:
        (tmp_path / "mid.one.parquet").write_text("no Parquet")
        assert database.below("mid.one") == {"mid.two": "two", "marts.clock": "clock", "marts.three": "three"}
        with pytest.raises(duckdb.Error):
            database.columns("mid.one")


VALUES = {
    "BOOLEAN": ("true", "false"),
    "INTEGER": ("1", "2"),
    "HUGEINT": ("170141183460469231731687303715884105727", "-1"),
    "DECIMAL(18,2)": ("1.50", "1.51"),
    "VARCHAR": ("'a'", "'a '"),
    "DATE": ("'2013-03-01'", "'2013-03-02'"),
    "TIMESTAMP": ("'2013-03-01 00:00:00.000001'", "'2013-03-01'"),
    "TIMESTAMP WITH TIME ZONE": ("'2013-03-01 00:00:00+00'", "'2013-03-01 00:00:00+01'"),
    "DOUBLE": ("0.3", "0.3 + 1e-17"),
    "DOUBLE ": ("0.3", "0.4"),
    "INTEGER[]": ("[1]", "[2]"),
    "JSON": ("""'{"a": 1}'""", """'{"a":  1}'"""),
    "TIME": ("'12:00:00'", "'13:00:00'"),
}


@pytest.mark.parametrize("is_scored", [True, False], ids=["scored", "above what is scored"])
@pytest.mark.parametrize("columns", ["id, v", "id", "v"])
@pytest.mark.parametrize("kind", VALUES)
def test_a_quick_look_says_what_the_comparison_says(tmp_path: Path, kind: str, columns: str, is_scored: bool) -> None:
    """Whatever the type, and whether the model itself is scored or one that reads it."""
    value, other = (f"cast({text} as {kind})" for text in VALUES[kind])
    gold = f"select * from (values (1, {value}), (2, {value}), (3, null)) t(id, v)"
    duckdb.sql(gold).write_parquet(str(tmp_path / "marts.first.parquet"))
    duckdb.sql(f"select {columns} from ({gold})").write_parquet(str(tmp_path / "marts.second.parquet"))
    models = {
        "marts.first": {"path": "first.sql", "type": "table", "parents": [], "compiled": gold},
        "marts.second": {
            "path": "second.sql", "type": "table", "parents": ["marts.first"],
            "compiled": f"select {columns} from marts.first",
        },
    }  # fmt: skip
    table = "marts.first" if is_scored else "marts.second"
    spec = TableSpec(stage="marts", key=(), columns=tuple(columns.split(", ")))
    versions = [
        f"select * from (values (3, null), (1, {value}), (2, {value})) t(id, v)",
        f"select * from (values (1, {other}), (2, {value}), (3, null)) t(id, v)",
        f"select * from (values (1, {value}), (2, {value})) t(id, v)",
        f"select * from (values (1, {value}), (2, {value}), (4, null)) t(id, v)",
    ]
    with GoldDatabase(Gold(tmp_path, models), NOW, watched({table: spec}), {}, 1) as opened:
        for version in versions:
            with duckdb.connect() as connection:
                connection.execute(f"create table gold as select {columns} from ({gold})")
                connection.execute(f"create table output as select {columns} from ({version})")
                is_match = compare_and_match(connection, "gold", "output", columns=spec.columns).is_match
            found = only(opened.try_sql("marts.first", version, ASKING)).verdict
            assert found == ("accepted" if is_match else "rejected"), version
