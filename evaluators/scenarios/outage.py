"""Scenario `outage`."""

from evaluators.scenarios.base import PipelineRun, Scenario, days


class Outage(Scenario):
    """A normal run on day 1; on day 2 the HTTP APIs refuse the first two loads, and nobody starts the run again.

    Gold is the solution, run on the same two days without an outage: what happened in the world is the same, and a
    definition that tries a failed load again gets it.
    """

    name = "outage"
    question = "Does it try again what failed at first?"
    kinds = frozenset({"orchestrate"})
    runs = (PipelineRun(1), PipelineRun(2, "outage"))
    gold_runs = days(1, 2)
    gold_before = days(1)
