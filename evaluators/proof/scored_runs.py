"""The runs on whose data mutants are tried: those of the scenarios that a task scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import NamedTuple

from benchmark.generator_parameters import Dials
from benchmark.task import Task
from evaluators.pipeline.gold import Gold, get_gold
from evaluators.proof.gold_database import GoldDatabase
from evaluators.scenarios.base import Runs, Scenario
from evaluators.scenarios.registry import in_order
from runtime.dbt.clock import clock_environment
from runtime.fork_client import ForkRuntime

HOLDOUT_SEEDS = (101, 202, 303)
"""Stand for every seed that an agent does not see."""


class RunState(NamedTuple):
    """Runs of the pipeline on one seed, and the gold that they must equal."""

    scenario: str
    dials: Dials
    runs: Runs
    gold_runs: Runs
    gold: Gold
    previous: Gold | None
    """Gold of the run before; None for a first run."""
    database: GoldDatabase

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
        return f"{self.scenario} {self.dials.seed}" if self.scenario == "holdout" else self.scenario


@contextmanager
def open_states(task: Task, runtime: ForkRuntime) -> Iterator[list[RunState]]:
    """Gold of every run that the task scores, loaded; visible data first, then the holdout seeds.

    A scenario that ends on the gold of another one after more runs (a rerun) is a state of its own: models that depend
    on the run before can tell the two apart.
    """
    states = []
    with ExitStack() as stack:
        for scenario, dials in _runs(task):
            wanted = sorted({scenario.gold_runs, *([scenario.gold_before] if scenario.gold_before else [])})
            golds = get_gold(task, dials, wanted, runtime, lambda _name, _seconds: None)
            gold = golds[scenario.gold_runs]
            now = clock_environment(task.world.pinned_now(replace(dials, day=scenario.runs[-1].day)))["PINNED_NOW"]
            known = task.world.tables | task.spec.tables
            database = stack.enter_context(GoldDatabase(gold, now, task.scored_tables, known, len(scenario.runs)))
            previous = golds.get(scenario.gold_before)
            states.append(RunState(scenario.name, dials, scenario.runs, scenario.gold_runs, gold, previous, database))
        yield states


def _runs(task: Task) -> Iterator[tuple[Scenario, Dials]]:
    spec = task.world.spec
    chosen = in_order(task.spec.scenarios)
    # A second day tells more than a rerun, and costs the same.
    for scenario in sorted(chosen, key=lambda found: (found.seed != "visible", len(found.runs), -len(found.gold_runs))):
        seeds: Sequence[int] = (spec.visible_seed,) if scenario.seed == "visible" else HOLDOUT_SEEDS
        for seed in seeds:
            yield scenario, spec.dials(seed)
