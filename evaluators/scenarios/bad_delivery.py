"""Scenario `bad_delivery`."""

from evaluators.scenarios.base import PipelineRun, Scenario, days


class BadDelivery(Scenario):
    """A normal run on day 1; on day 2 the sources deliver rows that a data test of the pipeline refuses.

    Gold is the solution, run on day 1 alone: what failed a check does not reach the marts, and all of
    them stay as they were. Other tables are not compared.
    """

    name = "bad_delivery"
    question = "Do the marts keep the last good state when a data test fails?"
    kinds = frozenset({"orchestrate"})
    stages = ("marts",)
    runs = (PipelineRun(1), PipelineRun(2, "spoiled"))
    gold_runs = days(1)
    gold_before = days(1)
