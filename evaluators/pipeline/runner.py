"""Running a whole pipeline (load, dbt build) day after day in one warehouse, each prefix of runs once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmark.errors import SubmissionError
from benchmark.files import is_plain_folder
from benchmark.generator_parameters import Dials
from benchmark.held_folders import neutral_name
from benchmark.scorecard import StepResult
from benchmark.world import World
from evaluators.pipeline.source_systems import SystemsOfSeed
from evaluators.pipeline.workspace_copies import WorkspaceCopies
from evaluators.scenarios import PipelineRun, Runs
from runtime.dbt.clock import clock_environment
from runtime.interface import ChildRequest, ChildResult, Limits, Runtime
from runtime.jobs.schemas import checked

WAREHOUSE = "warehouse.duckdb"
LOAD_LIMITS = Limits(wall_seconds=300)
BUILD_LIMITS = Limits(wall_seconds=600)
EXPORT_LIMITS = Limits(wall_seconds=300)
WORKSPACE, OUTPUT, SOURCES = "/workspace", "/output", "/sources"
"""How the inside of a sandbox calls the folders that it is given."""

Timer = Callable[[str, float], None]
"""Receives the name of a step and its wall time in seconds."""


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
        """
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
        self._systems = SystemsOfSeed(world, dials, folder / "systems", runtime.network_pid)

    @contextmanager
    def started(self) -> Iterator[PipelineChain]:
        """Source systems start with the first run that needs them; they are stopped at the end."""
        try:
            yield self
        finally:
            self._systems.stop()

    def start_systems(self, run: PipelineRun) -> None:
        """Start the source systems for the first run ahead, on another thread perhaps; nothing else may use them then.

        Raises:
            SourceSystemError: One does not start.
        """
        self._systems.start_ahead(run)

    def stop_systems(self) -> None:
        """End them before the end; another run would start them again."""
        self._systems.stop()

    def environment(self) -> dict[str, str]:
        """Variables that the connection files name."""
        return self._systems.environment

    def state(self, runs: Runs) -> PipelineState:
        """The pipeline after these runs; what was run before is not run again.

        Quickest where one incident, and in it one day, comes after the other: then servers need no new start.
        """
        if runs not in self._states:
            previous = self.state(runs[:-1]) if runs[:-1] else None
            try:
                self._states[runs] = self._run(runs, previous)
            except SubmissionError as error:
                self._states[runs] = self._refused(runs, previous, error)
        return self._states[runs]

    def _refused(self, runs: Runs, previous: PipelineState | None, error: SubmissionError) -> PipelineState:
        """The state after a run that could not go on from what the one before it left: an empty workspace."""
        folder = self._folder / f"refused-{'-'.join(_label(run) for run in runs)}"
        folder.mkdir()
        step = StepResult(name=_step_name("load", runs), status="failed", message=str(error))
        return PipelineState(folder, (*(previous.steps if previous else ()), step), {}, len(runs))

    def now_environment(self, day: int) -> dict[str, str]:
        """The pinned clock of an as-of day."""
        return clock_environment(self._world.pinned_now(replace(self._dials, day=day)))

    def _run(self, runs: Runs, previous: PipelineState | None) -> PipelineState:
        label = "run-" + "-".join(_label(run) for run in runs)
        folder = self._folder / neutral_name(label)
        self._labels[folder] = label
        self._copies.copy(previous.folder if previous else self._project, folder)
        load = self.load(folder, runs)
        loaded = folder.with_name(f"{folder.name}-loaded") if self._keeps_loads else None
        if loaded:
            self._copies.copy(folder, loaded)
        build, relations, graph = self.build(folder, runs)
        done = previous.steps if previous else ()
        return PipelineState(folder, (*done, load, build), relations, len(runs), graph, loaded)

    def load(self, folder: Path, runs: Runs, connections: Sequence[str] | None = None) -> StepResult:
        """Load into the warehouse of a workspace.

        Args:
            folder: The workspace.
            runs: What was run in it, this run last.
            connections: Names of those to load; None = all.
        """
        self._systems.bring_to(runs[-1])
        name = _step_name("load", runs)
        clock = self.now_environment(runs[-1].day)
        request = ChildRequest(
            entry="runtime.jobs.load:run",
            arguments={
                "warehouse": WAREHOUSE,
                "el": "el",
                "now": clock["PINNED_NOW"],
                "environment": self.environment(),
                "connections": connections,
            },
            directory=folder,
            log_path=self._logs / f"{self._label_of(folder)}-load{_suffix(connections)}.log",
            environment=clock,
            limits=LOAD_LIMITS,
            writable={WORKSPACE: folder},
            ports=self._systems.ports,
            readable={
                f"{SOURCES}/{name}": Path(value) for name, value in self.environment().items() if name.endswith("_DIR")
            },
        )
        result = checked(self._child(request, name), "load")
        if result.status != "ok":
            return StepResult(name=name, status=result.status, message=self._anonymous(result.message))
        is_ok = result.value["is_success"]
        return StepResult(
            name=name,
            status="ok" if is_ok else "failed",
            message=self._anonymous("; ".join(result.value["errors"])),
            details={"records": result.value["records"]},
        )

    def _anonymous(self, message: str) -> str:
        """Ports and folders differ from run to run; a scorecard names the variables instead."""
        values = sorted(self.environment().items(), key=lambda item: (-len(item[1]), item[0]))
        for name, value in values:
            if name.endswith(("_PORT", "_URL", "_DIR")):
                message = message.replace(value, f"${{{name}}}")
        return message

    def build(
        self, folder: Path, runs: Runs, command: Sequence[str] | None = None
    ) -> tuple[StepResult, dict[str, dict[str, Any]], Any]:
        """Run dbt on the warehouse of a workspace; arguments as `load`, `command` is what dbt is called with.

        Returns:
            How it went, and `relations` and `graph` of `PipelineState`.
        """
        name = _step_name("build", runs)
        project = folder / "dbt"
        if not is_plain_folder(project):
            return StepResult(name=name, status="failed", message="There is no folder dbt/."), {}, None
        clock = self.now_environment(runs[-1].day)
        request = ChildRequest(
            entry="runtime.jobs.build:run",
            arguments={
                "warehouse": f"../{WAREHOUSE}",
                "now": clock["PINNED_NOW"],
                "is_walled": self._runtime.has_walls,
                **({"command": list(command)} if command else {}),
            },
            directory=project,
            log_path=self._logs / f"{self._label_of(folder)}-build.log",
            environment={**clock, "WAREHOUSE_PATH": f"../{WAREHOUSE}"},
            limits=BUILD_LIMITS,
            writable={WORKSPACE: folder},
        )
        result = checked(self._child(request, name), "build")
        if result.status != "ok":
            return StepResult(name=name, status=result.status, message=result.message), {}, None
        value = result.value
        message = value["error"] or "; ".join(value["failures"])
        step = StepResult(
            name=name,
            status="ok" if value["is_success"] else "failed",
            message="" if value["is_success"] else message,
            details={"nodes": value["counts"]},
        )
        return step, value["relations"], value.get("graph")

    def export(
        self, state: PipelineState, relations: list[str], output: Path, runtime: Runtime | None = None
    ) -> dict[str, str]:
        """Write relations of a state to Parquet.

        Args:
            state: What a pipeline left.
            relations: Names; empty = all.
            output: Folder for the files.
            runtime: Where it runs; None = where loads and builds run.

        Returns:
            Relation -> why it cannot be read; one that was not built has no file and is not named.
        """
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
            log_path=self._logs / f"{self._label_of(state.folder)}-export.log",
            limits=EXPORT_LIMITS,
            writable={WORKSPACE: state.folder, OUTPUT: output},
        )
        result = checked(self._child(request, "export", runtime), "export")
        if result.status != "ok":
            return dict.fromkeys(relations, result.message)
        unreadable: dict[str, str] = result.value["unreadable"]
        return unreadable

    def _label_of(self, folder: Path) -> str:
        return self._labels.get(folder, folder.name)

    def _child(self, request: ChildRequest, name: str, runtime: Runtime | None = None) -> ChildResult:
        result = (runtime or self._runtime).run(request)
        self._timer(name.split(" on ")[0], result.wall_seconds)
        return result


def _suffix(connections: Sequence[str] | None) -> str:
    return f"-{'-'.join(connections)}" if connections else ""


def _label(run: PipelineRun) -> str:
    """The part of a folder's name that stands for a run."""
    return f"{run.day}{run.incident and '_'}{re.sub('[^A-Za-z0-9]', '_', run.incident)}"


def _step_name(step: str, runs: Runs) -> str:
    run = runs[-1]
    again = " again" if run.day in {earlier.day for earlier in runs[:-1]} else ""
    return f"{step} on day {run.day}{again}" + (f" ({run.incident})" if run.incident else "")
