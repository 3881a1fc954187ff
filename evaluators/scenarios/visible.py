"""Scenario `visible`."""

from evaluators.scenarios.base import Scenario, days


class Visible(Scenario):
    """One run on the data that the agent saw.

    Gold is the solution, run once on the same data: what a right pipeline makes of it.
    """

    name = "visible"
    question = "Is it right on the data that the agent saw?"
    runs = days(1)
    gold_runs = days(1)
