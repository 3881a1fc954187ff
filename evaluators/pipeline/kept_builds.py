"""What the solution's builds leave, kept: a pipeline that is the solution itself takes it, and dbt does not run.

All files count, `el/` and `dbt/` and whatever lies beside them, byte for byte. Then every run of the submission does
what the same run of the solution did, on the same data, and what it leaves is copied: the warehouse, and how the steps
went.

A task whose solution differs from its world's pipeline in a few models takes from the runs of that pipeline what is
the same, as a submission takes it from those of the solution; so far as they are kept. So does its second run, which is
to show that it leaves the same: from runs that have shown it themselves (`note_repeated`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from benchmark.answer import ANSWER_NAME
from benchmark.cache import find_entry, new_entry, write_entry
from benchmark.file_tree import FileTree, solution_files, world_files
from benchmark.files import hash_folder, write_json_atomic
from benchmark.generator_parameters import Dials
from benchmark.hostile_tree import remove_tree
from benchmark.paths import cache_dir
from benchmark.scorecard import StepResult
from benchmark.task import Task
from benchmark.workspace import TICKET_NAME, lay_files
from benchmark.world import World
from evaluators.pipeline.kept_loads import (
    KeptLoads,
    copy_warehouse,
    find_or_make,
    is_complete,
    is_repeatable,
    solution_loads,
)
from evaluators.pipeline.loads import Timer
from evaluators.pipeline.parsed_projects import lay_parse
from evaluators.pipeline.run_keys import run_key
from evaluators.pipeline.workspace_copies import WorkspaceCopies
from evaluators.scenarios import Runs
from runtime.interface import Runtime

if TYPE_CHECKING:
    from evaluators.pipeline.runner import PipelineChain

LOADED, BUILT = "loaded", "built"
"""Folders of a kept run that hold the warehouse before and after its build."""
RUN = "run.json"
NOT_RUN = frozenset({TICKET_NAME, ".gitignore", ANSWER_NAME})
"""Files at the top of a submission that no run of a solution reads."""

MakeChain = Callable[..., "PipelineChain"]
Known = Literal["kept", "repeated"]


class KeptBuild(NamedTuple):
    """What a run of the solution left."""

    folder: Path
    """Holds `LOADED` and `BUILT`."""
    steps: tuple[StepResult, StepResult]
    """Load and build of this run."""
    relations: dict[str, dict[str, Any]]
    graph: Any
    statuses: dict[str, str]
    """Node of dbt -> how it ended."""

    def lay(self, which: str, workspace: Path) -> None:
        """Put its warehouse into a workspace that has none; `which` is `LOADED` or `BUILT`."""
        copy_warehouse(self.folder / which, workspace)


class KeptBuilds:
    """The runs of one solution on one seed, done where the cache does not have them. Its owner calls `stop`.

    Args:
        world: Of the solution.
        files: Those of the solution; they run without walls.
        dials: Seed, days and scale.
        loads: The loads of the same solution.
        make_chain: `PipelineChain`, with which runs are done.
        runtime: Where they are done; without walls.
        folder: For workspaces; made when it is needed.
        timer: Receives wall times.
        near: Runs of another solution with the same loads, from which is taken what is the same; None = nothing is.
        known: Where no run is done: those that are `kept` already, or of them those that were `repeated`.
    """

    def __init__(
        self,
        world: World,
        files: FileTree,
        dials: Dials,
        loads: KeptLoads,
        make_chain: MakeChain,
        runtime: Runtime,
        folder: Path,
        timer: Timer,
        *,
        near: KeptBuilds | None = None,
        known: Known | None = None,
    ) -> None:
        self.loads = loads
        self.project = folder / "project"
        """The solution."""
        lay_files(files, self.project)
        self._world = world
        self._dials = dials
        self.runtime = runtime
        """Where runs are done; without walls."""
        self._folder = folder
        self.files = project_contents(self.project)
        self._hash = hash_folder(self.project, without=NOT_RUN)
        self._known = known
        self._copies = WorkspaceCopies()
        self._chain = make_chain(
            self.project, world, dials, runtime, folder, folder / "logs", timer,
            copies=self._copies, kept=loads, builds=near,
        )  # fmt: skip
        self._n_made = 0
        self._lock = RLock()
        """A run is done once, whichever thread asks for it."""

    def stop(self) -> None:
        """End the source systems; a run that is not kept would start them again."""
        self._chain.stop_systems()

    def is_solution(self, project: Path) -> bool:
        """Whether a submission is the solution in every file that a run could read."""
        return project_contents(project) == self.files

    def get(self, runs: Runs) -> KeptBuild | None:
        """What the last of some runs left; None where it did not go as it would go again, or is not given."""
        key = run_key(self._world, self._dials, runs, self._hash)
        entry = cache_dir() / "builds" / key
        if self._known:
            if not is_complete(entry, RUN) or (self._known == "repeated" and not find_entry(_repeated(key))):
                return None
        else:
            with self._lock:
                if not find_or_make(entry, RUN, runs, self.get, lambda before: self._make(runs, before, entry)):
                    return None
        found: Mapping[str, Any] = json.loads((entry / RUN).read_text(encoding="utf-8"))
        load, build = (StepResult.model_validate(step) for step in found["steps"])
        return KeptBuild(entry, (load, build), found["relations"], found["graph"], found["statuses"])

    def _make(self, runs: Runs, before: KeptBuild | None, entry: Path) -> None:
        parsed = self._folder / "parsed"
        if not parsed.is_dir():
            shutil.copytree(self.project, parsed)
            lay_parse(parsed, self.runtime, self._chain.now_environment(runs[-1].day))
        self._n_made += 1
        workspace = self._folder / f"run-{self._n_made}"
        shutil.copytree(parsed, workspace)
        if before:
            copy_warehouse(before.folder / BUILT, workspace)
        loaded = self._folder / f"run-{self._n_made}-loaded"
        load, result = self._chain.load_and_build(workspace, runs, loaded)
        steps = (load, result.step)
        if all(is_repeatable(step, runs) for step in steps):
            with new_entry(entry) as folder:
                for name, source in ((LOADED, loaded), (BUILT, workspace)):
                    (folder / name).mkdir()
                    copy_warehouse(source, folder / name)
                content = {
                    "steps": [step.model_dump(mode="json") for step in steps],
                    "relations": result.relations,
                    "graph": result.graph,
                    "statuses": result.statuses,
                }
                write_json_atomic(folder / RUN, content)
        for folder in (workspace, loaded):
            remove_tree(folder)
            self._copies.forget(folder)


def solution_builds(
    task: Task,
    dials: Dials,
    make_chain: MakeChain,
    runtime: Runtime,
    folder: Path,
    timer: Timer,
    alternative: str | None = None,
) -> KeptBuilds | None:
    """The kept runs of a task's solution; None = they are not kept, or the long way is asked for.

    Args:
        task: Whose solution.
        dials: Seed, days and scale.
        make_chain: As `KeptBuilds`.
        runtime: As `KeptBuilds`.
        folder: As `KeptBuilds`.
        timer: As `KeptBuilds`.
        alternative: One of the task's alternatives; None = its solution.
    """
    loads = solution_loads(task, dials, runtime, folder / "loads", timer, alternative)
    if loads is None:
        return None
    files = solution_files(task, alternative)
    near = near_builds(task.world, files, dials, loads, make_chain, runtime, folder / "near", timer)
    return KeptBuilds(task.world, files, dials, loads, make_chain, runtime, folder, timer, near=near)


def near_builds(
    world: World,
    files: FileTree,
    dials: Dials,
    loads: KeptLoads,
    make_chain: MakeChain,
    runtime: Runtime,
    folder: Path,
    timer: Timer,
    known: Known = "kept",
) -> KeptBuilds | None:
    """Kept runs of a world's pipeline, for another solution that loads as it does; None = there is nothing to share.

    Args:
        world: The world.
        files: Those of the solution.
        dials: As `KeptBuilds`, like the others.
        loads: Those of the solution.
        make_chain: As `KeptBuilds`.
        runtime: As `KeptBuilds`.
        folder: As `KeptBuilds`.
        timer: As `KeptBuilds`.
        known: As `KeptBuilds`.
    """
    theirs = world_files(world)
    if files == theirs:
        return None
    near = KeptBuilds(world, theirs, dials, loads, make_chain, runtime, folder, timer, known=known)
    return near if loads.fits(near.project) else None


def note_repeated(world: World, project: Path, dials: Dials, runs: Runs) -> None:
    """Note that a solution has left the same in a second run.

    Args:
        world: Of the solution.
        project: The laid solution.
        dials: Seed, days and scale.
        runs: The runs.
    """
    write_entry(_repeated(run_key(world, dials, runs, hash_folder(project, without=NOT_RUN))), "")


def _repeated(key: str) -> Path:
    return cache_dir() / "repeated" / key


def project_contents(project: Path) -> dict[str, bytes]:
    """Path -> content of the files of a pipeline as it was submitted; nothing has run in it."""
    paths = (path for path in project.rglob("*") if not path.is_dir() or path.is_symlink())
    found = {path.relative_to(project).as_posix(): path.read_bytes() for path in paths}
    return {name: content for name, content in found.items() if name not in NOT_RUN}
