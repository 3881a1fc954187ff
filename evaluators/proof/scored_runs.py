"""The runs on whose data mutants are tried: those of the scenarios that a task scores."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from benchmark.generator_parameters import Dials
from benchmark.task import Task
from evaluators.data_tests.right_data import RightData, proven_data
from evaluators.pipeline.gold import Gold, get_gold, read_gold
from evaluators.pipeline.loads import no_timer
from evaluators.proof.gold_database import GoldDatabase, watch_tables
from evaluators.scenarios.base import Runs, Scenario
from evaluators.scenarios.registry import in_order
from runtime.dbt.clock import clock_environment
from runtime.fork_client import ForkRuntime

HOLDOUT_SEEDS = (101, 202, 303)
"""Stand for every seed that an agent does not see."""


class RunState(NamedTuple):
    """Runs of a pipeline on one seed, and the gold that they must equal."""

    scenario: str
    dials: Dials
    runs: Runs
    gold_runs: Runs
    gold: Gold
    previous: Gold | None
    """Gold of the run before; None for a first run."""
    database: GoldDatabase
    tasks: frozenset[str]
    """Tasks that score the scenario."""

    @property
    def days(self) -> tuple[int, ...]:
        """As-of day of each run."""
        return tuple(run.day for run in self.runs)

    @property
    def is_calm(self) -> bool:
        """Whether the source systems behave in every run."""
        return not any(run.incident for run in self.runs)

    @property
    def label(self) -> str:
        """Scenario, with the seed where that is not the visible one."""
        return label_of(self.scenario, self.dials)


def label_of(scenario: str, dials: Dials) -> str:
    """A scenario, with the seed where that is not the visible one."""
    return f"{scenario} {dials.seed}" if scenario == "holdout" else scenario


Golds = Mapping[int, Mapping[Runs, Gold]]
"""Seed -> runs of the solution -> their gold."""


def read_golds(folders: Mapping[int, Mapping[Runs, Path]]) -> Golds:
    """Gold by seed and runs, from the folders that hold it."""
    return {seed: {runs: _gold(folder) for runs, folder in some.items()} for seed, some in folders.items()}


@lru_cache(maxsize=64)
def _gold(folder: Path) -> Gold:
    return read_gold(folder)


def find_golds(tasks: Sequence[Task], runtime: ForkRuntime, seeds: Collection[int] | None = None) -> Golds:
    """Gold of every run that some tasks of one solution score; built where it is not stored.

    Args:
        tasks: The tasks.
        runtime: Where the solution runs.
        seeds: Only these; None = all.

    Raises:
        GoldBrokenError: The solution fails.
    """
    wanted: dict[int, set[Runs]] = {}
    for scenario, dials in scored_runs(tasks):
        if seeds is None or dials.seed in seeds:
            wanted.setdefault(dials.seed, set()).update(_gold_of(scenario))
            if any(task.faults is not None for task in tasks):
                wanted[dials.seed].update(data.runs for data in data_to_test(scenario, dials))
    task = tasks[0]
    return {
        seed: get_gold(task, task.world.spec.dials(seed), sorted(runs), runtime, no_timer)
        for seed, runs in wanted.items()
    }


@contextmanager
def open_states(tasks: Sequence[Task], golds: Golds) -> Iterator[list[RunState]]:
    """Every run that some tasks of one solution score, with its gold; visible data first, then the holdout seeds.

    A scenario that ends on the gold of another one after more runs (a rerun) is a state of its own: models that depend
    on the run before can tell the two apart.
    """
    world = tasks[0].world
    watches = watch_tables({task.id: task.scored_tables for task in tasks})
    known = dict(world.tables)
    for task in tasks:
        known |= task.spec.tables
    states = []
    with ExitStack() as stack:
        for scenario, dials in scored_runs(tasks):
            gold = golds[dials.seed][scenario.gold_runs]
            now = clock_environment(world.pinned_now(replace(dials, day=scenario.runs[-1].day)))["PINNED_NOW"]
            database = stack.enter_context(GoldDatabase(gold, now, watches, known, len(scenario.runs)))
            previous = golds[dials.seed].get(scenario.gold_before)
            scoring = frozenset(task.id for task in tasks if scenario.name in task.spec.scenarios)
            states.append(
                RunState(scenario.name, dials, scenario.runs, scenario.gold_runs, gold, previous, database, scoring)
            )
        yield states


def _gold_of(scenario: Scenario) -> set[Runs]:
    """The runs of the solution whose gold a state has."""
    return {scenario.gold_runs, *([scenario.gold_before] if scenario.gold_before else [])}


def runs_that_passed(tasks: Sequence[Task], golds: Mapping[Runs, Gold], pipeline: str) -> set[Runs]:
    """Runs in which the data tests of a solution need not be run once more.

    They passed while it built gold, or the tasks are about data tests, which are tried on gold by themselves. Gold that
    another solution built, which differs in its data tests, says nothing about them.

    Args:
        tasks: Tasks of one solution.
        golds: Its runs on one seed, and their gold.
        pipeline: Hash of the solution, as `Gold.pipeline`.
    """
    are_tried = all(task.faults is not None for task in tasks)
    passed = [runs for runs, gold in golds.items() if are_tried or gold.pipeline == pipeline]
    return {runs[:n] for runs in passed for n in range(1, len(runs) + 1)}


def data_to_test(scenario: Scenario, dials: Dials) -> tuple[RightData, ...]:
    """The right data on which the data tests of a `data_tests` task are proven, for a scenario on one seed."""
    return proven_data(scenario, dials, is_next_day=dials.seed == HOLDOUT_SEEDS[0])


def scored_runs(tasks: Sequence[Task]) -> list[tuple[Scenario, Dials]]:
    """Scenarios that some tasks of one world score, each with the seeds on which it is tried."""
    spec = tasks[0].world.spec
    chosen = in_order(name for task in tasks for name in task.spec.scenarios)
    # A second day tells more than a rerun, and costs the same.
    ordered = sorted(chosen, key=lambda found: (found.seed != "visible", len(found.runs), -len(found.gold_runs)))
    return [
        (scenario, spec.dials(seed))
        for scenario in ordered
        for seed in ((spec.visible_seed,) if scenario.seed == "visible" else HOLDOUT_SEEDS)
    ]
