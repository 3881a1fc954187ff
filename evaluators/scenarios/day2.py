"""Scenario `day2`."""

from evaluators.scenarios.base import Scenario, days


class Day2(Scenario):
    """A run on day 1, and one on day 2 with its new, changed, deleted and late rows.

    Gold is the solution, run on the same two days. Not a fresh run on day 2: tables may remember what the sources have
    forgotten (deleted rows, first values, earlier versions), and only who was there on day 1 can know it.
    """

    name = "day2"
    question = "Is it right after new, changed, deleted and late rows?"
    runs = days(1, 2)
    gold_runs = days(1, 2)
    gold_before = days(1)
