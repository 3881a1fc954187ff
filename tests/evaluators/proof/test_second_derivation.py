"""Marts computed a second time, by the `oracle.py` of a world, from the rows of its source systems."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import duckdb
import pytest

from benchmark.generator_parameters import Dials
from benchmark.tables import ColumnOptions
from benchmark.task import Task
from evaluators.pipeline.gold import Gold
from evaluators.proof.gold_database import GoldDatabase
from evaluators.proof.scored_runs import RunState
from evaluators.proof.second_derivation import Derived, is_derived, second_derivations
from evaluators.scenarios import PipelineRun, Runs, days
from tests.helpers.kiosk.world import write_kiosk
from tests.helpers.proof import watched

ORACLE = """
import pandas as pd


def takings(day, factor=1):
    sales = pd.concat([d.table.to_pandas() for d in day.deliveries if d.stream == "sales"])
    added = sales.groupby("item", as_index=False)["price"].sum().rename(columns={"price": "total"})
    added["total"] *= factor
    return added


def items(day, factor=1):
    return day.deliveries[0].table.to_pandas()


DERIVATIONS = {"marts.takings": takings, "raw_kiosk.items": items, "marts.nobody_scores_this": None}
"""
ONE = days(1)
ITEMS = "from (values ('tea', 'low'), ('cake', 'high')) t(item, shelf)"


def takings(n_days: int, seed: int = 0, factor: int = 1) -> str:
    """Query of the right totals."""
    sales = f"range({3 * n_days}) t(i)"
    return (
        f"select case when i % 2 = 1 then 'tea' else 'cake' end as item, "
        f"sum(100 + 7 * i + {seed})::bigint * {factor} as total from {sales} group by 1"
    )


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def write(task: Task, **files: str) -> None:
    for name, text in files.items():
        folder = task.world.folder if name == "oracle" else task.folder
        (folder / {"oracle": "oracle.py", "proof": "proof.yaml"}[name]).write_text(text)


def state(
    stack: ExitStack, task: Task, folder: Path, totals: str, name: str = "visible", seed: int = 0, runs: Runs = ONE
) -> RunState:
    """A run whose gold is what two queries give."""
    folder.mkdir()
    for table, query in (("marts.takings", totals), ("raw_kiosk.items", ITEMS)):
        duckdb.sql(query).write_parquet(str(folder / f"{table}.parquet"))
    gold = Gold(folder, {})
    database = stack.enter_context(GoldDatabase(gold, "2020", watched(task.scored_tables, task.id), {}, len(runs)))
    return RunState(name, Dials(seed, 2), runs, runs, gold, None, database, frozenset({task.id}))


def derived(task: Task, states: list[RunState]) -> Derived:
    """What second derivations say for one task."""
    return second_derivations([task], states)[task.id] if is_derived(task) else Derived((), ())


def test_gold_of_every_seed_and_day_is_derived_again(kiosk: Task, tmp_path: Path, stack: ExitStack) -> None:
    write(kiosk, oracle=ORACLE)
    states = [
        state(stack, kiosk, tmp_path / "visible", takings(2)),
        state(stack, kiosk, tmp_path / "day2", takings(3), "day2", runs=days(1, 2)),
        state(stack, kiosk, tmp_path / "holdout", takings(2, 101), "holdout", 101),
    ]
    assert derived(kiosk, states) == (("raw_kiosk.items", "marts.takings"), ())


def test_each_run_with_other_rows_is_named_and_its_table_does_not_agree(
    kiosk: Task, tmp_path: Path, stack: ExitStack
) -> None:
    write(kiosk, oracle=ORACLE)
    states = [
        state(stack, kiosk, tmp_path / "visible", takings(2, 1)),
        state(stack, kiosk, tmp_path / "day2", takings(3), "day2", runs=days(1, 2)),
        state(stack, kiosk, tmp_path / "holdout", takings(2), "holdout", 101),
    ]
    agreed, problems = derived(kiosk, states)
    assert agreed == ("raw_kiosk.items",)
    assert [problem.partition(": ")[0] for problem in problems] == ["visible", "holdout 101"]
    assert all(": oracle.py derives another marts.takings: " in problem for problem in problems)
    assert "total" in problems[0]


def test_one_gold_is_looked_at_once_and_incidents_are_left_out(kiosk: Task, tmp_path: Path, stack: ExitStack) -> None:
    write(kiosk, oracle=ORACLE)
    wrong = state(stack, kiosk, tmp_path / "wrong", takings(9), "drift", runs=(PipelineRun(1, "drift"),))
    right = state(stack, kiosk, tmp_path / "right", takings(2))
    assert derived(kiosk, [wrong, right]) == (("raw_kiosk.items", "marts.takings"), ())
    late = state(stack, kiosk, tmp_path / "late", takings(2, 5))
    _, problems = derived(kiosk, [late, late._replace(scenario="rerun"), right])
    assert [problem.partition(": ")[0] for problem in problems] == ["visible"]


def test_a_derivation_is_held_to_the_tables_own_options(kiosk: Task, tmp_path: Path, stack: ExitStack) -> None:
    """A column that is off by less than the task tolerates agrees."""
    tolerance = {"total": ColumnOptions(reason="rounded", relative=0.5)}
    spec = kiosk.world.tables["marts.takings"].model_copy(update={"tolerance": tolerance})
    loose = kiosk.model_copy(update={"spec": kiosk.spec.model_copy(update={"tables": {"marts.takings": spec}})})
    write(kiosk, oracle=ORACLE)
    near = state(stack, kiosk, tmp_path / "near", takings(2, 1).replace("::bigint", "::double"))
    assert derived(loose, [near])[1] == ()
    assert len(derived(kiosk, [near])[1]) == 1


def test_a_world_without_an_oracle_derives_nothing(kiosk: Task, tmp_path: Path, stack: ExitStack) -> None:
    assert derived(kiosk, [state(stack, kiosk, tmp_path / "g", takings(1))]) == ((), ())


def test_an_oracle_of_other_tables_derives_nothing(kiosk: Task, tmp_path: Path, stack: ExitStack) -> None:
    write(kiosk, oracle="DERIVATIONS = {'marts.other': None}")
    assert derived(kiosk, [state(stack, kiosk, tmp_path / "g", takings(1))]) == ((), ())


def test_a_task_with_a_solution_of_its_own_needs_a_policy(
    tmp_path: Path, stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    own = {"oracle.py": ORACLE, "tasks/kiosk_sales/solution/dbt/models/takings.sql": "select 1"}
    task = write_kiosk(tmp_path / "projects", own)
    states = [state(stack, task, tmp_path / "g", takings(2, factor=3))]
    assert derived(task, states) == ((), ())
    write(task, proof="policy: {factor: 3}")
    assert derived(task, states) == (("raw_kiosk.items", "marts.takings"), ())
    write(task, proof="policy: {factor: 4}")
    assert derived(task, states)[0] == ("raw_kiosk.items",)


def test_each_task_is_told_of_its_own_tables_and_runs(kiosk: Task, tmp_path: Path, stack: ExitStack) -> None:
    """Gold is wrong on the second day: one task scores it, one only the first day, one another table."""
    write(kiosk, oracle=ORACLE)
    items = {"raw": ("raw_kiosk.items",)}
    first, other = (kiosk.model_copy(update={"spec": kiosk.spec.model_copy(update=change)}) for change in (
        {"id": "first_day"}, {"id": "other_table", "scored": items}
    ))  # fmt: skip
    every = frozenset({kiosk.id, first.id, other.id})
    visible = state(stack, kiosk, tmp_path / "visible", takings(2))._replace(tasks=every)
    day2 = state(stack, kiosk, tmp_path / "day2", takings(2), "day2", runs=days(1, 2))
    states = [visible, day2._replace(tasks=every - {first.id})]
    found = second_derivations([kiosk, first, other], states)
    assert {task: told.agreed for task, told in found.items()} == {
        kiosk.id: ("raw_kiosk.items",), first.id: ("raw_kiosk.items", "marts.takings"), other.id: ("raw_kiosk.items",)
    }  # fmt: skip
    assert [len(told.problems) for told in found.values()] == [1, 0, 0]
