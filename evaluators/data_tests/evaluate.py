"""Evaluating a `data_tests` task: the submission's data tests on right data, and on data with one seeded fault each.

A fault is caught when a data test fails on it that passes on right data; a test that fails on right data is a false
alarm. dbt compiles the tests once, on empty tables, and their SQL then runs on each warehouse. A warehouse holds the
task's tables alone, in a locked database that is always called the same: a test can neither remember right data nor
build a table again.

Each fault is tried several times, right data at least as often, and everything comes in a secret random order. So a
test that decides by anything but the data (the time of day, the order of the trials, a random number) fails on right
data as often as on faults, and is a false alarm. A test catches a fault only where it fails on every try of it: of many
tests that fail by chance, some would pass on all right data and fail once on each fault.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

import duckdb

from benchmark.border import cut_text
from benchmark.generator_parameters import Dials
from benchmark.hostile_tree import remove_tree
from benchmark.scorecard import FaultResult, FaultsResult, ScenarioResult, StepResult
from benchmark.seeded_faults import Fault
from benchmark.task import Task
from evaluators.data_tests.warehouses import write_warehouse
from evaluators.pipeline.loads import Timer
from evaluators.pipeline.parsed_projects import COMPILED_BESIDE
from evaluators.scoring.scores import score_faults
from evaluators.style.graph_rules import check_policy
from runtime.dbt.clock import clock_environment
from runtime.interface import ChildRequest, ChildResult, Limits, Runtime
from runtime.jobs.schemas import checked
from runtime.sandbox.visible_files import WORKSPACE

LIMITS = Limits(wall_seconds=1200)
"""Time for all data tests on all warehouses."""
TRIES = 3
"""How often each fault is tried; right data is tried as often as all faults together."""
MIN_RIGHT_TRIES = 40
"""Right data is tried so often at least. Then 2,000 tests that fail by chance catch under a twentieth of the faults."""
N_PARALLEL = 2
MAX_NAMED = 10
MAX_NAME = 200
"""Characters of a test's name in a scorecard: dbt writes the values that a test is given into it."""
MAX_ALARMS = 20


@dataclass(frozen=True)
class DataTestSetup:
    """One set of right data and the submission that is tried on it."""

    task: Task
    project: Path
    """The submitted pipeline; only read."""
    gold: Path
    """Folder of gold's Parquet files."""
    now: datetime
    folder: Path
    """Holds the workspaces; the caller removes it."""
    logs: Path
    runtime: Runtime
    """Where the submission's tests are compiled and run."""
    is_trusted: bool = False
    """The tests are the author's own and decide by the data alone: each warehouse is tried once."""
    data: str = ""
    """What false alarms say of the data; empty = nothing."""
    compiled: dict[tuple[str, ...], Compiled] | None = None
    """What dbt made of the tests, by instant and columns of the tables, for setups of one project that share it; None =
    each compiles them anew."""

    def child(
        self, entry: Literal["compile_tests", "run_tests"], arguments: dict[str, Any], directory: Path
    ) -> ChildResult:
        """Run an entry of `runtime.jobs.data_tests`."""
        request = ChildRequest(
            entry=f"runtime.jobs.data_tests:{entry}",
            arguments=arguments,
            directory=directory,
            log_path=self.logs / f"{entry}.log",
            environment={**clock_environment(self.now), "WAREHOUSE_PATH": COMPILED_BESIDE},
            limits=LIMITS,
            writable={WORKSPACE: directory},
        )
        return checked(self.runtime.run(request), entry)

    def warehouse(self, fault: Fault | None, folder: Path | None = None, right: Path | None = None) -> Path:
        """Write a warehouse; with a folder given: one with empty tables, into it. `right` is one without a fault."""
        path = (folder or self.folder / uuid4().hex) / "warehouse.duckdb"
        path.parent.mkdir(parents=True)
        tables = list(self.task.scored_tables)
        write_warehouse(
            path, self.gold, tables, self.now, self.task.id, fault, right=right, is_empty=folder is not None
        )
        return path


def evaluate_faults(setups: Sequence[DataTestSetup], scenario: str, dials: Dials, timer: Timer) -> ScenarioResult:
    """Try the data tests of a submission on right data and on every fault of the task.

    Args:
        setups: One for each set of right data; the first is the scenario's own.
        scenario: Its name.
        dials: Its seed, days and day.
        timer: Receives wall times.

    Raises:
        FaultBrokenError: A fault cannot be made on this data.
        RuntimeFaultError: The runtime broke.
    """
    tried: list[_Tried] = []
    for setup in setups:
        tried.append(_try(setup, timer))
        if tried[-1].compiled.error:
            break
    task, error = setups[0].task, tried[-1].compiled.error
    step = StepResult(name="compile", status="failed" if error else "ok", message=error)
    result = _together([one.result for one in tried])
    scores, stages = score_faults(result)
    graph = tried[0].compiled.graph
    return ScenarioResult(
        scenario=scenario,
        seed=dials.seed,
        days=dials.days,
        day=dials.day,
        is_success=result.recall >= result.min_recall and not result.false_alarms,
        steps=(step,),
        tables=(),
        scores=scores,
        stages=stages,
        faults=result,
        policy=check_policy(graph, task.policy, task.world.tables | task.spec.tables) if task.policy else None,
    )


def _try(setup: DataTestSetup, timer: Timer) -> _Tried:
    setup.folder.mkdir(parents=True)
    compiled = _compile(setup, timer)
    outcome = _run(setup, compiled.tests, timer) if not compiled.error else _Outcome((), compiled.error)
    return _Tried(compiled, _grade(setup, outcome, len(compiled.tests)))


@dataclass(frozen=True)
class Compiled:
    """What dbt made of the data tests of a project."""

    tests: list[dict[str, Any]]
    """As `runtime.jobs.data_tests.compile_tests` gives them."""
    error: str
    """Why dbt could not compile them; empty = it could."""
    graph: Any
    """See `runtime.jobs.graph`."""


@dataclass(frozen=True)
class _Tried:
    compiled: Compiled
    result: FaultsResult
    """On one set of right data."""


@dataclass(frozen=True)
class _Outcome:
    alarms: tuple[Mapping[str, str], ...]
    """The alarms on right data, then those on each fault: test -> why it fails."""
    error: str
    """Why the tests could not run; empty = they did."""


def _compile(setup: DataTestSetup, timer: Timer) -> Compiled:
    """Compile the tests beside empty tables, unless that is known."""
    if setup.compiled is None:
        return _compile_anew(setup, timer)
    empty = setup.warehouse(None, setup.folder / "empty")
    with duckdb.connect(empty, read_only=True) as connection:
        tables = connection.execute("SELECT sql FROM duckdb_tables() ORDER BY ALL").fetchall()
    remove_tree(empty.parent)
    key = (clock_environment(setup.now)["PINNED_NOW"], *(str(sql) for (sql,) in tables))
    if key not in setup.compiled:
        setup.compiled[key] = _compile_anew(setup, timer)
    return setup.compiled[key]


def _compile_anew(setup: DataTestSetup, timer: Timer) -> Compiled:
    if not (setup.project / "dbt").is_dir():
        return Compiled([], "There is no folder dbt/.", None)
    folder = setup.folder / "project"
    shutil.copytree(setup.project / "dbt", folder)
    remove_tree(folder / "data")
    setup.warehouse(None, folder / "data")
    arguments = {"now": clock_environment(setup.now)["PINNED_NOW"], "tables": list(setup.task.scored_tables)}
    child = setup.child("compile_tests", arguments, folder)
    timer("compile", child.wall_seconds)
    if child.status != "ok":
        return Compiled([], child.message or child.status, None)
    error = str(child.value["error"]).replace(f"{folder.resolve()}/", "dbt/").replace(f"{WORKSPACE}/", "dbt/")
    return Compiled(child.value["tests"], error, child.value["graph"])


def _run(setup: DataTestSetup, tests: list[dict[str, Any]], timer: Timer) -> _Outcome:
    assert setup.task.faults is not None, "only data_tests tasks have faults"
    started = time.monotonic()
    right = setup.warehouse(None)
    with ThreadPoolExecutor(N_PARALLEL) as pool:
        faulty = list(pool.map(lambda fault: setup.warehouse(fault, right=right), setup.task.faults.faults))
    timer("faults", time.monotonic() - started)
    order = [None, *range(len(faulty))] if setup.is_trusted else _secret_order(len(faulty))
    paths = [(right if index is None else faulty[index]).relative_to(setup.folder) for index in order]
    arguments = {"tests": tests, "warehouses": [str(path) for path in paths]}
    child = setup.child("run_tests", arguments, setup.folder)
    timer("data tests", child.wall_seconds)
    if child.status != "ok":
        return _Outcome((), child.message or child.status)
    alarms = child.value["alarms"]
    if len(alarms) != len(order):
        return _Outcome((), "They were not run on every warehouse.")
    return _in_order(order, alarms)


def _secret_order(n_faults: int) -> list[int | None]:
    """The numbers of the faults and `None`, which stands for right data, in an order that nobody can foresee."""
    faults = [*range(n_faults)] * TRIES
    order: list[int | None] = [*faults, *(None for _ in range(max(len(faults), MIN_RIGHT_TRIES)))]
    random.SystemRandom().shuffle(order)
    return order


def _in_order(order: list[int | None], alarms: list[dict[str, str]]) -> _Outcome:
    """Alarms by fault again: of right data what fails on any try of it, of a fault what fails on every one."""
    right: dict[str, str] = {}
    faulty: dict[int, dict[str, str]] = {}
    for index, found in zip(order, alarms, strict=True):
        if index is None:
            right |= found
        else:
            before = faulty.get(index, found)
            faulty[index] = {name: message for name, message in found.items() if name in before}
    return _Outcome((right, *(faulty[index] for index in sorted(faulty))), "")


def _grade(setup: DataTestSetup, outcome: _Outcome, n_tests: int) -> FaultsResult:
    task = setup.task
    assert task.faults is not None, "only data_tests tasks have faults"
    clean, *others = outcome.alarms or ({}, *({} for _ in task.faults.faults))
    alarms = [f"{cut_text(name, MAX_NAME)}: {message}" for name, message in sorted(clean.items())]
    if outcome.error:
        alarms.insert(0, f"the tests do not run: {outcome.error}")
    if setup.data:
        alarms = [f"{alarm} ({setup.data})" for alarm in alarms]
    results = []
    for fault, found in zip(task.faults.faults, others, strict=True):
        caught_by = sorted(found.keys() - clean.keys())
        results.append(
            FaultResult(
                fault=fault.name,
                table=fault.table,
                stage=task.scored_tables[fault.table].stage,
                breaks=fault.breaks,
                is_caught=bool(caught_by),
                caught_by=tuple(cut_text(name, MAX_NAME) for name in caught_by[:MAX_NAMED]),
            )
        )
    return FaultsResult(
        min_recall=task.faults.min_recall,
        recall=sum(result.is_caught for result in results) / len(results),
        n_tests=n_tests,
        false_alarms=tuple(alarms[:MAX_ALARMS]),
        faults=tuple(results),
    )


def _together(results: Sequence[FaultsResult]) -> FaultsResult:
    """One result of those on each set of right data: what is an alarm in one, and what is caught in all of them."""
    first = results[0]
    faults = tuple(_in_all(same) for same in zip(*(result.faults for result in results), strict=True))
    alarms = [alarm for result in results for alarm in result.false_alarms]
    return first.model_copy(
        update={
            "recall": sum(fault.is_caught for fault in faults) / len(faults),
            "n_tests": max(result.n_tests for result in results),
            "false_alarms": tuple(alarms[:MAX_ALARMS]),
            "faults": faults,
        }
    )


def _in_all(same: Sequence[FaultResult]) -> FaultResult:
    """One fault on each set of right data."""
    is_caught = all(result.is_caught for result in same)
    caught_by = sorted({name for result in same for name in result.caught_by}) if is_caught else []
    return same[0].model_copy(update={"is_caught": is_caught, "caught_by": tuple(caught_by[:MAX_NAMED])})
