"""What tasks share is tried once, and each is told what it would be told alone."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmark.generator_parameters import Dials
from benchmark.tables import TableSpec
from evaluators.pipeline.gold import Gold
from evaluators.proof.determinism import order_of_rows_shows
from evaluators.proof.gold_database import GoldDatabase, watch_tables
from evaluators.proof.result import EquivalentResult, TriedMutant
from evaluators.proof.scored_runs import RunState
from evaluators.proof.sql_mutants import ModelCase, try_equivalents, try_mutants
from evaluators.scenarios import Runs, days
from runtime.fork_client import ForkRuntime
from tests.helpers.examples import n_examples

NOW = "2013-03-14T23:30:00Z"
RIDES = "select ride_id, upper(city) as city, fare, seen from raw.rides where fare > 1"
BILLS = "select ride_id, city, fare * 2 as price from staging.rides"
MODELS: dict[str, dict[str, Any]] = {
    "staging.rides": {"type": "view", "parents": ["raw.rides"], "compiled": RIDES},
    "marts.totals": {
        "type": "table",
        "parents": ["staging.rides"],
        "compiled": "select city, sum(fare) as total, count(*) as n_rides from staging.rides group by city",
    },
    "marts.latest": {
        "type": "table",
        "parents": ["staging.rides"],
        "compiled": "select city, first(ride_id order by seen) as ride_id, first(fare) as fare from staging.rides "
        "group by city",
    },
    "marts.bills": {"type": "table", "parents": ["staging.rides"], "compiled": BILLS},
}
"""`marts.latest` follows the order of its rows, and `marts.bills` has another query in a later run."""
SCORED = {
    "marts.totals": (("city",), ("city", "total", "n_rides")),
    "marts.latest": (("city",), ("city", "ride_id", "fare")),
    "marts.bills": (("ride_id",), ("ride_id", "city", "price")),
}
LATER = f"{BILLS} where ride_id > 2"
FIRST_ROWS = "(1, 'a', 1, 1), (2, 'a', 4, 2), (3, 'b', 5, 3)"
MORE_ROWS = f"{FIRST_ROWS}, (4, 'b', 5, 4), (5, 'a', 6, 4)"
OTHER_ROWS = "(1, 'c', 2, 1), (2, 'c', 9, 2), (3, 'd', 7, 3)"
ROWS = {"first": FIRST_ROWS, "later": MORE_ROWS, "other": OTHER_ROWS}


class Scored(NamedTuple):
    """What a made-up task scores."""

    scenarios: frozenset[str]
    tables: Mapping[str, TableSpec]


def file_of(relation: str) -> str:
    """The file of a model in its dbt project."""
    return f"models/{relation.partition('.')[2]}.sql"


def write_gold(folder: Path, rows: str, models: Mapping[str, dict[str, Any]]) -> Gold:
    folder.mkdir()
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("create schema raw; create schema staging; create schema marts")
        connection.execute(f"create table raw.rides as from (values {rows}) t(ride_id, city, fare, seen)")
        for name, node in models.items():
            connection.execute(f"create table {name} as {node['compiled']}")
        for name in ("raw.rides", *models):
            connection.execute(f"copy {name} to '{folder}/{name}.parquet' (format parquet)")
    return Gold(folder, {name: {"path": f"dbt/{file_of(name)}", "macros": [], **node} for name, node in models.items()})


def write_project(folder: Path, files: Mapping[str, str]) -> None:
    """Write files of a dbt project."""
    for name, text in files.items():
        path = folder / "project/dbt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture(scope="module")
def golds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Gold]:
    folder = tmp_path_factory.mktemp("golds")
    found = {name: write_gold(folder / name, rows, MODELS) for name, rows in ROWS.items()}
    found["later"].relations["marts.bills"]["compiled"] = LATER
    return found


SCENARIOS: dict[str, tuple[int, Runs, Runs, str, str | None]] = {
    "visible": (0, days(1), days(1), "first", None),
    "day2": (0, days(1, 2), days(1, 2), "later", "first"),
    "rerun": (0, days(1, 1), days(1), "first", "first"),
    "holdout": (101, days(1), days(1), "other", None),
}
"""Seed, runs, runs of gold, gold, and gold of the run before; in the order in which a proof tries them."""


@contextmanager
def opened(golds: Mapping[str, Gold], tasks: Mapping[str, Scored]) -> Iterator[list[RunState]]:
    """The states that some tasks score."""
    watches = watch_tables({name: task.tables for name, task in tasks.items()})
    with ExitStack() as stack:
        states = []
        for name, (seed, runs, gold_runs, gold, before) in SCENARIOS.items():
            if asking := frozenset(task for task, scored in tasks.items() if name in scored.scenarios):
                database = stack.enter_context(GoldDatabase(golds[gold], NOW, watches, {}, len(runs)))
                previous = golds[before] if before else None
                states.append(RunState(name, Dials(seed), runs, gold_runs, golds[gold], previous, database, asking))
        yield states


class Told(NamedTuple):
    """What is said of a model to a task."""

    mutants: tuple[TriedMutant, ...]
    equivalents: tuple[EquivalentResult, ...]
    order: str


def told(
    golds: Mapping[str, Gold],
    relation: str,
    tasks: Mapping[str, Scored],
    runtime: ForkRuntime,
    folder: Path,
    touched: Sequence[str] = (),
) -> dict[str, Told]:
    """Try a model for tasks at once; task -> what it is told."""
    with opened(golds, tasks) as states:
        mine = frozenset(touched) & tasks.keys()
        case = ModelCase(relation, states, folder / "project", runtime, folder / "scratch", frozenset(tasks), mine)
        mutants, equivalents = try_mutants(case), try_equivalents(case)
        order = order_of_rows_shows(states, relation, tasks)
    return {task: Told(mutants[task], equivalents[task], order.get(task, "")) for task in tasks}


@st.composite
def scored_tables(draw: st.DrawFn) -> dict[str, TableSpec]:
    names = draw(st.lists(st.sampled_from(list(SCORED)), min_size=1, unique=True))
    tables = {}
    for name in names:
        key, columns = SCORED[name]
        others = draw(st.lists(st.sampled_from([c for c in columns if c not in key]), unique=True))
        is_strict = draw(st.booleans()) and len(others) == len(columns) - len(key)
        tables[name] = TableSpec(stage="marts", key=key, columns=(*key, *sorted(others)), strict=is_strict)
    return tables


scored = st.builds(Scored, st.frozensets(st.sampled_from(list(SCENARIOS)), min_size=1), scored_tables())
groups = st.lists(scored, min_size=2, max_size=3).map(lambda some: {f"task_{i}": task for i, task in enumerate(some)})


@pytest.mark.slow
@settings(
    max_examples=n_examples(5),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(tasks=groups, relation=st.sampled_from(list(MODELS)))
def test_tasks_together_are_told_what_each_is_told_alone(
    golds: dict[str, Gold], runtime: ForkRuntime, tmp_path: Path, tasks: dict[str, Scored], relation: str
) -> None:
    """Other tables, columns and scenarios; no task changes a model, so that nothing is built by dbt."""
    write_project(tmp_path, {file_of(name): node["compiled"] for name, node in MODELS.items()})
    together = told(golds, relation, tasks, runtime, tmp_path)
    alone = {name: told(golds, relation, {name: task}, runtime, tmp_path)[name] for name, task in tasks.items()}
    assert together == alone


def spec(name: str, *columns: str) -> dict[str, TableSpec]:
    return {name: TableSpec(stage="marts", key=SCORED[name][0], columns=(*SCORED[name][0], *columns))}


def by_change(mutants: tuple[TriedMutant, ...]) -> dict[tuple[str, str], str]:
    return {(mutant.before, mutant.after): mutant.killed_in for mutant in mutants}


def test_a_mutant_is_told_to_the_tasks_that_see_it_and_to_no_other(
    golds: dict[str, Gold], runtime: ForkRuntime, tmp_path: Path
) -> None:
    """Fares up to 2: the visible data have one that costs 1, another seed one that costs 2."""
    write_project(tmp_path, {file_of("staging.rides"): RIDES})
    tasks = {
        "totals": Scored(frozenset({"visible"}), spec("marts.totals", "total")),
        "cities": Scored(frozenset({"visible"}), spec("marts.totals")),
        "seeds": Scored(frozenset({"visible", "holdout"}), spec("marts.totals", "n_rides")),
        "bills": Scored(frozenset({"visible", "holdout"}), spec("marts.bills", "city")),
    }
    found = told(golds, "staging.rides", tasks, runtime, tmp_path)
    seen = {task: by_change(result.mutants) for task, result in found.items()}
    assert len({frozenset(mutants) for mutants in seen.values()}) == 1, "all are told of the same mutants"
    moved = next(change for change in seen["totals"] if change[1] == "fare >= 1")
    assert {task: mutants[moved] for task, mutants in seen.items()} == {
        "totals": "visible", "cities": "", "seeds": "visible", "bills": "visible"
    }  # fmt: skip
    raised = next(change for change in seen["totals"] if change[1] == "2" and "fare > 1" in change[0])
    assert {task: mutants[raised] for task, mutants in seen.items()} == {
        "totals": "", "cities": "", "seeds": "holdout 101", "bills": "holdout 101"
    }  # fmt: skip


SOURCE = "{{ source('staging', 'rides') }}"
PROJECT = {
    "models/sources.yml": "sources: [{name: staging, tables: [{name: rides}]}]\n",
    "dbt_project.yml": "name: rides\nprofile: rides\nversion: '1.0'\nflags: {send_anonymous_usage_stats: false}\n",
    "profiles.yml": "rides: {target: dev, outputs: {dev: {type: duckdb, path: \"{{ env_var('WAREHOUSE_PATH') }}\"}}}\n",
    "macros/generate_schema_name.sql": "{% macro generate_schema_name(a, b) %}{{ a or 'main' }}{% endmacro %}",
    "models/bills.sql": "{{ config(schema='marts', materialized='incremental', "
    "unique_key='ride_id', incremental_strategy='delete+insert') }}\n"
    f"{BILLS.replace('staging.rides', SOURCE)}{{% if is_incremental() %}} where ride_id > 2{{% endif %}}\n",
}


@pytest.mark.slow
def test_mutants_that_only_a_later_run_has_are_for_the_tasks_that_score_one(
    golds: dict[str, Gold], runtime: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dbt builds them. A task that scores a rerun alone has no SQL of a later run, whoever asks beside it."""
    write_project(tmp_path, PROJECT)
    (tmp_path / "scratch").mkdir()
    for gold in golds.values():
        monkeypatch.setitem(gold.relations["marts.bills"], "type", "incremental")
    tables = spec("marts.bills", "city", "price")
    tasks = {
        name: Scored(frozenset({"visible", scenario}), tables)
        for name, scenario in (("later", "day2"), ("again", "rerun"))
    }
    together = told(golds, "marts.bills", tasks, runtime, tmp_path, touched=list(tasks))
    for name, task in tasks.items():
        assert told(golds, "marts.bills", {name: task}, runtime, tmp_path, touched=[name]) == {name: together[name]}
    filters = {
        name: [mutant for mutant in result.mutants if "ride_id > 2" in mutant.before]
        for name, result in together.items()
    }
    assert filters["later"]
    assert filters["again"] == []
