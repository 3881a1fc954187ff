"""A solution that is right by luck is not proven: it follows the order of rows, or differs when it runs again."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from benchmark.generator_parameters import Dials
from benchmark.tables import TableSpec
from evaluators.pipeline.gold import Gold
from evaluators.proof.determinism import models_that_follow_the_order_of_rows
from evaluators.proof.gold_database import GoldDatabase
from evaluators.proof.scored_runs import RunState
from evaluators.scenarios.base import days

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
    database = stack.enter_context(GoldDatabase(gold, NOW, {"marts.latest": spec}, {}, 1))
    return RunState("visible", Dials(0), days(1), days(1), gold, None, database)


@pytest.mark.parametrize("sql", RIGHT_BY_LUCK.values(), ids=RIGHT_BY_LUCK.keys())
def test_a_model_that_follows_the_order_of_rows_is_named(stack: ExitStack, tmp_path: Path, sql: str) -> None:
    state = state_of(stack, tmp_path, sql)
    problems = models_that_follow_the_order_of_rows([state, state], ["marts.latest"])
    assert len(problems) == 1
    assert problems[0].startswith("visible: marts.latest follows the order of the rows that it reads: marts.latest")


@pytest.mark.parametrize("sql", RIGHT.values(), ids=RIGHT.keys())
def test_a_model_that_does_not_is_left_alone(stack: ExitStack, tmp_path: Path, sql: str) -> None:
    assert models_that_follow_the_order_of_rows([state_of(stack, tmp_path, sql)], ["marts.latest"]) == []
