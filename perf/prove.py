"""What `lockgate prove` costs where nothing changed: `python -m perf.prove`.

250 tasks: copies of those of `flights` and `shop` under other ids, with made-up stored proofs of the usual size.
Processor time counts, so that other work on the machine matters less. `prove` reads the stored proofs of this machine;
`prove --changed` and `tasks` hold proofs.json against the hashes of all files. None of them runs anything.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmark.registry import get_world, list_tasks, task_folders
from benchmark.task import Task
from evaluators.proof.content_hashes import ContentHasher
from evaluators.proof.piece_store import PieceStore
from evaluators.proof.result import EquivalentResult, MutantResult, ScenarioCheck, TaskProof
from evaluators.proof.task_proofs import write_proof
from evaluators.proof_record.recorder import Recorder
from perf.check import copy_task

N_TASKS = 250
N_MUTANTS = 240
N_EQUIVALENTS = 80
COMMANDS = {("prove",): 10.0, ("prove", "--changed"): 10.0, ("tasks",): 3.0}
"""Command -> the most seconds of processor time that it may take."""


def main() -> None:
    """Measure and print; exit code 1 over a limit."""
    is_slow = False
    with tempfile.TemporaryDirectory() as folder:
        os.environ["LOCKGATE_PROJECTS"] = str(make_worlds(Path(folder) / "worlds"))
        os.environ["LOCKGATE_HOME"] = str(Path(folder) / "home")
        keep_made_up_proofs(list_tasks())
        for command, limit in COMMANDS.items():
            seconds, wall = measure(command)
            times = f"{seconds:.1f} s of processor time, {wall:.1f} s in all, limit {limit}"
            print(f"lockgate {' '.join(command)}, {N_TASKS} tasks: {times}")
            is_slow |= seconds > limit
    raise SystemExit(1 if is_slow else 0)


def make_worlds(folder: Path) -> Path:
    """Copy the worlds into a folder, and their tasks until there are enough."""
    folders = [
        folder / world / "tasks" / path.name
        for world in ("flights", "shop")
        for path in task_folders(get_world(world).folder)
    ]
    for world in ("flights", "shop"):
        shutil.copytree(get_world(world).folder, folder / world)
    for number in range(N_TASKS - len(folders)):
        copy_task(folders[number % len(folders)], number)
    return folder


def keep_made_up_proofs(tasks: list[Task]) -> None:
    """Store a proof of each task in the cache and in proofs.json."""
    hasher, store, recorder = ContentHasher(), PieceStore(), Recorder(tasks)
    for task in tasks:
        hashes, proof = hasher.hashes(task), _made_up(task)
        write_proof(hashes, proof, store)
        recorder.take(task, proof, hashes)
    recorder.write()


def _made_up(task: Task) -> TaskProof:
    text = "coalesce(sum(amount_cents) filter (where status = 'paid'), 0)"
    return TaskProof(
        task=task.id,
        kind=task.spec.kind,
        oracle=tuple(ScenarioCheck(scenario=name, n_passed=1, n_trials=1) for name in task.spec.scenarios),
        idle_fails=True,
        mutants=tuple(
            MutantResult(
                id=f"{number:08x}", operator="coalesce_lost", part="marts.orders", before=text, after=text[9:],
                outcome="killed", killed_in="visible", killed_by="marts.orders: 12 of 400 rows differ in total_cents",
            )
            for number in range(N_MUTANTS)
        ),
        equivalents=(EquivalentResult(operator="aliases", part="marts.orders", is_accepted=True),) * N_EQUIVALENTS,
        n_columns=70,
        n_columns_described=70,
        is_deterministic=True,
    )  # fmt: skip


def measure(command: tuple[str, ...]) -> tuple[float, float]:
    """Seconds of processor time and of wall time of a command."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *command], capture_output=True, text=True, check=False
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise SystemExit(f"lockgate {' '.join(command)} ended with code {done.returncode}: {done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


if __name__ == "__main__":
    main()
