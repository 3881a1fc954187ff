"""Keeping proofs in the `proofs.json` of each folder of worlds."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmark.registry import task_folders, world_folders
from benchmark.task import Task
from evaluators.proof.content_hashes import ContentHasher, ContentHashes
from evaluators.proof.result import TaskProof
from evaluators.proof_record.record import NAME, KeptProof, add_proofs, keep_proof, read_proofs, tools_key
from evaluators.proof_record.state import tool_versions_here


class Recorder:
    """Collects proofs and keeps them all at once."""

    def __init__(self, tasks: Iterable[Task]) -> None:
        """Look at the files that will be written.

        Args:
            tasks: What will be proven.

        Raises:
            SpecError: A file is damaged.
        """
        self._hasher = ContentHasher()
        self._versions = dict(tool_versions_here())
        self._new: dict[Path, dict[str, KeptProof]] = {}
        for folder in dict.fromkeys(task.world.folder.parent for task in tasks):
            read_proofs(folder)

    def take(self, task: Task, proof: TaskProof, hashes: ContentHashes) -> None:
        """Take a proof and the hashes of all that it read."""
        kept = keep_proof(proof, hashes, self._hasher.version(task), tools_key(self._versions))
        self._new.setdefault(task.world.folder.parent, {})[task.id] = kept

    def write(self) -> list[str]:
        """Keep what was taken.

        Returns:
            One sentence for each file that changed, or that cannot be written.

        Raises:
            SpecError: A file was damaged meanwhile.
        """
        said = []
        for folder, new in self._new.items():
            existing = {path.name for world in world_folders(folder) for path in task_folders(world)}
            try:
                if add_proofs(folder, new, self._versions, existing):
                    said.append(f"{folder / NAME} is written.")
            except OSError as error:
                said.append(
                    f"{folder / NAME} cannot be written: {error.strerror or error}. The proofs are in the cache."
                )
        return said
