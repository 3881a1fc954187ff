"""The ways of running a submission. A task lists those that it scores.

A scenario is a seed and the as-of days on which the pipeline is run, one after the other, in one warehouse. Its gold
is the solution, run on the same data on `gold_days`.
"""

from dataclasses import dataclass
from typing import Literal

from benchmark.errors import UnknownNameError


@dataclass(frozen=True)
class Scenario:
    """One way of running a submission."""

    name: str
    seed: Literal["visible", "holdout"]
    """Which data: what the agent saw, or data that it never saw."""
    days: tuple[int, ...]
    """As-of day of each run of the pipeline, in order."""
    gold_days: tuple[int, ...]
    """The same for the solution whose tables are gold."""
    question: str
    """What it finds out; one sentence for reports."""


SCENARIOS: dict[str, Scenario] = {
    scenario.name: scenario
    for scenario in (
        Scenario("visible", "visible", (1,), (1,), "Is it right on the data that the agent saw?"),
        Scenario("holdout", "holdout", (1,), (1,), "Is it right on data that the agent never saw?"),
        Scenario("rerun", "visible", (1, 1), (1,), "Does a second run over the same day change nothing?"),
        Scenario("day2", "visible", (1, 2), (1, 2), "Is it right after new, changed, deleted and late rows?"),
    )
}
"""Every scenario by name, in the order in which they run."""


def get_scenario(name: str) -> Scenario:
    """The scenario of this name; an unknown one is an `UnknownNameError`."""
    if name not in SCENARIOS:
        raise UnknownNameError("scenario", name, list(SCENARIOS))
    return SCENARIOS[name]


def in_order(names: tuple[str, ...]) -> list[Scenario]:
    """Scenarios of these names, in the order in which they run."""
    chosen = [get_scenario(name) for name in names]
    return [scenario for scenario in SCENARIOS.values() if scenario in chosen]
