"""Running a whole pipeline (load, dbt build) day after day in one warehouse, each prefix of runs once."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.errors import SubmissionError
from benchmark.files import is_plain_folder
from benchmark.generator_parameters import Dials
from benchmark.held_folders import neutral_name
from benchmark.hostile_tree import remove_tree
from benchmark.scorecard import StepResult
from benchmark.world import World
from evaluators.pipeline.exports import export_apart
from evaluators.pipeline.kept_builds import BUILT, LOADED, KeptBuild, KeptBuilds
from evaluators.pipeline.kept_loads import KeptLoads
from evaluators.pipeline.loads import WAREHOUSE, WORKSPACE, Loads, Timer, step_name
from evaluators.pipeline.parsed_projects import lay_parse
from evaluators.pipeline.partial_builds import GivenRelations, PartialBuilds, Remainder
from evaluators.pipeline.workspace_copies import WorkspaceCopies
from evaluators.scenarios import PipelineRun, Runs
from runtime.interface import ChildRequest, ChildResult, Limits, Runtime
from runtime.jobs.build import BUILD, BUILD_TABLES
from runtime.jobs.schemas import checked

BUILD_LIMITS = Limits(wall_seconds=600)
EXPORT_LIMITS = Limits(wall_seconds=300)
OUTPUT, GIVEN = "/output", "/given"
"""How the inside of a sandbox calls the folders for exported tables, and of relations that are not built."""


@dataclass(frozen=True)
class PipelineState:
    """What a pipeline left after its runs."""

    folder: Path
    """The workspace: `el/`, `dbt/`, the warehouse."""
    steps: tuple[StepResult, ...]
    relations: dict[str, dict[str, Any]]
    """`schema.identifier` -> `path`, `type`, `parents`, from dbt's manifest of the last build."""
    n_runs: int
    graph: Any = None
    """What `runtime.jobs.graph` took from the manifest in the submission's process; None = nothing was built."""
    loaded: Path | None = None
    """The workspace between the last run's load and its build; None = it was not kept."""
    definitions: Any = None
    """What Dagster definitions said of themselves in the last run (see `runtime.jobs.orchestrate`)."""


class BuildResult(NamedTuple):
    """How a build went; what is known of its project is as in `PipelineState`."""

    step: StepResult
    relations: dict[str, dict[str, Any]] = {}  # noqa: RUF012 - a named tuple has no factories; nobody changes it
    graph: Any = None
    statuses: dict[str, str] = {}  # noqa: RUF012 - the same
    """Node of dbt -> how it ended."""
    is_complete: bool = False
    """Whether dbt came to its end, however its nodes ended."""


class PipelineChain:
    """Runs one project on the data of one seed."""

    def __init__(
        self,
        project: Path,
        world: World,
        dials: Dials,
        runtime: Runtime,
        folder: Path,
        logs: Path,
        timer: Timer,
        *,
        keeps_loads: bool = False,
        copies: WorkspaceCopies | None = None,
        kept: KeptLoads | None = None,
        builds: KeptBuilds | None = None,
        command_of: Callable[[Runs], Sequence[str]] = lambda _runs: BUILD,
        is_ours: bool = False,
    ) -> None:
        """Nothing starts yet.

        Args:
            project: The pipeline (`el/`, `dbt/`); only read.
            world: Its world.
            dials: Seed and days; the day is set by each run.
            runtime: Where loads and builds run.
            folder: For workspaces and source systems; removed by the caller.
            logs: For the logs of loads and builds.
            timer: Receives wall times.
            keeps_loads: Whether states have a copy of the workspace between load and build.
            copies: Makes the workspaces; chains of one evaluation share it. None = one of its own.
            kept: Loads of the solution, taken over where the project loads in the same way; None = those of `builds`.
            builds: Runs of the solution, taken over as far as the project is the solution; None = every build is done.
            command_of: What dbt is called with after the last of some runs' loads.
            is_ours: Whether the project is its author's, such as a start, and may be given the solution's parse. To a
                submission the solution is hidden.
        """
        self._is_ours = is_ours
        self._copies = copies or WorkspaceCopies()
        self._keeps_loads = keeps_loads
        self._project = project
        self._world = world
        self._dials = dials
        self._runtime = runtime
        self._folder = folder
        self._logs = logs
        self._timer = timer
        self._states: dict[Runs, PipelineState] = {}
        self._labels: dict[Path, str] = {}
        """Workspace -> its name in the names of logs; sandboxes see the workspace's own name."""
        self._kept = kept or (builds.loads if builds else None)
        self._builds = builds
        self._command_of = command_of
        self._is_solution = builds is not None and builds.is_solution(project)
        self._in_part: set[Runs] = set()
        """Runs of which only what differs from the solution was built."""
        self._partial = (
            PartialBuilds(project, builds, logs / "comparison.log")
            if builds is not None and not self._is_solution
            else None
        )
        self._loads = Loads(world, dials, runtime, folder / "systems", timer)
        self._lock = threading.Lock()
        """Held while what is given is prepared: rebuilds ask for it from several threads."""

    @contextmanager
    def started(self) -> Iterator[PipelineChain]:
        """Source systems start with the first run that needs them; they are stopped at the end."""
        try:
            yield self
        finally:
            self.stop_systems()

    def stop_systems(self) -> None:
        """End them before the end; another run would start them again."""
        self._loads.stop()
        for kept in (self._kept, self._builds):
            if kept is not None:
                kept.stop()

    def state(self, runs: Runs) -> PipelineState:
        """The pipeline after these runs; what was run before is not run again.

        Quickest where one incident, and in it one day, comes after the other: then servers need no new start.
        """
        if runs not in self._states:
            previous = self.state(runs[:-1]) if runs[:-1] else None
            try:
                self._states[runs] = self._taken_run(runs, previous) or self._run(runs, previous)
            except SubmissionError as error:
                self._states[runs] = self._refused(runs, previous, error)
        return self._states[runs]

    def _refused(self, runs: Runs, previous: PipelineState | None, error: SubmissionError) -> PipelineState:
        """The state after a run that could not go on from what the one before it left: an empty workspace."""
        folder = self._folder / f"refused-{'-'.join(_label(run) for run in runs)}"
        folder.mkdir()
        step = StepResult(name=step_name("load", runs), status="failed", message=str(error))
        return PipelineState(folder, (*(previous.steps if previous else ()), step), {}, len(runs))

    def now_environment(self, day: int) -> dict[str, str]:
        """The pinned clock of an as-of day."""
        return self._loads.now_environment(day)

    def _run(self, runs: Runs, previous: PipelineState | None) -> PipelineState:
        folder = self._new_folder(runs)
        self._copies.copy(previous.folder if previous else self._project, folder)
        if self._is_ours and self._builds and not previous:
            lay_parse(folder, self._runtime, self.now_environment(runs[-1].day), of=self._builds.project)
        loaded = folder.with_name(f"{folder.name}-loaded") if self._keeps_loads else None
        load, build = self.load_and_build(folder, runs, loaded, previous)
        done = previous.steps if previous else ()
        return PipelineState(folder, (*done, load, build.step), build.relations, len(runs), build.graph, loaded)

    def _build_partly(self, folder: Path, runs: Runs, loaded: Path) -> BuildResult | None:
        """Build only what differs from the solution; None = the whole project has to be built."""
        if self._partial is None:
            return None
        given = self._partial.give(runs, folder, self._pinned(runs))
        command = self._command_of(runs)
        result = self.build(folder, runs, [*command, *given.options], given) if given else None
        complete = self._partial.complete(runs, result, is_tested=command != BUILD_TABLES) if result else None
        if given:
            remove_tree(given.folder)
            self._note(
                folder, "build", f"Built as {' '.join(given.options)}; the rest was copied from the solution's run."
            )
            if complete is None:  # begin again with what the load left
                self._partial.refused = "a shorter build did not go as it has to"
                remove_tree(folder)
                self._copies.forget(folder)
                self._copies.copy(loaded, folder)
        if self._partial.refused:
            self._note(folder, "build", f"The whole project is built: {self._partial.refused}.")
        if complete:
            self._in_part.add(runs)
        return complete

    def given(self, runs: Runs, folder: Path, replaced: Collection[str]) -> GivenRelations | None:
        """What need not be built when a run is built again in another workspace; None = everything is built.

        Args:
            runs: The runs, the last of which was built in part.
            folder: The workspace.
            replaced: Relations that will hold other tables.
        """
        if self._partial is None or runs not in self._in_part or self._partial.is_copied(replaced):
            return None
        with self._lock:
            return self._partial.give(runs, folder, self._pinned(runs))

    def given_around(
        self, runs: Runs, folder: Path, replaced: Collection[str], wanted: Collection[str]
    ) -> GivenRelations | None:
        """What need not be built when relations hold what the solution's same runs gave them; None = see `given`.

        Args:
            runs: The runs, the last of which was built in part.
            folder: The workspace.
            replaced: The relations.
            wanted: Those that are looked at afterwards.
        """
        if self._partial is None or runs not in self._in_part:
            return None
        with self._lock:
            return self._partial.give_around(runs, folder, self._pinned(runs), replaced, wanted)

    def _note(self, folder: Path, step: str, text: str) -> None:
        """Write a line to a log."""
        path = self._logs / f"{self._label_of(folder)}-{step}.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            log.write(f"{text}\n")

    def _taken_run(self, runs: Runs, previous: PipelineState | None) -> PipelineState | None:
        """What the solution's run left, or left of it where models are taken away; None = it has to be done."""
        started = time.monotonic()
        taken: KeptBuild | Remainder | None = None
        if self._partial:
            taken = self._partial.remainder(runs, self._pinned(runs))
        elif self._builds and self._is_solution:
            taken = self._builds.get(runs)
        if taken is None:
            return None
        folder = self._new_folder(runs)
        loaded = folder.with_name(f"{folder.name}-loaded") if self._keeps_loads else None
        for workspace, which in ((folder, BUILT), (loaded, LOADED)):
            if workspace:
                self._copies.copy(self._project, workspace)
                taken.lay(which, workspace)
        kept = taken if isinstance(taken, KeptBuild) else taken.kept
        done = previous.steps if previous else ()
        what = "is the solution" if taken is kept else "is the solution without some models"
        self._note(folder, "build", f"The pipeline {what}: what its run left was copied ({kept.folder.name}).")
        self._timer("build", time.monotonic() - started)
        return PipelineState(folder, (*done, *kept.steps), kept.relations, len(runs), kept.graph, loaded)

    def _pinned(self, runs: Runs) -> str:
        return self.now_environment(runs[-1].day)["PINNED_NOW"]

    def _new_folder(self, runs: Runs) -> Path:
        label = "run-" + "-".join(_label(run) for run in runs)
        folder = self._folder / neutral_name(label)
        self._labels[folder] = label
        return folder

    def load_and_build(
        self, folder: Path, runs: Runs, loaded: Path | None, previous: PipelineState | None = None
    ) -> tuple[StepResult, BuildResult]:
        """Load and build in a workspace, as far as the cache does not hold for certain what comes of it.

        Args:
            folder: The workspace.
            runs: What was run in it, this run last.
            loaded: Receives a copy of the workspace between the two; None = there is none, and all is built.
            previous: Whose copy the workspace is; None = there is nothing to begin with again.
        """
        taken = self._take_load(folder, runs, previous)
        load = taken or self.load(folder, runs)
        if loaded:
            self._copies.copy(folder, loaded)
        build = self._build_partly(folder, runs, loaded) if taken and loaded else None
        return load, build or self.build(folder, runs)

    def _take_load(self, folder: Path, runs: Runs, previous: PipelineState | None) -> StepResult | None:
        """What the solution's load would bring, where it is certain that this one brings the same; None = load."""
        if self._kept is None or not self._kept.fits(folder):
            return None
        step = self._kept.take(folder, runs, self._runtime, self._load_log(folder))
        if step is None and previous:  # its warehouse may be half changed
            remove_tree(folder)
            self._copies.forget(folder)
            self._copies.copy(previous.folder, folder)
        return step

    def load(self, folder: Path, runs: Runs, connections: Sequence[str] | None = None) -> StepResult:
        """Load into the warehouse of a workspace; arguments as `Loads.load`."""
        return self._loads.load(folder, runs, self._load_log(folder, connections), connections)

    def build(
        self, folder: Path, runs: Runs, command: Sequence[str] | None = None, given: GivenRelations | None = None
    ) -> BuildResult:
        """Run dbt on the warehouse of a workspace.

        Args:
            folder: The workspace.
            runs: What was run in it, this run last.
            command: What dbt is called with; None = as the chain has it.
            given: What need not be built.
        """
        name = step_name("build", runs)
        project = folder / "dbt"
        if not is_plain_folder(project):
            return BuildResult(StepResult(name=name, status="failed", message="There is no folder dbt/."))
        clock = self.now_environment(runs[-1].day)
        request = ChildRequest(
            entry="runtime.jobs.build:run",
            arguments={
                "warehouse": f"../{WAREHOUSE}",
                "now": clock["PINNED_NOW"],
                "is_walled": self._runtime.has_walls,
                "command": list(command or self._command_of(runs)),
                **({"given": given.arguments} if given else {}),
            },
            directory=project,
            log_path=self._logs / f"{self._label_of(folder)}-build.log",
            environment={**clock, "WAREHOUSE_PATH": f"../{WAREHOUSE}"},
            limits=BUILD_LIMITS,
            writable={WORKSPACE: folder},
            readable={GIVEN: given.folder} if given else {},
        )
        result = checked(self._child(request, name), "build")
        if result.status != "ok":
            return BuildResult(StepResult(name=name, status=result.status, message=result.message))
        value = result.value
        message = value["error"] or "; ".join(value["failures"])
        step = StepResult(
            name=name,
            status="ok" if value["is_success"] else "failed",
            message="" if value["is_success"] else message,
            details={"nodes": value["counts"]},
        )
        return BuildResult(step, value["relations"], value.get("graph"), value["statuses"], not value["error"])

    def export(
        self,
        state: PipelineState,
        relations: list[str],
        output: Path,
        runtime: Runtime | None = None,
        log: Path | None = None,
    ) -> dict[str, str]:
        """Write relations of a state to Parquet; those that end the job of all are written by themselves.

        Args:
            state: What a pipeline left.
            relations: Names; empty = all.
            output: Folder for the files.
            runtime: Where it runs; None = where loads and builds run.
            log: Its log; None = one beside those of loads and builds.

        Returns:
            Relation -> why it cannot be read; one that was not built has no file and is not named.
        """
        log = log or self._logs / f"{self._label_of(state.folder)}-export.log"
        return export_apart(lambda tables: self._export(state, tables, output, runtime, log), relations)

    def _export(
        self, state: PipelineState, relations: list[str], output: Path, runtime: Runtime | None, log: Path
    ) -> dict[str, str]:
        project = state.folder / "dbt"
        is_there = is_plain_folder(project)
        request = ChildRequest(
            entry="runtime.jobs.export:run",
            arguments={
                "warehouse": f"../{WAREHOUSE}" if is_there else WAREHOUSE,
                "output": str(output.resolve()),
                "relations": relations,
            },
            directory=project if is_there else state.folder,  # where a view's relative path means what it meant to dbt
            log_path=log,
            limits=EXPORT_LIMITS,
            writable={WORKSPACE: state.folder, OUTPUT: output},
        )
        result = checked(self._child(request, "export", runtime), "export")
        if result.status != "ok":
            return dict.fromkeys(relations, result.message)
        unreadable: dict[str, str] = result.value["unreadable"]
        return unreadable

    def _load_log(self, folder: Path, connections: Sequence[str] | None = None) -> Path:
        suffix = f"-{'-'.join(connections)}" if connections else ""
        return self._logs / f"{self._label_of(folder)}-load{suffix}.log"

    def _label_of(self, folder: Path) -> str:
        return self._labels.get(folder, folder.name)

    def _child(self, request: ChildRequest, name: str, runtime: Runtime | None = None) -> ChildResult:
        result = (runtime or self._runtime).run(request)
        self._timer(name.split(" on ")[0], result.wall_seconds)
        return result


def _label(run: PipelineRun) -> str:
    """The part of a folder's name that stands for a run."""
    return f"{run.day}{run.incident and '_'}{re.sub('[^A-Za-z0-9]', '_', run.incident)}"
