"""Scenario `late`."""

from evaluators.scenarios.base import PipelineRun, Scenario


class Late(Scenario):
    """Runs on day 1 and day 2; some rows of a day more than a week before arrive on day 2 only.

    Gold is the solution, run on the same two days: it saw day 1 without those rows, as the submission did. Where tables
    keep no history of their own, that equals a fresh run of the solution on day 2; a test holds gold to that, too.
    """

    name = "late"
    question = "Is it right after rows that arrive more than a week late?"
    runs = (PipelineRun(1, "late"), PipelineRun(2, "late"))
    gold_runs = (PipelineRun(1, "late"), PipelineRun(2, "late"))
    gold_before = (PipelineRun(1, "late"),)
