"""Loads: source systems of one seed, brought to the day of a run, and a job that reads them into a warehouse."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from benchmark.generator_parameters import Dials
from benchmark.scorecard import StepResult
from benchmark.world import World
from evaluators.pipeline.source_systems import SystemsOfSeed
from evaluators.scenarios import PipelineRun, Runs
from runtime.dbt.clock import clock_environment
from runtime.interface import ChildRequest, Limits, Runtime
from runtime.jobs.schemas import checked

WAREHOUSE = "warehouse.duckdb"
LOAD_LIMITS = Limits(wall_seconds=300)
WORKSPACE, SOURCES = "/workspace", "/sources"
"""How the inside of a sandbox calls the workspace and the folders of source systems."""

Timer = Callable[[str, float], None]
"""Receives the name of a step and its wall time in seconds."""


def no_timer(_name: str, _seconds: float) -> None:
    """Stand for a timer where nobody asks how long it takes."""


class Loads:
    """Loads from the source systems of one seed, which start with the first load.

    Args:
        world: Their world.
        dials: Seed and days; the day is set by each run.
        runtime: Where loads run.
        folder: For the files of the source systems.
        timer: Receives wall times.
    """

    def __init__(self, world: World, dials: Dials, runtime: Runtime, folder: Path, timer: Timer) -> None:
        self._world = world
        self._dials = dials
        self._runtime = runtime
        self._timer = timer
        self._systems = SystemsOfSeed(world, dials, folder, runtime.network_pid)

    def stop(self) -> None:
        """End the source systems; another load would start them again."""
        self._systems.stop()

    def environment(self) -> dict[str, str]:
        """Variables that the connection files name."""
        return self._systems.environment

    def now_environment(self, day: int) -> dict[str, str]:
        """The pinned clock of an as-of day."""
        return clock_environment(self._world.pinned_now(replace(self._dials, day=day)))

    def bring_to(self, run: PipelineRun) -> None:
        """Bring the source systems to a run; they start where they do not run yet."""
        self._systems.bring_to(run)

    @property
    def ports(self) -> tuple[int, ...]:
        """Where they listen on loopback."""
        return self._systems.ports

    @property
    def folders(self) -> dict[str, Path]:
        """Path inside a sandbox -> drop folder."""
        return {f"{SOURCES}/{name}": Path(value) for name, value in self.environment().items() if name.endswith("_DIR")}

    def load(self, folder: Path, runs: Runs, log_path: Path, connections: Sequence[str] | None = None) -> StepResult:
        """Load into the warehouse of a workspace.

        Args:
            folder: The workspace.
            runs: What was run in it, this run last.
            log_path: For what the load says.
            connections: Names of those to load; None = all.
        """
        self.bring_to(runs[-1])
        name = step_name("load", runs)
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
            log_path=log_path,
            environment=clock,
            limits=LOAD_LIMITS,
            writable={WORKSPACE: folder},
            ports=self.ports,
            readable=self.folders,
        )
        child = self._runtime.run(request)
        self._timer("load", child.wall_seconds)
        result = checked(child, "load")
        if result.status != "ok":
            return StepResult(name=name, status=result.status, message=self.anonymous(result.message))
        is_ok = result.value["is_success"]
        return StepResult(
            name=name,
            status="ok" if is_ok else "failed",
            message=self.anonymous("; ".join(result.value["errors"])),
            details={"records": result.value["records"]},
        )

    def anonymous(self, message: str) -> str:
        """Ports and folders differ from run to run; a scorecard names the variables instead."""
        values = sorted(self.environment().items(), key=lambda item: (-len(item[1]), item[0]))
        for name, value in values:
            if name.endswith(("_PORT", "_URL", "_ENDPOINT", "_DIR")):
                message = message.replace(value, f"${{{name}}}")
        return message


def step_name(step: str, runs: Runs) -> str:
    """The name of the last run's load or build in a scorecard."""
    run = runs[-1]
    again = " again" if run.day in {earlier.day for earlier in runs[:-1]} else ""
    return f"{step} on day {run.day}{again}" + (f" ({run.incident})" if run.incident else "")
