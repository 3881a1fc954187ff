"""The ways of running a submission. A task lists those that it scores; docs/scenarios.md explains each."""

from evaluators.scenarios.base import PipelineRun, Runs, Scenario, days
from evaluators.scenarios.registry import SCENARIOS, applicable_scenarios, get_scenario, in_order

__all__ = ["SCENARIOS", "PipelineRun", "Runs", "Scenario", "applicable_scenarios", "days", "get_scenario", "in_order"]
