"""A pipeline that is run by its own Dagster definitions: the task kind `orchestrate`.

Every run starts jobs of the definitions in the submission's sandbox, on the source systems of the run's day. They load
and build as they see fit; nothing else does. What they leave in the warehouse is compared like that of any pipeline.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmark.border import cut_text
from benchmark.generator_parameters import Dials
from benchmark.held_folders import neutral_name
from benchmark.orchestration import OrchestrationSpec
from benchmark.scorecard import StepResult
from benchmark.task import Task
from benchmark.world import World
from evaluators.pipeline.loads import WAREHOUSE, WORKSPACE, step_name
from evaluators.pipeline.runner import PipelineChain, PipelineState
from evaluators.scenarios import Runs
from runtime.interface import ChildRequest, Limits
from runtime.jobs.schemas import checked
from runtime.steps import WALLED

LIMITS = Limits(wall_seconds=900)
"""For all jobs of one run of the pipeline."""
MAX_MESSAGE = 2_000
MAX_EVENTS = 200
"""What became of so many steps is kept."""

Jobs = list[tuple[str, list[str]]]
"""Names of jobs in the order of their starts, each with the partition keys for which it is started."""


class OrchestratedChain(PipelineChain):
    """As `PipelineChain`, for a task whose definitions load and build. No short way is taken."""

    def __init__(self, task: Task, project: Any, dials: Dials, *arguments: Any, **options: Any) -> None:
        """Nothing starts yet.

        Args:
            task: Says which jobs are started.
            project: As `PipelineChain`, like the others.
            dials: Seed and days.
            arguments: Runtime, folder, logs, timer.
            options: `copies`.
        """
        super().__init__(project, task.world, dials, *arguments, **options)
        assert task.spec.orchestration is not None, "only orchestrate tasks have definitions"
        self.spec: OrchestrationSpec = task.spec.orchestration

    def described(self, day: int) -> Any:
        """What the definitions say of themselves while no source system runs; as `PipelineState.definitions`.

        Args:
            day: As-of day of the pinned clock.

        Returns:
            None where they gave no answer.
        """
        folder = self._folder / neutral_name("described")
        self._copies.copy(self._project, folder)
        result = checked(self._child(self._request(folder, day, jobs=[], variables={}), "definitions"), "orchestrate")
        return result.value if result.status == "ok" else None

    def _run(self, runs: Runs, previous: PipelineState | None) -> PipelineState:
        folder = self._new_folder(runs)
        self._copies.copy(previous.folder if previous else self._project, folder)
        self._loads.bring_to(runs[-1])
        day = runs[-1].day
        name = step_name("jobs", runs)
        jobs = jobs_of_run(self.spec, self._world, self._dials, day)
        request = replace(
            self._request(folder, day, jobs, self._loads.environment()),
            ports=self._loads.ports,
            readable=self._loads.folders,
        )
        result = checked(self._child(request, name), "orchestrate")
        said = result.value if result.status == "ok" else None
        message = (said["error"] or "; ".join(_failures(said["runs"]))) if said else result.message
        step = StepResult(
            name=name,
            status="failed" if said and message else result.status,
            message=cut_text(self._loads.anonymous(message), MAX_MESSAGE),
            details={"steps": [f"{step} {what}" for step, what in said["events"][:MAX_EVENTS]]} if said else {},
        )
        done = previous.steps if previous else ()
        return PipelineState(folder, (*done, step), {}, len(runs), definitions=said)

    def _request(self, folder: Path, day: int, jobs: Jobs, variables: Mapping[str, str]) -> ChildRequest:
        """A process that loads the definitions of a workspace and starts jobs of them; it reaches no source system yet.

        Args:
            folder: The workspace.
            day: As-of day of the pinned clock.
            jobs: The jobs.
            variables: Those of the source systems; none where they do not run.
        """
        environment = {**self.now_environment(day), **variables, "WAREHOUSE_PATH": f"../{WAREHOUSE}"}
        if self._runtime.has_walls:
            environment[WALLED] = "1"
        return ChildRequest(
            entry="runtime.jobs.orchestrate:run",
            arguments={"jobs": jobs},
            directory=folder,
            log_path=self._logs / f"{self._label_of(folder)}-jobs.log",
            environment=environment,
            limits=LIMITS,
            writable={WORKSPACE: folder},
        )


def jobs_of_run(spec: OrchestrationSpec, world: World, dials: Dials, day: int) -> Jobs:
    """The jobs that a run starts, each with the partition keys for which it is started, in their order."""
    start = world.spec.start_date
    dates = [(start + timedelta(days=n)).isoformat() for n in range(dials.days + day - 1)]
    keys = {"none": [], "day": dates[-1:], "history": dates}
    return [(job.name, keys[job.partitions]) for job in spec.jobs]


def _failures(dagster_runs: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A sentence for each job and partition that failed."""
    for result in dagster_runs:
        if not result["is_success"]:
            which = f"{result['job']} {result['partition']}".rstrip()
            yield f"{which}: {'; '.join(result['failures']) or 'it failed'}"
