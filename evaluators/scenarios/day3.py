"""Scenario `day3`."""

from evaluators.scenarios.base import Scenario, days


class Day3(Scenario):
    """Runs on day 1, day 2 and day 3.

    Gold is the solution, run on the same three days. What a table remembers from run to run is wrong in some pipelines
    from the third run on only: one that compares with the first run instead of the last, or forgets what the second
    one kept.
    """

    name = "day3"
    question = "Does what it remembers hold over a third day?"
    runs = days(1, 2, 3)
    gold_runs = days(1, 2, 3)
    gold_before = days(1, 2)
