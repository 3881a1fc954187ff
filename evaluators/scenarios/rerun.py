"""Scenario `rerun`."""

from evaluators.scenarios.base import Scenario, days


class Rerun(Scenario):
    """Two runs over the same day.

    Gold is the solution, run *once*: a second run must change nothing, and whether the solution's own second run
    changes something is none of the submission's business.
    """

    name = "rerun"
    question = "Does a second run over the same day change nothing?"
    runs = days(1, 1)
    gold_runs = days(1)
    gold_before = days(1)
