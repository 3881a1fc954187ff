"""Scenario `holdout`."""

from evaluators.scenarios.base import Scenario, days


class Holdout(Scenario):
    """One run on data of another seed, which nobody knew while the agent worked.

    Gold is the solution, run once on the same data. Results that were copied, and constants that were read off the
    visible data, are wrong here.
    """

    name = "holdout"
    question = "Is it right on data that the agent never saw?"
    seed = "holdout"
    runs = days(1)
    gold_runs = days(1)
