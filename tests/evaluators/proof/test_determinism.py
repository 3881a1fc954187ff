"""A solution that is right by luck is not proven: it follows the order of rows, or differs when it runs again."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from benchmark.generator_parameters import Dials
from benchmark.tables import TableSpec
from benchmark.task import Task
from evaluators.pipeline.gold import Gold
from evaluators.proof.determinism import differences_of_repeat, order_of_rows_shows
from evaluators.proof.gold_database import GoldDatabase, watch_tables
from evaluators.proof.scored_runs import RunState
from evaluators.scenarios import days
from runtime.fork_client import ForkRuntime
from tests.helpers.kiosk.gold import load_gold, spoil
from tests.helpers.kiosk.world import ITEMS, SALES
from tests.helpers.proof import ASKING, watched

NOW = "2013-03-14T23:30:00Z"
EVENTS = "select * from (values (1, 5, 1, 'b'), (1, 5, 2, 'a'), (2, 7, 1, 'c')) t(id, seen, line, v)"
RIGHT_BY_LUCK = {
    "first": "select id, first(v) as v from raw.events group by id",
    "any_value": "select id, any_value(v) as v from raw.events group by id",
    "a tie": "select id, v from raw.events qualify row_number() over (partition by id order by seen) = 1",
    "a list": "select id, list(v)[1] as v from raw.events group by id",
    "an arg_max with a tie": "select id, arg_max(v, seen) as v from raw.events group by id",
    "no order at all": "select id, v from raw.events qualify row_number() over (partition by id) = 1",
}
RIGHT = {
    "a key breaks the tie": "select id, v from raw.events "
    "qualify row_number() over (partition by id order by seen, line) = 1",
    "a sum": "select id, max(v) as v from raw.events group by id",
}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def state_of(stack: ExitStack, folder: Path, sql: str) -> RunState:
    """One run whose gold is what the model gives."""
    connection = stack.enter_context(duckdb.connect(":memory:", config={"threads": 1}))
    connection.execute(f"create schema raw; create table raw.events as {EVENTS}")
    connection.execute(f"copy raw.events to '{folder}/raw.events.parquet' (format parquet)")
    connection.execute(f"copy ({sql}) to '{folder}/marts.latest.parquet' (format parquet)")
    model = {"path": "models/latest.sql", "type": "table", "parents": ["raw.events"], "compiled": sql}
    spec = TableSpec(stage="marts", key=("id",), columns=("id", "v"))
    gold = Gold(folder, {"marts.latest": model})
    database = stack.enter_context(GoldDatabase(gold, NOW, watched({"marts.latest": spec}), {}, 1))
    return RunState("visible", Dials(0), days(1), days(1), gold, None, database, ASKING)


@pytest.mark.parametrize("sql", RIGHT_BY_LUCK.values(), ids=RIGHT_BY_LUCK.keys())
def test_a_model_that_follows_the_order_of_rows_is_named(stack: ExitStack, tmp_path: Path, sql: str) -> None:
    state = state_of(stack, tmp_path, sql)
    problems = list(order_of_rows_shows([state, state], "marts.latest", ASKING).values())
    assert len(problems) == 1
    assert problems[0].startswith("visible: marts.latest follows the order of the rows that it reads: marts.latest")


@pytest.mark.parametrize("sql", RIGHT.values(), ids=RIGHT.keys())
def test_a_model_that_does_not_is_left_alone(stack: ExitStack, tmp_path: Path, sql: str) -> None:
    assert order_of_rows_shows([state_of(stack, tmp_path, sql)], "marts.latest", ASKING) == {}


PRICE = "CASE WHEN sale_id = '1000' THEN '1' ELSE price END AS price"


@pytest.mark.slow
def test_a_solution_that_runs_again_is_held_to_gold_bit_by_bit(
    kiosk: Task, runtime: ForkRuntime, tmp_path: Path, stack: ExitStack
) -> None:
    """Real loads of two raw tables, in four runs; one of them is scored, and nothing is built."""
    project = tmp_path / "project"
    (project / "el").mkdir(parents=True)
    (project / "el/kiosk.yaml").write_text(ITEMS + SALES)
    raw = {"raw": ("raw_kiosk.sales",)}
    task = kiosk.model_copy(update={"spec": kiosk.spec.model_copy(update={"scored": raw})})
    one, two, both = days(1), days(1, 2), (days(1), days(1, 2))
    golds = load_gold(task, project, both, runtime, tmp_path / "gold")

    def spoiled(name: str, columns: str) -> Gold:
        return spoil(golds[one], tmp_path / name, "raw_kiosk.sales", columns)

    wanted = [
        (two, golds[two]),
        (one, spoiled("values", PRICE)),
        (one, spoiled("bits", "_source_row + 1 AS _source_row")),
        (one, spoiled("loads", "'other' AS _airbyte_raw_id")),
        (two, golds[one]),
        (one, golds[one]),
    ]
    found = differences_of_repeat(task.world, project, Dials(0, 2), wanted, runtime, scratch(tmp_path))
    assert [list(differences) for differences in found] == [
        [], ["raw_kiosk.sales"], ["raw_kiosk.sales"], [], ["raw_kiosk.sales"], []
    ]  # fmt: skip
    assert "price" in found[1]["raw_kiosk.sales"]
    assert "_source_row" in found[2]["raw_kiosk.sales"]
    assert "rows" in found[4]["raw_kiosk.sales"]


def scratch(tmp_path: Path) -> Path:
    (tmp_path / "scratch").mkdir()
    return tmp_path / "scratch"


def test_one_gold_is_tried_once_and_what_dbt_alone_builds_is_left_out(stack: ExitStack, tmp_path: Path) -> None:
    (tmp_path / "luck").mkdir()
    (tmp_path / "late").mkdir()
    late = state_of(stack, tmp_path / "late", RIGHT_BY_LUCK["first"])
    late.gold.relations["marts.latest"]["type"] = "snapshot"
    assert order_of_rows_shows([late], "marts.latest", ASKING) == {}
    state = state_of(stack, tmp_path / "luck", RIGHT_BY_LUCK["first"])
    problems = list(order_of_rows_shows([late, state, late], "marts.latest", ASKING).values())
    assert len(problems) == 1
    assert problems[0].endswith("marts.latest differs when they come the other way round. Break ties by a key")


COLUMNS = {"all": ("id", "v"), "ids": ("id",), "other run": ("id", "v")}


def test_only_tasks_whose_tables_and_runs_show_it_are_told(stack: ExitStack, tmp_path: Path) -> None:
    """One task scores another run, and one another column, on which the order has no influence."""
    state = state_of(stack, tmp_path, RIGHT_BY_LUCK["first"])
    specs = {name: TableSpec(stage="marts", key=("id",), columns=columns) for name, columns in COLUMNS.items()}
    watches = watch_tables({name: {"marts.latest": spec} for name, spec in specs.items()})
    database = stack.enter_context(GoldDatabase(state.gold, NOW, watches, {}, 1))
    shared = state._replace(database=database, tasks=frozenset({"all", "ids"}))
    assert list(order_of_rows_shows([shared], "marts.latest", COLUMNS)) == ["all"]
