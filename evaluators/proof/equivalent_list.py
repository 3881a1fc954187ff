"""`proof.yaml`: mutants that are equivalent, with the reason why no data can tell them from the solution."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from benchmark.errors import SpecError
from benchmark.task import Task
from benchmark.yaml_files import read_spec
from evaluators.proof.result import MutantResult

FILE = "proof.yaml"


class ListedMutant(BaseModel):
    """One mutant that may survive."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[0-9a-f]{8}$")
    operator: str
    part: str
    reason: str = Field(min_length=10)


class ProofFile(BaseModel):
    """The content of `proof.yaml` beside `world.yaml` or beside `task.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    equivalent: tuple[ListedMutant, ...] = ()
    policy: dict[str, Any] | None = None
    """A task's own figures for the world's `oracle.py`; None = those of the world."""


def read_policy(task: Task) -> dict[str, Any] | None:
    """The policy that a task's `proof.yaml` states; None where it states none."""
    path = task.folder / FILE
    return read_spec(path, ProofFile).policy if path.is_file() else None


class Listing:
    """The mutants that a task's world and the task itself list."""

    def __init__(self, task: Task) -> None:
        """Read both files; either may be absent.

        Raises:
            SpecError: A file is not valid, or lists a mutant twice.
        """
        self._own: dict[str, ListedMutant] = {}
        self._every: dict[str, ListedMutant] = {}
        for folder in (task.world.folder, task.folder):
            path = folder / FILE
            if not path.is_file():
                continue
            for entry in read_spec(path, ProofFile).equivalent:
                if entry.id in self._every:
                    raise SpecError(path, [f"mutant {entry.id} is listed twice, here or in the world's {FILE}"])
                self._every[entry.id] = entry
                if folder == task.folder:
                    self._own[entry.id] = entry

    def reason(self, mutant_id: str) -> str:
        """Why the mutant is equivalent; empty when it is not listed."""
        entry = self._every.get(mutant_id)
        return entry.reason if entry else ""

    def problems(self, mutants: Iterable[MutantResult]) -> list[str]:
        """Entries that are wrong: of the task's file those that no mutant has, of both those that are killed."""
        by_id = {mutant.id: mutant for mutant in mutants}
        stale = [
            f"{FILE} lists mutant {entry.id} of {entry.part}, which is not made any more: remove it"
            for entry in self._own.values()
            if entry.id not in by_id
        ]
        wrong = [
            f"{FILE} lists mutant {entry.id} of {entry.part} as equivalent, but {by_id[entry.id].killed_by} "
            f"differs in {by_id[entry.id].killed_in}: remove it"
            for entry in self._every.values()
            if entry.id in by_id and by_id[entry.id].outcome == "killed"
        ]
        return stale + wrong
