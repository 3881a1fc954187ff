"""The runs on whose data mutants are tried: those of the scenarios that a task scores."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import NamedTuple

from benchmark.dials import Dials
from benchmark.task import Task
from evaluators.gold import Gold, get_gold
from evaluators.pipeline import Days
from evaluators.proof.bench import Bench
from evaluators.scenarios import Scenario, in_order
from runtime.client import ForkRuntime
from runtime.clock import clock_environment

HOLDOUT_SEEDS = (101, 202, 303)
"""Stand for every seed that an agent does not see."""


class RunState(NamedTuple):
    """Runs of the pipeline on one seed, and the gold that they must equal."""

    scenario: str
    dials: Dials
    days: Days
    gold_days: Days
    gold: Gold
    previous: Gold | None
    """Gold of the run before; None for a first run."""
    bench: Bench

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
            wanted = sorted({scenario.gold_days, *([scenario.days[:-1]] if scenario.days[:-1] else [])})
            golds = get_gold(task, dials, wanted, runtime, lambda _name, _seconds: None)
            gold = golds[scenario.gold_days]
            now = clock_environment(task.world.pinned_now(replace(dials, day=scenario.days[-1])))["PINNED_NOW"]
            known = task.world.tables | task.spec.tables
            bench = stack.enter_context(Bench(gold, now, task.scored_tables, known, len(scenario.days)))
            previous = golds.get(scenario.days[:-1])
            states.append(RunState(scenario.name, dials, scenario.days, scenario.gold_days, gold, previous, bench))
        yield states


def _runs(task: Task) -> Iterator[tuple[Scenario, Dials]]:
    spec = task.world.spec
    chosen = in_order(task.spec.scenarios)
    # A second day tells more than a rerun, and costs the same.
    for scenario in sorted(chosen, key=lambda found: (found.seed != "visible", len(found.days), -len(found.gold_days))):
        seeds: Sequence[int] = (spec.visible_seed,) if scenario.seed == "visible" else HOLDOUT_SEEDS
        for seed in seeds:
            yield scenario, Dials(seed, spec.days)
