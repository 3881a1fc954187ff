"""A whole proof: real loads, real dbt, on the kiosk's task with a mistake of every kind."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
import pytest

from benchmark.generator_parameters import Dials
from benchmark.task import Task
from evaluators.pipeline.gold import Gold
from evaluators.proof.gold_database import GoldDatabase
from evaluators.proof.prove_task import _rows_to_hide, prove_task, variant_problems
from evaluators.proof.result import EquivalentResult, MutantResult, Outcome, TaskProof
from evaluators.proof.scored_runs import RunState
from evaluators.scenarios import days
from runtime.fork_client import ForkRuntime
from tests.helpers.kiosk.world import FILES, write_kiosk

SALES = "sale_id,item,price\n" + "".join(f"{1000 + i},{'tea' if i % 2 else 'cake'},{100 + 7 * i}\n" for i in range(6))
ORACLE = """
import pandas as pd
items = lambda day: day.deliveries[0].table.to_pandas()
takings = lambda day: pd.DataFrame({"item": ["tea", "cake"], "total": [1, 2], "last": ["3", "4"]})
DERIVATIONS = {"raw_kiosk.items": items, "marts.takings": takings}
"""
WRONG = {
    "tables.yaml": FILES["tables.yaml"].replace("total]", "total, last]"),
    "project/dbt/models/takings.sql": FILES["project/dbt/models/takings.sql"].replace(
        "as total", "as total, last(sale_id) as last"
    ),
    "project/docs/sales.md": SALES,
    "oracle.py": ORACLE,
    "tasks/kiosk_sales/proof.yaml": "equivalent:\n"
    "  - {id: 0000000a, operator: join_kind, part: marts.takings, reason: the model joins nothing}\n",
}
"""`last` is described nowhere and follows the order of rows, rows of gold stand in a page, the list is out of date."""


class Proven(NamedTuple):
    proof: TaskProof
    steps: list[str]


@pytest.fixture(scope="module")
def proven(runtime: ForkRuntime, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proven]:
    folder = tmp_path_factory.mktemp("kiosk")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_PROJECTS", str(folder / "projects"))
        patch.setenv("LOCKGATE_HOME", str(folder / "home"))
        steps: list[str] = []
        yield Proven(prove_task(write_kiosk(folder / "projects", WRONG), runtime, steps.append), steps)


def test_every_mistake_is_a_problem_and_nothing_else_is(proven: Proven) -> None:
    begins = [
        "marts.takings.last is scored and described nowhere in the workspace",
        "leak: docs/sales.md holds rows of gold's raw_kiosk.sales",
        "visible: marts.takings follows the order of the rows that it reads",
        "visible: oracle.py derives another marts.takings",
        "only ",
        "proof.yaml lists mutant 0000000a of marts.takings, which is not made any more: remove it",
    ]
    assert len(proven.proof.problems) == len(begins), proven.proof.problems
    for problem, begin in zip(proven.proof.problems, begins, strict=True):
        assert problem.startswith(begin)


def test_a_proof_counts_what_it_looked_at(proven: Proven) -> None:
    proof = proven.proof
    assert (proof.task, proof.kind) == ("kiosk_sales", "impl")
    assert (proof.n_columns, proof.n_columns_described, proof.n_leaks) == (8, 7, 1)
    assert (proof.is_deterministic, proof.is_proven) == (False, False)
    assert proof.second_derivations == ("raw_kiosk.items",)


def test_mutants_and_equivalents_of_connections_come_before_those_of_models(proven: Proven) -> None:
    for found in (proven.proof.mutants, proven.proof.equivalents):
        parts = [item.part for item in found]
        assert list(dict.fromkeys(parts)) == ["kiosk.sales", "marts.takings"]
        assert parts == sorted(parts)


def test_each_step_is_told_as_it_starts(proven: Proven) -> None:
    assert proven.steps == [
        "gold", "workspace", "repeat", "second derivations", "connections", "marts.takings"
    ]  # fmt: skip


def test_rows_of_every_run_are_hidden_but_for_seeds(kiosk: Task, tmp_path: Path) -> None:
    states = []
    for name, first in (("visible", 1), ("holdout", 50)):
        (tmp_path / name).mkdir()
        for table, spec in kiosk.scored_tables.items():
            values = ", ".join(f"'{table} {first + i}' AS {column}" for i, column in enumerate(spec.columns))
            duckdb.sql(f"SELECT {values}, 1 AS unscored").write_parquet(str(tmp_path / name / f"{table}.parquet"))
        kinds = {"raw_kiosk.items": "seed", "marts.takings": "table"}
        gold = Gold(tmp_path / name, {table: {"type": kind, "parents": []} for table, kind in kinds.items()})
        database = GoldDatabase(gold, "2020", kiosk.scored_tables, {}, 1)
        states += [RunState(name, Dials(0), days(1), days(1), gold, None, database)] * 2
    hidden = _rows_to_hide(kiosk, states)
    assert [rows.table for rows in hidden] == ["raw_kiosk.sales", "marts.takings"] * 2


def mutants(**counts: int) -> tuple[MutantResult, ...]:
    names: dict[str, Outcome] = {"killed": "killed", "equivalent": "equivalent", "survived": "survived"}
    return tuple(
        MutantResult(id="0", operator="x", part="marts.x", before="", after="", outcome=names[name])
        for name, count in counts.items()
        for _ in range(count)
    )


@pytest.mark.parametrize(
    ("counts", "problems"),
    [
        ({}, []),
        ({"equivalent": 3}, []),
        ({"killed": 98, "survived": 2}, []),
        ({"killed": 97, "survived": 3}, ["only 97 of 100 mutants are killed, less than 98%"]),
        ({"killed": 49, "survived": 2, "equivalent": 9}, ["only 49 of 51 mutants are killed, less than 98%"]),
        ({"survived": 1}, ["only 0 of 1 mutants are killed, less than 98%"]),
    ],
)
def test_the_share_of_killed_mutants_that_a_proof_asks_for(counts: dict[str, int], problems: list[str]) -> None:
    assert variant_problems(mutants(**counts), ()) == problems


def test_every_equivalent_that_is_not_accepted_is_named() -> None:
    fine, not_fine = (
        EquivalentResult(operator="identical", part=f"marts.{name}", is_accepted=name == "a", difference=name)
        for name in "ab"
    )
    assert variant_problems((), (fine, not_fine)) == ["equivalent identical of marts.b is not accepted: b"]
