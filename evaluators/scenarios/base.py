"""What a scenario is: which data, which runs of the pipeline, and whose tables are gold."""

from abc import ABC
from typing import ClassVar, Literal, NamedTuple

from benchmark.stages import STAGES, Stage
from benchmark.tables import TableName, TableSpec
from benchmark.task import Task
from benchmark.world import World


class PipelineRun(NamedTuple):
    """One run of a pipeline: a load and a build."""

    day: int
    """As-of day of the source systems, from 1."""
    incident: str = ""
    """How they misbehave during the run: one of the world's incidents, or `package.module:NAME`; empty: not at all."""


Runs = tuple[PipelineRun, ...]
"""Runs one after the other, in one warehouse. Those that begin alike share their first runs."""


def days(*numbers: int) -> Runs:
    """Runs on normal days."""
    return tuple(PipelineRun(number) for number in numbers)


class Scenario(ABC):
    """One way of running a submission.

    A subclass says in its docstring what happens and why its gold is what it is. It sets the fields below and needs no
    methods.
    """

    name: ClassVar[str]
    """Letters, digits and underscores; `scenario_<name>` is its check in Dagster."""
    question: ClassVar[str]
    """What it finds out; one sentence for reports."""
    seed: ClassVar[Literal["visible", "holdout"]] = "visible"
    """Which data: what the agent saw, or data that it never saw."""
    runs: ClassVar[Runs]
    """How the submission is run."""
    gold_runs: ClassVar[Runs]
    """How the solution is run whose tables are gold."""
    stages: ClassVar[tuple[Stage, ...]] = STAGES
    """Stages whose tables are compared."""
    gold_before: ClassVar[Runs] = ()
    """Runs of the solution that stand for what was there before the last run: models that build upon themselves are
    tried alone upon these tables. Empty: nothing was there."""

    kinds: ClassVar[frozenset[str] | None] = None
    """Kinds of tasks that it is for; None = all."""

    def tables_of(self, task: Task) -> dict[TableName, TableSpec]:
        """The scored tables that are compared."""
        return {name: spec for name, spec in task.scored_tables.items() if spec.stage in self.stages}

    def applies_to(self, task: Task) -> bool:
        """Whether a task can be run in this scenario, scored or not; of data tests, those of one run alone can."""
        if self.kinds is not None and task.spec.kind not in self.kinds:
            return False
        if task.faults is not None:
            return self.name in task.spec.scenarios
        return not self.missing_incidents(task.world)

    def missing_incidents(self, world: World) -> list[str]:
        """Incidents that the scenario needs and the world's source systems do not know, sorted."""
        needed = {run.incident for run in (*self.runs, *self.gold_runs, *self.gold_before) if run.incident}
        named = sorted(name for name in needed if ":" not in name)
        if not named:
            return []
        from sources.registry import sources_of

        known = sources_of(world.spec, world.folder).incidents
        return [name for name in named if name not in known]
