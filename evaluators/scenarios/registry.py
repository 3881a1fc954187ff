"""Scenarios by short name or import path."""

import importlib
from collections.abc import Iterable

from benchmark.errors import LockgateError, UnknownNameError
from benchmark.task import Task
from evaluators.scenarios.base import Scenario

SCENARIOS: dict[str, str] = {
    "visible": "evaluators.scenarios.visible:Visible",
    "holdout": "evaluators.scenarios.holdout:Holdout",
    "rerun": "evaluators.scenarios.rerun:Rerun",
    "day2": "evaluators.scenarios.day2:Day2",
    "day3": "evaluators.scenarios.day3:Day3",
    "faults": "evaluators.scenarios.faults:Faults",
    "drift": "evaluators.scenarios.drift:Drift",
    "late": "evaluators.scenarios.late:Late",
    "outage": "evaluators.scenarios.outage:Outage",
    "bad_delivery": "evaluators.scenarios.bad_delivery:BadDelivery",
}
"""Short name -> `package.module:Class`, in the order of reports; the full form is accepted too, and comes last."""


def get_scenario(name: str) -> Scenario:
    """The scenario of a short name or an import path.

    Raises:
        UnknownNameError: Neither of them.
        LockgateError: The import path leads nowhere.
    """
    module_name, separator, class_name = SCENARIOS.get(name, name).partition(":")
    if not separator:
        raise UnknownNameError("scenario", name, list(SCENARIOS))
    try:
        scenario: Scenario = getattr(importlib.import_module(module_name), class_name)()
    except (ImportError, AttributeError) as error:
        raise LockgateError(f"Scenario '{name}' cannot be loaded: {error}. Give package.module:Class.") from error
    return scenario


def in_order(names: Iterable[str]) -> list[Scenario]:
    """Scenarios of these names, in the order of reports."""
    order = list(SCENARIOS)
    chosen = sorted(dict.fromkeys(names), key=lambda name: order.index(name) if name in order else len(order))
    return [get_scenario(name) for name in chosen]


def applicable_scenarios(task: Task) -> list[Scenario]:
    """Every registered scenario in which a task can be run, and what it lists besides; scored or not."""
    return [scenario for scenario in in_order((*SCENARIOS, *task.spec.scenarios)) if scenario.applies_to(task)]
