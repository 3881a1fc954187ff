"""A world's own pipeline day after day, in folders that stay: day 2 builds on what day 1 left."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from authoring.built.dbt_results import NodeResult, read_results, remove_results
from benchmark.errors import LockgateError
from benchmark.file_tree import world_files
from benchmark.files import scratch_folder
from benchmark.generator_parameters import Dials
from benchmark.paths import home_dir
from benchmark.scorecard import ExpectationResult, StepResult
from benchmark.world import World
from evaluators.expectations.cached import check_suites
from evaluators.expectations.suite import read_suites
from evaluators.pipeline.loads import WAREHOUSE, WORKSPACE, no_timer
from evaluators.pipeline.runner import BUILD_LIMITS, PipelineChain, PipelineState
from evaluators.scenarios.base import days
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest

_BUILT = "built"
"""A file in the folder of a day whose whole pipeline went well, so that the next day may build on it."""


class KeptDays:
    """Loads and builds the project of a world on as-of days, each in the folder that the day before left.

    A context manager. Only one process works on the days of one seed: another one waits.

    Args:
        world: The world; its files are read at each step, as they are then.
        dials: Seed, days and scale; the day is given to each step.
        runtime: Where loads and builds run, as those of gold do.
        tell: Told when another process is waited for.
    """

    def __init__(self, world: World, dials: Dials, runtime: ForkRuntime, tell: Callable[[str], None]) -> None:
        self.world = world
        self.dials = dials
        self._runtime = runtime
        self._tell = tell
        self._open = ExitStack()
        self._begun: set[int] = set()
        """Days that were begun from the day before by this object."""
        self._chain: PipelineChain | None = None

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = self._open.enter_context((self.folder / ".lock").open("w"))
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._tell(f"Another run works on world {self.world.id} with this seed; this one waits for it.")
            fcntl.flock(lock, fcntl.LOCK_EX)
        scratch = self._open.enter_context(scratch_folder("world"))
        chain = PipelineChain(
            self.world.project_dir,
            self.world,
            self.dials,
            self._runtime,
            scratch,
            self.folder / "logs",
            no_timer,
        )
        self._chain = self._open.enter_context(chain.started())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._chain = None
        self._open.close()

    @property
    def folder(self) -> Path:
        """Everything of this world and seed."""
        dials, usual = self.dials, self.world.spec.dials()
        name = f"seed-{dials.seed}"
        name += "" if dials.scale == usual.scale else f"-scale-{dials.scale}"
        return home_dir() / "worlds" / self.world.id / name

    def day_folder(self, day: int) -> Path:
        """The workspace of a day: `el/`, `dbt/`, the warehouse."""
        return self.folder / f"day-{day}"

    def warehouse(self, day: int) -> Path:
        """The DuckDB file of a day."""
        return self.day_folder(day) / WAREHOUSE

    @property
    def logs(self) -> Path:
        """What loads and builds said."""
        return self.folder / "logs"

    def load(self, day: int, connections: Sequence[str], *, begins_day: bool) -> StepResult:
        """Load connections on a day.

        Args:
            day: The as-of day, from 1.
            connections: Their names; none = the given tables alone.
            begins_day: Whether every connection is loaded by this process: then the first of them begins with what the
                day before left. Otherwise the load goes into the warehouse as it is, as a second run on the day would.

        Raises:
            LockgateError: The day before is not there.
        """
        folder = self.day_folder(day)
        if not folder.is_dir() or (begins_day and day not in self._begun):
            self._begin(day)
        self._lay_project(folder)
        (folder / _BUILT).unlink(missing_ok=True)
        return self._started.load(folder, days(day), connections)

    def build(self, day: int, models: Collection[str] | None) -> tuple[NodeResult, ...]:
        """Run `dbt build` on a day.

        Args:
            day: The as-of day.
            models: Names in dbt of those to build; None = all.

        Raises:
            LockgateError: The day is not loaded, or dbt cannot read the project.
        """
        folder = self._loaded(day)
        selected = ["--select", *sorted(models)] if models is not None else []
        results = self._dbt(folder, day, ["build", "--exclude-resource-type", "unit_test", *selected])
        if not all(result.is_good for result in results if result.kind != "test"):
            (folder / _BUILT).unlink(missing_ok=True)
        elif models is None:
            (folder / _BUILT).touch()
        return results

    def test_sources(self, day: int) -> tuple[NodeResult, ...]:
        """Run the data tests of raw tables on a day; errors as `build`."""
        return self._dbt(self._loaded(day), day, ["test", "--select", "source:*", "--indirect-selection", "cautious"])

    def check_suites(self, day: int, tables: Collection[str]) -> tuple[ExpectationResult, ...]:
        """Run the expectation suites of tables on a day.

        Raises:
            LockgateError: The day is not loaded, or a suite is not valid.
        """
        folder = self._loaded(day)
        suites = [s for s in read_suites(self.world.expectations_dir, self.world.tables) if s.table in tables]
        with scratch_folder("expectations") as scratch:
            state = PipelineState(folder, (), {}, 1)
            unreadable = self._started.export(state, sorted(suite.table for suite in suites), scratch)
            log = self.logs / f"{folder.name}-expectations.log"
            return check_suites(suites, scratch, unreadable, self._runtime, log)

    @property
    def _started(self) -> PipelineChain:
        assert self._chain is not None, "use it as a context manager"
        return self._chain

    def _begin(self, day: int) -> None:
        """Make the folder of a day from what the day before left."""
        folder, before = self.day_folder(day), self.day_folder(day - 1)
        if day > 1 and not (before / _BUILT).is_file():
            state = "was not built to the end" if before.is_dir() else "is not there"
            raise LockgateError(
                f"Day {day} of world {self.world.id} builds on day {day - 1}, which {state} (seed {self.dials.seed}). "
                f"Materialize partition {day - 1} of the whole group {self.world.id} first."
            )
        staged = folder.with_name(f".{folder.name}")
        for path in (staged, folder):
            shutil.rmtree(path, ignore_errors=True)
        if day > 1:
            shutil.copytree(before, staged)
        else:
            staged.mkdir()
        staged.rename(folder)
        self._begun.add(day)

    def _lay_project(self, folder: Path) -> None:
        """Put the project into a workspace as it is now; what dbt keeps between runs stays."""
        kept = folder / ".target"
        if (target := folder / "dbt" / "target").is_dir():
            target.rename(kept)
        for name in ("el", "dbt"):
            shutil.rmtree(folder / name, ignore_errors=True)
        for name, source in _pipeline_files(world_files(self.world)).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, path)
        if kept.is_dir():
            kept.rename(target)

    def _loaded(self, day: int) -> Path:
        folder = self.day_folder(day)
        if not (folder / WAREHOUSE).is_file():
            raise LockgateError(
                f"Day {day} of world {self.world.id} is not loaded yet (seed {self.dials.seed}). Materialize partition "
                f"{day} of its raw tables first, or of the whole group {self.world.id}."
            )
        return folder

    def _dbt(self, folder: Path, day: int, command: Sequence[str]) -> tuple[NodeResult, ...]:
        self._lay_project(folder)
        project = folder / "dbt"
        remove_results(project)
        answer = self._runtime.run(self._dbt_request(folder, day, command))
        results = read_results(project)
        if not results and not (answer.status == "ok" and answer.value["is_success"]):
            message = answer.message or answer.value["error"]
            raise LockgateError(f"dbt cannot build {self.world.project_dir / 'dbt'}: {message}")
        return results

    def _dbt_request(self, folder: Path, day: int, command: Sequence[str]) -> ChildRequest:
        clock = self._started.now_environment(day)
        return ChildRequest(
            entry="runtime.jobs.build:run",
            arguments={
                "warehouse": f"../{WAREHOUSE}",
                "now": clock["PINNED_NOW"],
                "command": list(command),
                "writes_json": True,
            },
            directory=folder / "dbt",
            log_path=self.logs / f"{folder.name}-build.log",
            environment={**clock, "WAREHOUSE_PATH": f"../{WAREHOUSE}"},
            limits=BUILD_LIMITS,
            writable={WORKSPACE: folder},
        )


def _pipeline_files(files: Mapping[str, Path]) -> dict[str, Path]:
    return {name: path for name, path in files.items() if name.startswith(("el/", "dbt/"))}
