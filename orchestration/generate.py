"""`lockgate generate`: drafts are made, written and proven, until there are enough proven tasks."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeVar

from authoring.generate.contract_drafts import ContractMaker
from authoring.generate.contract_tasks import ContractWriter
from authoring.generate.drafts import Difficulty, DraftMaker
from authoring.generate.equivalents import listed_by_tasks, listed_by_world, write_survivors
from authoring.generate.evol_tasks import EvolWriter
from authoring.generate.impl_tasks import ImplWriter
from authoring.generate.incremental_drafts import IncrementalMaker
from authoring.generate.incremental_tasks import IncrementalWriter
from authoring.generate.known_breaks import known_breaks
from authoring.generate.load_drafts import LoadMaker
from authoring.generate.load_tasks import LoadWriter
from authoring.generate.migrate_drafts import MigrateMaker
from authoring.generate.migrate_tasks import MigrateWriter
from authoring.generate.missing_models import MissingMaker
from authoring.generate.new_columns import NewColumnMaker
from authoring.generate.repair_tasks import RepairWriter
from authoring.generate.slow_drafts import SlowMaker
from authoring.generate.slow_tasks import SlowWriter
from authoring.generate.task_yaml import seed_of
from authoring.generate.ticket_choice import ChosenTickets, Rewrite
from authoring.generate.watched_tables import WatchedTables
from authoring.generate.world_runs import WorldRuns
from authoring.new_world.new_folder import new_folder
from benchmark.errors import LockgateError
from benchmark.files import IGNORED_NAMES
from benchmark.registry import task_folders
from benchmark.task import Task
from benchmark.task_folder import read_task
from benchmark.world import World, read_world
from benchmark.yaml_files import read_text
from evaluators.proof.content_hashes import TASK_FILE
from evaluators.proof.equivalent_list import ListedMutant
from evaluators.proof.result import TaskProof
from evaluators.proof_record.recorder import Recorder
from orchestration.prove import OnPieces, prove_tasks

TRIED = "tried"
LEFT_OVER = "left over when there were enough"
PARTS = (
    "promises that do not hold on all seeds",
    "faults that are not caught on all seeds",
    "streams that may be read in full, for all that anybody knows",
    "streams that the next day does not change",
)
"""Reasons for which a part of a candidate falls, and not all of it."""
_Draft = TypeVar("_Draft")


class Wanted(NamedTuple):
    """What is asked for."""

    world: World
    kind: str
    """A key of `MAKERS`."""
    n_tasks: int
    seed: int
    difficulty: Difficulty | None
    """None = as difficult as it comes."""
    rewrite: Rewrite | None = None
    """Puts tickets into other words; None = they keep those of the templates."""


class Generated(NamedTuple):
    """What became of it."""

    tasks: tuple[Task, ...]
    n_tried: int
    """Candidates."""
    fallen: dict[str, int]
    """Reason -> candidates; most first. With those that are proven these are all that were tried."""
    left_out: dict[str, int]
    """Reason -> parts of candidates, such as streams."""


class Progress(NamedTuple):
    """Who hears of what is being done."""

    step: Callable[[str], None]
    pieces: OnPieces
    done: Callable[[TaskProof], None]


def generate_tasks(wanted: Wanted, out: Path, n_parallel: int, progress: Progress) -> Generated:
    """Make tasks and prove each.

    Args:
        wanted: What is asked for.
        out: A new folder of worlds: the world without its tasks, the new tasks, and `proofs.json`. It is there at the
            end only, and not where no task was made.
        n_parallel: Pieces of proofs at once, from 1.
        progress: Hears of it.

    Raises:
        LockgateError: The world's pipeline fails, or the folder cannot be written.
    """
    require_new(out)
    fallen: Counter[str] = Counter()
    with _folder_of_worlds(out) as folder:
        world = _copy_world(wanted.world, folder)
        found = _proven_tasks(wanted._replace(world=world), wanted.world, n_parallel, progress, fallen)
        tried, left_out = fallen.pop(TRIED, 0), {reason: fallen.pop(reason) for reason in PARTS if reason in fallen}
        if not found:
            raise NothingMadeError(tried, _most_first(fallen), left_out)
        if (rest := tried - fallen.total() - len(found)) > 0:
            fallen[LEFT_OVER] = rest
        names = [task.id for task in found]
    placed = read_world(out / world.id)
    tasks = tuple(read_task(placed.folder / "tasks" / name, placed) for name in names)
    return Generated(tasks, tried, _most_first(fallen), left_out)


def _most_first(fallen: Counter[str]) -> dict[str, int]:
    return dict(sorted(fallen.items(), key=lambda item: (-item[1], item[0])))


class NothingMadeError(LockgateError):
    """No candidate became a task."""

    def __init__(self, n_tried: int, fallen: dict[str, int], left_out: dict[str, int]) -> None:
        self.n_tried = n_tried
        self.fallen = fallen
        self.left_out = left_out
        super().__init__(f"None of {n_tried} candidates became a proven task; nothing is written.")


def require_new(out: Path) -> None:
    """Refuse a folder that holds something.

    Raises:
        LockgateError: It does, or is a file.
    """
    if out.is_dir() and not any(out.iterdir()):
        return
    if out.exists():
        what = "is not empty" if out.is_dir() else "is a file"
        raise LockgateError(f"{out} {what}. Name a new folder with --out, or remove it.")


def _folder_of_worlds(out: Path) -> AbstractContextManager[Path]:
    if out.is_dir():
        out.rmdir()  # it is empty
    return new_folder(out)


def _copy_world(world: World, folder: Path) -> World:
    copy = folder / world.id
    shutil.copytree(world.folder, copy, ignore=shutil.ignore_patterns("tasks", *IGNORED_NAMES))
    (copy / "tasks").mkdir()
    return read_world(copy)


def _proven_tasks(
    wanted: Wanted, original: World, n_parallel: int, progress: Progress, fallen: Counter[str]
) -> list[Task]:
    found: list[Task] = []
    known = listed_by_tasks(original)
    listed = {*known, *(entry.id for entry in listed_by_world(original))}
    with WorldRuns(wanted.world, listed, progress.step) as runs:
        tickets = ChosenTickets(fallen, wanted.rewrite, _made_otherwise(original, wanted.seed))
        written = MAKERS[wanted.kind](_Making(runs, wanted, original, fallen, tickets))
        prover = _Prover(original, known, n_parallel, progress, fallen)
        while len(found) < wanted.n_tasks:
            places = list(islice(written, wanted.n_tasks - len(found)))
            if not places:
                break
            found += prover.prove([read_task(place, wanted.world) for place in places])
    return found


class _Making(NamedTuple):
    """What makers of every kind need."""

    runs: WorldRuns
    wanted: Wanted
    original: World
    """The world with its tasks; `wanted.world` has none."""
    fallen: Counter[str]
    tickets: ChosenTickets


def _write_repairs(making: _Making) -> Iterator[Path]:
    known = known_breaks(_others(making.original, making.wanted.seed))
    drafts = DraftMaker(making.runs, making.wanted.seed, making.fallen, known).drafts(making.wanted.difficulty)
    return _written(RepairWriter(making.runs, making.wanted.seed, making.tickets).write, drafts, making)


def _write_impls(making: _Making) -> Iterator[Path]:
    drafts = MissingMaker(making.runs, _by_hand(making.original), making.wanted.seed, making.fallen).drafts(
        making.wanted.difficulty
    )
    return _written(ImplWriter(making.runs, making.wanted.seed, making.tickets).write, drafts, making)


def _write_evols(making: _Making) -> Iterator[Path]:
    drafts = NewColumnMaker(making.runs, making.wanted.seed, making.fallen).drafts(making.wanted.difficulty)
    return _written(EvolWriter(making.runs, making.wanted.seed, making.tickets).write, drafts, making)


def _write_contracts(making: _Making) -> Iterator[Path]:
    with WatchedTables({seed: tables.gold.folder for seed, tables in making.runs.tables.items()}) as tables:
        drafts = ContractMaker(making.runs, tables, making.wanted.seed, making.fallen).drafts(making.wanted.difficulty)
        yield from _written(ContractWriter(making.runs, making.wanted.seed, making.tickets).write, drafts, making)


def _write_loads(making: _Making) -> Iterator[Path]:
    listed = (*listed_by_tasks(making.original).values(), *listed_by_world(making.original))
    kept = {entry.part for entry in listed if entry.operator == "sync_mode_wrong"}
    drafts = LoadMaker(making.runs, _by_hand(making.original), kept, making.wanted.seed, making.fallen).drafts(
        making.wanted.difficulty
    )
    return _written(LoadWriter(making.runs, making.wanted.seed, making.tickets).write, drafts, making)


def _write_migrations(making: _Making) -> Iterator[Path]:
    drafts = MigrateMaker(making.runs, _by_hand(making.original), making.wanted.seed, making.fallen).drafts(
        making.wanted.difficulty
    )
    return _written(MigrateWriter(making.runs, making.wanted.seed, making.tickets, making.fallen).write, drafts, making)


def _write_incrementals(making: _Making) -> Iterator[Path]:
    drafts = IncrementalMaker(making.runs, making.wanted.seed, making.fallen).drafts(making.wanted.difficulty)
    return _written(IncrementalWriter(making.runs, making.wanted.seed, making.tickets).write, drafts, making)


def _write_slow_ones(making: _Making) -> Iterator[Path]:
    drafts = SlowMaker(making.runs, making.wanted.seed, making.fallen).drafts(making.wanted.difficulty)
    return _written(SlowWriter(making.runs, making.wanted.seed, making.tickets).write, drafts, making)


def _by_hand(original: World) -> list[Task]:
    """Tasks of a world that people wrote."""
    tasks = [read_task(folder, original) for folder in task_folders(original.folder)]
    return [task for task in tasks if task.spec.origin == "written"]


def _others(original: World, seed: int) -> list[Task]:
    """Tasks of a world that this seed does not make."""
    others = _made_otherwise(original, seed)
    return [read_task(folder, original) for folder in task_folders(original.folder) if folder.name in others]


def _written(
    write: Callable[[_Draft, Path, Path], Path | None], drafts: Iterable[_Draft], making: _Making
) -> Iterator[Path]:
    """Folders of tasks, where a draft becomes one."""
    for draft in drafts:
        place = write(draft, making.wanted.world.folder / "tasks", making.original.folder / "tasks")
        if place is not None:
            yield place


def _made_otherwise(original: World, seed: int) -> frozenset[str]:
    """Names of a world's tasks, but for those that this seed made; it makes them again."""
    folders = task_folders(original.folder)
    return frozenset(folder.name for folder in folders if seed_of(read_text(folder / TASK_FILE)) != seed)


MAKERS: dict[str, Callable[[_Making], Iterator[Path]]] = {
    "repair": _write_repairs,
    "impl": _write_impls,
    "evol": _write_evols,
    "data_tests": _write_contracts,
    "load": _write_loads,
    "incremental": _write_incrementals,
    "migrate": _write_migrations,
    "optimize": _write_slow_ones,
}
"""Kind -> what writes folders of tasks, as many as are taken."""


class _Prover:
    """Proves tasks; where people have listed for other tasks what survives, it is listed for these, too."""

    def __init__(
        self,
        original: World,
        known: Mapping[str, ListedMutant],
        n_parallel: int,
        progress: Progress,
        fallen: Counter[str],
    ) -> None:
        self._place = original.folder / "tasks"
        self._known = known
        self._n_parallel = n_parallel
        self._progress = progress
        self._fallen = fallen

    def prove(self, tasks: Sequence[Task]) -> list[Task]:
        """Those that are proven; the others are taken away."""
        recorders = [Recorder(tasks)]
        proofs = self._proofs(tasks, recorders[0])
        again = [
            task
            for task in tasks
            if not proofs[task.id].is_proven
            and write_survivors(proofs[task.id], self._known, task.folder, self._place / task.id)
        ]
        if again:
            recorders.append(Recorder(again))
            proofs |= self._proofs(again, recorders[1])
        proven = [task for task in tasks if proofs[task.id].is_proven]
        for task in tasks:
            self._progress.done(proofs[task.id])
            if task not in proven:
                self._fallen[_reason(proofs[task.id])] += 1
                shutil.rmtree(task.folder)
        for recorder in recorders:  # what is gone is left out
            recorder.write()
        return proven

    def _proofs(self, tasks: Sequence[Task], recorder: Recorder) -> dict[str, TaskProof]:
        proofs = prove_tasks(tasks, self._n_parallel, self._progress.pieces, on_proof=recorder.take)
        return {task.id: proof for task, proof in zip(tasks, proofs, strict=True)}


_REASONS = (
    ("the idle agent succeeds", "the idle agent passes"),
    ("mutants are killed", "the scored tables accept too many wrong versions"),
    ("leak:", "the workspace gives something away"),
    ("described nowhere", "nobody describes a scored column"),
    ("is not accepted", "an equivalent version is not accepted"),
    ("as equivalent, but", "what the world lists as equivalent is told apart"),
)


def _reason(proof: TaskProof) -> str:
    problem = proof.problems[0]
    return next((reason for mark, reason in _REASONS if mark in problem), f"not proven: {problem}")
