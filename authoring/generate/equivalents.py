"""Wrong versions that no data can tell from the right one, as people listed them for other tasks of the world."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from authoring.new_world.new_folder import HIDDEN_HEAD, schema_line
from benchmark.world import World
from benchmark.yaml_files import read_spec
from evaluators.proof.equivalent_list import FILE, ListedMutant, ProofFile
from evaluators.proof.result import TaskProof


def listed_by_tasks(world: World) -> dict[str, ListedMutant]:
    """Mutant -> its entry, of the tasks of a world that people wrote."""
    found: dict[str, ListedMutant] = {}
    for path in sorted((world.folder / "tasks").glob(f"*/{FILE}")):
        found |= {entry.id: entry for entry in read_spec(path, ProofFile).equivalent}
    return found


def listed_by_world(world: World) -> tuple[ListedMutant, ...]:
    """Entries that hold for every task of a world."""
    path = world.folder / FILE
    return read_spec(path, ProofFile).equivalent if path.is_file() else ()


def write_survivors(proof: TaskProof, known: Mapping[str, ListedMutant], folder: Path, place: Path) -> bool:
    """List for a task the mutants that survived and that people listed for another task.

    Args:
        proof: Of the task.
        known: See `listed_by_tasks`.
        folder: The task's.
        place: Where the task will stand.

    Returns:
        Whether there is one.
    """
    survivors = [known[mutant.id] for mutant in proof.mutants if mutant.outcome == "survived" and mutant.id in known]
    if survivors:
        (folder / FILE).write_text(_text(survivors, place / FILE), encoding="utf-8")
    return bool(survivors)


def _text(entries: Iterable[ListedMutant], file: Path) -> str:
    lines = [f"{schema_line('proof', file)}{HIDDEN_HEAD}equivalent:"]
    for entry in entries:
        lines += [
            f"  - id: {json.dumps(entry.id)}",
            f"    operator: {entry.operator}",
            f"    part: {entry.part}",
            f"    reason: {json.dumps(entry.reason, ensure_ascii=False)}",
        ]
    return "\n".join(lines) + "\n"
