"""Scenario `faults`."""

from evaluators.scenarios.base import PipelineRun, Scenario, days


class Faults(Scenario):
    """A normal run on day 1; on day 2 one while the sources fail, and another one when they have recovered.

    Gold is the solution, run on the same two days *without* any fault: what happened in the world is the same, so the
    tables must be the same once the pipeline had its chance. The first run on day 2 may fail, in part or as a whole;
    nothing is compared after it.
    """

    name = "faults"
    question = "Does it recover when sources fail, deliver twice, or deliver in part?"
    runs = (PipelineRun(1), PipelineRun(2, "faults"), PipelineRun(2, "recovered"))
    gold_runs = days(1, 2)
    gold_before = days(1)
