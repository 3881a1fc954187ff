# ruff: noqa: E501 queries stand on one line
"""Mutants of a model are tried through all models below it, on a small chain in a real DuckDB."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from benchmark.errors import SpecError
from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from benchmark.tables import TableSpec
from benchmark.task import Task
from evaluators.pipeline.gold import Gold
from evaluators.proof.dbt_built_mutants import config_edits, read_model_file
from evaluators.proof.equivalent_list import Listing, read_policy
from evaluators.proof.gold_database import GoldDatabase
from evaluators.proof.result import MutantResult
from evaluators.proof.scored_runs import RunState
from evaluators.proof.sql_mutants import ModelCase, try_equivalents, try_mutants
from evaluators.proof.targets import models_above, models_to_mutate
from evaluators.scenarios.base import days
from runtime.fork_client import ForkRuntime
from tests.helpers.proof import ASKING, TASK, only, settled, watched

NOW = "2013-03-14T23:30:00Z"
RIDES = "select * from (values (1, 'a', 5), (2, 'a', 7), (3, 'b', 1), (4, 'b', 9)) t(id, city, fare)"
SQL = {
    "staging.rides": "select id, city, fare, 2 as note from raw.rides where fare >= 5",
    "mid.cities": "select city, sum(fare) as total from staging.rides group by city",
    "marts.report": "select city, total * 2 as twice from mid.cities",
}
MODELS: dict[str, dict[str, Any]] = {
    "staging.rides": {"parents": ["raw.rides"], "type": "view"},
    "mid.cities": {"parents": ["staging.rides"], "type": "table"},
    "marts.report": {"parents": ["mid.cities"], "type": "table"},
    "marts.model_of_python": {"parents": ["mid.cities"], "type": "table"},
}
SCORED = {"marts.report": TableSpec(stage="marts", key=("city",), columns=("city", "twice"))}
Folder = Path


def write_gold(folder: Path) -> Gold:
    folder.mkdir()
    with duckdb.connect() as connection:
        connection.execute("create schema raw; create schema staging; create schema mid; create schema marts")
        connection.execute(f"create table raw.rides as {RIDES}")
        for name, sql in SQL.items():
            connection.execute(f"create table {name} as {sql}")
        for name in ("raw.rides", *SQL):
            connection.execute(f"copy {name} to '{folder}/{name}.parquet' (format parquet)")
    nodes = {
        name: {"path": f"dbt/models/{name}.sql", "macros": [], "compiled": SQL.get(name), **node}
        for name, node in MODELS.items()
    }
    return Gold(folder, nodes)


@pytest.fixture
def gold(tmp_path: Path) -> Gold:
    return write_gold(tmp_path / "gold")


@pytest.fixture
def database(gold: Gold) -> Iterator[GoldDatabase]:
    with GoldDatabase(gold, NOW, watched(SCORED), {}, 1) as opened:
        yield opened


TRIED = {
    "as it is": (SQL["staging.rides"], "accepted", "", ""),
    "other columns, same rows": ("select fare, id, city, 2 as note, 1 as more from raw.rides where fare >= 5", "accepted", "", ""),
    "a change that nothing below reads": ("select id, city, fare, 3 as note from raw.rides where fare >= 5", "accepted", "", ""),
    "rows that make a difference": ("select id, city, fare, 2 as note from raw.rides", "rejected", "marts.report", "differs"),
    "a row less": ("select * from raw.rides where fare > 5", "rejected", "marts.report", "differs"),
    "a column less": ("select id, city from raw.rides", "rejected", "mid.cities", "does not run: Binder Error"),
    "a column that is not there": ("select nope from raw.rides", "stillborn", "", "Binder Error"),
    "no SQL": ("selekt", "stillborn", "", "Parser Error"),
    "a division of text": ("select id, city, city::int as fare from raw.rides", "rejected", "staging.rides", "does not run: Conversion"),
}  # fmt: skip


@pytest.mark.parametrize(("sql", "verdict", "table", "reason"), TRIED.values(), ids=TRIED.keys())
def test_what_a_version_of_a_model_does_below(database, sql, verdict, table, reason):
    for _ in range(2):
        tried = only(database.try_sql("staging.rides", sql, ASKING))
        assert (tried.verdict, tried.table) == (verdict, table)
        assert tried.reason.startswith(reason)
        assert "\n" not in tried.reason
        assert only(database.try_sql("staging.rides", SQL["staging.rides"], ASKING)).verdict == "accepted", (
            "nothing is left behind"
        )


def test_a_file_in_place_of_a_model_is_tried_in_the_same_way(database, tmp_path):
    path = tmp_path / "x.parquet"
    assert database.columns("raw.rides"), "it is loaded"
    for query, verdict in ((SQL["staging.rides"], "accepted"), (f"{SQL['staging.rides']} and id > 1", "rejected")):
        database.connection.execute(f"copy ({query}) to '{path}' (format parquet)")
        assert only(database.try_file("staging.rides", path, ASKING)).verdict == verdict


def test_tables_that_were_built_are_compared_as_far_as_they_are_scored(database, tmp_path):
    folder = tmp_path / "built"
    folder.mkdir()

    def build(name, query):
        duckdb.sql(f"copy ({query}) to '{folder}/{name}.parquet' (format parquet)")

    build("staging.rides", "select 1 as wrong")
    build("marts.report", "select * from (values ('b', 18), ('a', 24)) t(city, twice)")
    assert only(database.compare_files(folder, ASKING)).verdict == "accepted"
    build("marts.report", "select * from (values ('b', 18), ('a', 25)) t(city, twice)")
    tried = only(database.compare_files(folder, ASKING))
    assert (tried.verdict, tried.table, tried.reason) == ("rejected", "marts.report", "differs")
    assert only(database.try_sql("marts.report", SQL["marts.report"], ASKING)).verdict == "accepted", (
        "nothing is left behind"
    )


def test_what_a_database_says_of_its_models(database):
    assert database.columns("raw.rides") == {"id": "INTEGER", "city": "VARCHAR", "fare": "INTEGER"}
    assert database.columns("raw.none") == {}
    assert database.below("mid.cities") == {"marts.report": "report", "marts.model_of_python": "model_of_python"}
    assert list(database.below("staging.rides")) == ["mid.cities", *database.below("mid.cities")]
    assert database.below("marts.report") == {}
    assert database.has_unique_rows("raw.rides")
    database.connection.execute("insert into gold_of_run.\"raw.rides\" values (1, 'a', 5)")
    assert not database.has_unique_rows("raw.rides")


@pytest.mark.parametrize(
    ("node", "n_runs", "needs_dbt"),
    [
        ({"type": "view"}, 1, False),
        ({"type": "table"}, 2, False),
        ({"type": "incremental"}, 1, False),
        ({"type": "incremental"}, 2, True),
        ({"type": "snapshot"}, 1, True),
        ({"type": "seed"}, 1, True),
        ({"type": "table", "compiled": None}, 1, True),
    ],
)
def test_a_model_that_is_more_than_its_query_needs_dbt(gold, node, n_runs, needs_dbt):
    gold.relations["mid.cities"] |= node
    with GoldDatabase(gold, NOW, watched(SCORED), {}, n_runs) as database:
        assert database.needs_dbt("mid.cities") is needs_dbt


def state(gold: Gold, database: GoldDatabase, scenario: str = "visible") -> RunState:
    return RunState(scenario, Dials(0), days(1), days(1), gold, None, database, ASKING)


@pytest.mark.slow
def test_mutants_and_equivalents_of_a_model(tmp_path):
    """No Python model below: every mutant is decided by queries."""
    model = MODELS.pop("marts.model_of_python")
    try:
        gold = write_gold(tmp_path / "gold")
    finally:
        MODELS["marts.model_of_python"] = model
    (tmp_path / "project/dbt/models").mkdir(parents=True)
    (tmp_path / "project/dbt/models/staging.rides.sql").write_text(SQL["staging.rides"])
    with GoldDatabase(gold, NOW, watched(SCORED), {}, 1) as database, ForkRuntime() as runtime:
        states = [state(gold, database), state(gold, database, "rerun")]
        case = ModelCase("staging.rides", states, tmp_path / "project", runtime, tmp_path, ASKING, ASKING)
        mutants = {(m.operator, m.after): m for m in settled(try_mutants(case)[TASK])}
        dropped = mutants["filter_dropped", ""]
        assert (dropped.outcome, dropped.killed_in, dropped.part) == ("killed", "visible", "staging.rides")
        assert dropped.killed_by == "marts.report (differs)"
        assert (dropped.diff, dropped.reason) == ("", "")
        moved = mutants["constant_moved", "3"]
        assert (moved.outcome, moved.before, moved.killed_in) == ("survived", "2 in 2 AS note", "")
        assert [line for line in moved.diff.splitlines() if line[:1] in "+-"] == ["-  2 AS note", "+  3 AS note"]
        assert ("wrong_column", "id") in mutants, "types of the tables that it reads are known"
        equivalents = try_equivalents(case)[TASK]
        assert {e.part for e in equivalents} == {"staging.rides"}
        assert all(e.is_accepted for e in equivalents), [e for e in equivalents if not e.is_accepted]
        assert {"identical", "predicates_commuted", "columns_reordered", "grouped_by_all"} <= {
            e.operator for e in equivalents
        }


FILE = """\
{{ config(
    materialized='incremental', unique_key='id', incremental_strategy='merge',
    post_hook="delete from {{ this }} where id = 0",
) }}
select id, city from {{ source('raw', 'rides') }}
"""
SNAPSHOT = (
    "{% snapshot s %}\n{{ config(unique_key='id', strategy='check') }}\nselect * from raw.rides\n{% endsnapshot %}\n"
)


def read(folder: Path, text: str, kind: str = "incremental"):
    (folder / "dbt/models").mkdir(parents=True, exist_ok=True)
    (folder / "dbt/models/rides.sql").write_text(text, encoding="utf-8")
    return read_model_file(folder, {"path": "dbt/models/rides.sql", "type": kind}, "staging.rides")


def test_a_model_is_cut_at_the_end_of_its_config(tmp_path):
    file = read(tmp_path, "-- ä {{ 1 }}\n" + FILE)
    assert (file.path, file.name, file.tail) == ("models/rides.sql", "rides", "")
    assert file.head == "-- ä {{ 1 }}\n" + FILE.partition("select")[0].rstrip("\n")
    assert file.head + file.body == "-- ä {{ 1 }}\n" + FILE
    assert file.with_sql("select 1") == f"{file.head}\n{{% raw %}}\nselect 1\n{{% endraw %}}\n"
    bare = read(tmp_path, "select '{{ var(1) }}'")
    assert (bare.head, bare.body) == ("", "select '{{ var(1) }}'")
    snapshot = read(tmp_path, SNAPSHOT, "snapshot")
    assert snapshot.head.endswith("strategy='check') }}")
    assert (snapshot.body, snapshot.tail) == ("\nselect * from raw.rides\n", "{% endsnapshot %}\n")


def test_each_wrong_configuration_changes_one_argument(tmp_path):
    columns = {"id": "INTEGER", "city": "VARCHAR", "is_paid": "BOOLEAN", "at": "TIMESTAMP"}
    edits = list(config_edits(read(tmp_path, FILE), columns))
    assert {(e.operator, e.before, e.after): e.text for e in edits} == {
        ("key_dropped", "unique_key='id',", ""): FILE.replace("unique_key='id',", ""),
        ("hook_dropped", 'post_hook="delete from {{ this }} where id = 0",', ""): FILE.replace(
            'post_hook="delete from {{ this }} where id = 0",', ""
        ),
        ("key_wrong", "id", "city"): FILE.replace("unique_key='id',", "unique_key='city',"),
        ("rows_appended", "'merge'", "append"): FILE.replace("strategy='merge',", "strategy='append',"),
        ("made_in_full", "incremental", "table"): FILE.replace("materialized='incremental',", "materialized='table',"),
    }
    snapshot = list(config_edits(read(tmp_path, SNAPSHOT, "snapshot"), columns))
    assert [(e.operator, e.after) for e in snapshot] == [("key_wrong", "city")]
    assert snapshot[0].text == SNAPSHOT.replace("unique_key='id',", "unique_key='city',")
    assert list(config_edits(read(tmp_path, "select 1"), columns)) == []
    assert list(config_edits(read(tmp_path, FILE), {"id": "INTEGER"}))[2].operator == "rows_appended"


def test_models_that_a_task_is_about(gold):
    task = get_task("flights_feeds").model_copy(
        update={
            "spec": get_task("flights_feeds").spec.model_copy(
                update={"scored": {"marts": ("marts.report",)}, "tables": SCORED}
            )
        }
    )
    touched = frozenset({"dbt/models/staging.rides.sql"})
    assert [tuple(found) for found in models_to_mutate(task, gold, touched)] == [
        ("staging.rides", True),
        ("marts.report", False),
    ]
    gold.relations["mid.cities"]["macros"] = ["dbt/macros/sums.sql"]
    assert [tuple(found) for found in models_to_mutate(task, gold, frozenset({"dbt/macros/sums.sql"}))] == [
        ("mid.cities", True),
        ("marts.report", False),
    ]
    assert models_to_mutate(task, gold, frozenset({"el/shop.yaml"})) == ()
    assert models_above(task, gold) == ("staging.rides", "mid.cities", "marts.report")


def listing_task(tmp_path: Path, own: object, worlds: object) -> Task:
    task = get_task("flights_feeds")
    for name, content in (("own", own), ("world", worlds)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "proof.yaml").write_text(yaml.safe_dump(content))
    world = task.world.model_copy(update={"folder": tmp_path / "world"})
    return task.model_copy(update={"folder": tmp_path / "own", "world": world})


def entry(mutant_id: str) -> dict[str, str]:
    return {"id": mutant_id, "operator": "join_kind", "part": "marts.x", "reason": f"no data tells {mutant_id}"}


def result(mutant_id: str, outcome: str) -> MutantResult:
    return MutantResult.model_validate(
        {"id": mutant_id, "operator": "join_kind", "part": "marts.x", "before": "a", "after": "b", "outcome": outcome,
         "killed_in": "visible", "killed_by": "marts.y (values)"}
    )  # fmt: skip


def test_a_list_of_equivalents_is_held_to_what_happens(tmp_path):
    task = listing_task(
        tmp_path,
        {"equivalent": [entry("0000000a"), entry("0000000b")], "policy": {"x": 1}},
        {"equivalent": [entry("0000000c")]},
    )
    listing = Listing(task)
    assert listing.reason("0000000a") == "no data tells 0000000a"
    assert listing.reason("0000000c") == "no data tells 0000000c"
    assert listing.reason("0000000d") == ""
    assert read_policy(task) == {"x": 1}
    made = [result("0000000b", "equivalent"), result("0000000d", "killed")]
    assert listing.problems(made) == [
        "proof.yaml lists mutant 0000000a of marts.x, which is not made any more: remove it"
    ]
    wrong = [result("0000000a", "killed"), result("0000000b", "equivalent"), result("0000000c", "killed")]
    assert listing.problems(wrong) == [
        f"proof.yaml lists mutant {name} of marts.x as equivalent, but marts.y (values) differs in visible: remove it"
        for name in ("0000000c", "0000000a")
    ]


@pytest.mark.parametrize(
    ("own", "worlds", "says"),
    [
        ([entry("0000000a")], [entry("0000000a")], "0000000a is listed twice, here or in the world's"),
        ([entry("0000000a"), entry("0000000a")], [], "is listed twice"),
        ([entry("A")], [], r"key 'equivalent\.0\.id'"),
        ([entry("0000000g")], [], r"key 'equivalent\.0\.id'"),
        ([entry("0000000a") | {"reason": "none"}], [], r"key 'equivalent\.0\.reason'"),
        ([entry("0000000a") | {"why": "x"}], [], r"key 'equivalent\.0\.why' is not known"),
    ],
)
def test_a_list_that_is_not_valid_is_refused(tmp_path, own, worlds, says):
    with pytest.raises(SpecError, match=says):
        Listing(listing_task(tmp_path, {"equivalent": own}, {"equivalent": worlds}))
