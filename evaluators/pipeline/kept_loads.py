"""What the solution's loads leave, kept: a pipeline that loads in the same way takes it, and no source system starts.

A load follows from its connection files, our loader, the source systems and the warehouse that it meets. So what it
leaves is copied where a workspace has the solution's `el/`, byte for byte, and where the raw tables of its warehouse
are those that the solution's loads left before. Whenever that is not certain, the load is done.
"""

from __future__ import annotations

import hashlib
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import NamedTuple, TypeVar

from benchmark.cache import find_entry, new_entry, one_at_a_time
from benchmark.errors import SpecError, SubmissionError
from benchmark.file_tree import solution_files
from benchmark.files import write_json_atomic
from benchmark.generator_parameters import Dials
from benchmark.hostile_tree import TreeLimits, remove_tree, walk
from benchmark.paths import cache_dir
from benchmark.scorecard import StepResult
from benchmark.task import Task
from benchmark.world import World
from benchmark.yaml_files import parse_yaml
from evaluators.pipeline.loads import LOAD_LIMITS, WAREHOUSE, WORKSPACE, Loads, Timer
from evaluators.pipeline.run_keys import run_key
from evaluators.pipeline.short_ways import takes_short_ways
from evaluators.scenarios import Runs
from runtime.interface import ChildRequest, Runtime
from runtime.jobs.schemas import checked

BEFORE, AFTER = "/before", "/after"
"""How the inside of a sandbox calls the folders of the load before and of this one."""
STEP = "load.json"

Kept = TypeVar("Kept")
Files = Mapping[str, bytes]
"""Path below `el/` -> content."""


class KeptLoad(NamedTuple):
    """What a load of the solution left."""

    folder: Path
    """Holds the warehouse, in which nothing was ever built."""
    step: StepResult


class KeptLoads:
    """The loads of one `el/` folder on one seed, done where the cache does not have them. Its owner calls `stop`.

    Args:
        world: Whose source systems are read.
        dials: Seed, days and scale.
        files: The connection files; they must be the solution's, because they run without walls.
        runtime: Where loads run; without walls.
        folder: For workspaces and source systems; made when it is needed.
        timer: Receives wall times.
        turn: 1, or 2 for the same loads done once more, which are kept beside the first.
    """

    def __init__(
        self, world: World, dials: Dials, files: Files, runtime: Runtime, folder: Path, timer: Timer, turn: int = 1
    ) -> None:
        self._world = world
        self._dials = dials
        self._files = dict(files)
        self._folder = folder
        self._timer = timer
        self._turn = turn
        self._loads = Loads(world, dials, runtime, folder / "systems", timer)
        self._n_made = 0

    def stop(self) -> None:
        """End the source systems; a load that is not kept would start them again."""
        self._loads.stop()

    def fits(self, workspace: Path) -> bool:
        """Whether a workspace loads as these loads did. Nothing runs in it; what runs left there is hostile."""
        limits = TreeLimits(len(self._files), sum(map(len, self._files.values())), entries=2 * len(self._files) + 10)
        folders = {parent.as_posix() for name in self._files for parent in PurePosixPath(name).parents}
        found: dict[str, bytes] = {}
        try:
            for entry in walk(workspace / "el", limits):
                if entry.kind == "file":
                    found[entry.path] = (workspace / "el" / entry.path).read_bytes()
                elif entry.kind != "folder" or entry.path not in folders:
                    return False
        except (SubmissionError, OSError):
            return False
        return found == self._files

    def get(self, runs: Runs) -> KeptLoad | None:
        """What the last of some loads left, one after the other in one warehouse and without builds between them.

        None where it did not go as it would go again: what failed for no reason in the data may be chance.
        """
        entry = self._entry(runs)
        if not find_or_make(entry, STEP, runs, self.get, lambda before: self._make(runs, before, entry)):
            return None
        return KeptLoad(entry, StepResult.model_validate_json((entry / STEP).read_bytes()))

    def take(self, workspace: Path, runs: Runs, runtime: Runtime, log_path: Path) -> StepResult | None:
        """Give a workspace what its next load would bring.

        Args:
            workspace: One that fits; nothing runs in it. Where the answer is None it may be half changed.
            runs: What was run in it, this run last.
            runtime: Where its warehouse is opened, if it has one.
            log_path: Is told.

        Returns:
            How the load went; None = it has to be done.
        """
        started = time.monotonic()
        kept, before = self.get(runs), self.get(runs[:-1]) if runs[1:] else None
        if kept is None:
            return None
        is_taken = self._replace(workspace, runs, before, kept, runtime, log_path) if before else _lay(kept, workspace)
        if not is_taken:
            return None
        log_path.parent.mkdir(parents=True, exist_ok=True)
        with log_path.open("a", encoding="utf-8") as log:
            log.write(f"The load is the solution's: its raw tables were copied ({kept.folder.name}).\n")
        self._timer("load", time.monotonic() - started)
        return kept.step

    def _entry(self, runs: Runs) -> Path:
        digest = hashlib.sha256(f"{self._turn}\0".encode())
        for name, content in sorted(self._files.items()):
            digest.update(f"{name}\0{len(content)}\0".encode() + content)
        return cache_dir() / "loads" / run_key(self._world, self._dials, runs, digest.hexdigest())

    def _make(self, runs: Runs, before: KeptLoad | None, entry: Path) -> None:
        with self._workspace(before) as workspace:
            step = self._loads.load(workspace, runs, workspace.with_suffix(".log"))
            if not is_repeatable(step, runs) or (step.status != "ok" and not self._repeats(step, runs, before)):
                return
            with new_entry(entry) as folder:
                copy_warehouse(workspace, folder)
                write_json_atomic(folder / STEP, step.model_dump(mode="json"))

    def _repeats(self, step: StepResult, runs: Runs, before: KeptLoad | None) -> bool:
        """Whether a load goes in the same way once more: what failed may have failed by chance."""
        with self._workspace(before) as workspace:
            return self._loads.load(workspace, runs, workspace.with_suffix(".log")) == step

    @contextmanager
    def _workspace(self, before: KeptLoad | None) -> Iterator[Path]:
        """A workspace that holds what the load before left."""
        self._n_made += 1
        workspace = self._folder / f"load-{self._n_made}"
        for name, content in self._files.items():
            (workspace / "el" / name).parent.mkdir(parents=True, exist_ok=True)
            (workspace / "el" / name).write_bytes(content)
        if before:
            copy_warehouse(before.folder, workspace)
        yield workspace
        remove_tree(workspace)

    def _replace(
        self, workspace: Path, runs: Runs, before: KeptLoad, kept: KeptLoad, runtime: Runtime, log_path: Path
    ) -> bool:
        """Replace the raw tables of a workspace's warehouse, in its sandbox, if they are those of the load before."""
        warehouse = workspace / WAREHOUSE
        if not warehouse.is_file() or warehouse.is_symlink():
            return False
        folders = {BEFORE: _shown(before, workspace), AFTER: _shown(kept, workspace)}
        request = ChildRequest(
            entry="runtime.jobs.take_load:run",
            arguments={
                "warehouse": WAREHOUSE,
                "before": str(folders[BEFORE].resolve() / WAREHOUSE),
                "after": str(folders[AFTER].resolve() / WAREHOUSE),
                "pinned": self._loads.now_environment(runs[-2].day)["PINNED_NOW"],
            },
            directory=workspace,
            log_path=log_path,
            limits=LOAD_LIMITS,
            writable={WORKSPACE: workspace},
            readable=folders,
        )
        result = checked(runtime.run(request), "take_load")
        for folder in folders.values():
            remove_tree(folder)
        return result.status == "ok" and not result.value["refused"]


def solution_loads(
    task: Task,
    dials: Dials,
    runtime: Runtime,
    folder: Path,
    timer: Timer,
    alternative: str | None = None,
    turn: int = 1,
) -> KeptLoads | None:
    """The kept loads of a task's solution; None = its loads are not kept, or the long way is asked for.

    Args:
        task: Whose solution.
        dials: Seed, days and scale.
        runtime: Where loads run; without walls.
        folder: As `KeptLoads`.
        timer: Receives wall times.
        alternative: One of the task's alternatives; None = its solution.
        turn: As `KeptLoads`.
    """
    files = {
        name.removeprefix("el/"): path.read_bytes()
        for name, path in solution_files(task, alternative).items()
        if name.startswith("el/")
    }
    if not takes_short_ways() or not all(_reads_systems_only(name, content) for name, content in files.items()):
        return None
    return KeptLoads(task.world, dials, files, runtime, folder, timer, turn)


def _reads_systems_only(name: str, content: bytes) -> bool:
    """Whether a connection file can read no file of the workspace: a folder that it names may be any."""
    if not name.endswith((".yaml", ".yml")):
        return True
    try:
        connection = parse_yaml(content.decode(), Path(name))
    except (SpecError, UnicodeDecodeError):
        return False
    if not isinstance(connection, dict) or connection.get("source") != "files":
        return isinstance(connection, dict)
    config = connection.get("config")
    return isinstance(config, dict) and str(config.get("directory")).startswith("${")


def is_repeatable(step: StepResult, runs: Runs) -> bool:
    """Whether a step would go in the same way again: it went well, or failed while source systems misbehaved."""
    return step.status == "ok" or (step.status == "failed" and any(run.incident for run in runs))


def _shown(kept: KeptLoad, workspace: Path) -> Path:
    """A copy of a kept load's warehouse where a sandbox may be shown it."""
    copy = workspace.with_name(f"{workspace.name}-{kept.folder.name}")
    copy.mkdir()
    copy_warehouse(kept.folder, copy)
    return copy


def find_or_make(
    entry: Path, file: str, runs: Runs, get: Callable[[Runs], Kept | None], make: Callable[[Kept | None], None]
) -> bool:
    """Find what the last of some runs left, or let one process make it.

    Args:
        entry: Of the cache.
        file: A file that it has when it is whole.
        runs: The runs.
        get: Finds or makes what earlier runs left.
        make: Makes it from what the run before left; it may be none that can be kept.

    Returns:
        Whether it is there.
    """
    if is_complete(entry, file):
        return True
    before = get(runs[:-1]) if runs[:-1] else None  # first: two entries may share a lock
    if runs[:-1] and before is None:
        return False
    with one_at_a_time(entry.parent.name, entry.name):
        if not is_complete(entry, file):  # nobody else made it meanwhile
            make(before)
    return is_complete(entry, file)


def is_complete(entry: Path, file: str) -> bool:
    """Whether the cache has an entry with the file that is written last."""
    return find_entry(entry) and (entry / file).is_file()


def _lay(kept: KeptLoad, workspace: Path) -> bool:
    """Put the warehouse of a first load into a workspace that has none."""
    if any(path.name.lower().startswith(WAREHOUSE) for path in workspace.iterdir()):
        return False
    copy_warehouse(kept.folder, workspace)
    return True


def copy_warehouse(source: Path, target: Path) -> None:
    """Copy the warehouse of a folder, and what a load that was ended left beside it."""
    for path in source.glob(f"{WAREHOUSE}*"):
        if path.is_file():
            shutil.copyfile(path, target / path.name)
