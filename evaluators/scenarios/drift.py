"""Scenario `drift`."""

from evaluators.scenarios.base import PipelineRun, Scenario, days


class Drift(Scenario):
    """A normal run on day 1; on day 2 sources gain columns, reorder them, and leave optional ones empty.

    Gold is the solution, run on the same sources in the same shape. Not the solution on the sources without drift: a
    value that is no longer sent is not known, so tables that show it, or fall back to another source for it, are right
    when they differ. New columns and another order change no figure; a test holds gold to that.
    """

    name = "drift"
    question = "Is it right when sources gain columns, reorder them, and leave optional ones empty?"
    runs = (PipelineRun(1), PipelineRun(2, "drift"))
    gold_runs = (PipelineRun(1), PipelineRun(2, "drift"))
    gold_before = days(1)
