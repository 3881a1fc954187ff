"""`proofs.json` in a folder of worlds: for each task what its proof found, and the hash of all that it read.

It stands beside the worlds and not in the cache, so that every clone, and every package that holds worlds, brings the
proofs of its tasks along. It holds no time and no path: the same proofs give the same bytes.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from benchmark.errors import SpecError
from benchmark.files import write_atomic
from evaluators.proof.content_hashes import ContentHashes
from evaluators.proof.result import TaskProof

NAME = "proofs.json"
SCHEMA_VERSION: Literal[1] = 1


class KeptProof(BaseModel):
    """What is kept of the proof of one task."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: Literal["proven", "refuted"]
    version: str
    """Eight digits of the task as it was; `ContentHasher.version`."""
    task: str
    """Hash of the task's folder; with the next two it is all that the proof read."""
    world: str
    """Hash of the world."""
    code: str
    """Hash of Lockgate's code, as far as it matters."""
    tools: str
    """Key of `ProofsFile.tools`: with which versions."""
    n_runs: int = Field(ge=0)
    """Scenarios in which the oracle was tried, each holdout seed apart."""
    n_passed: int = Field(ge=0)
    n_killed: int = Field(ge=0)
    """Mutants."""
    n_survived: int = Field(ge=0)
    n_equivalent: int = Field(ge=0)
    """Mutants that are listed as equivalent."""
    n_accepted: int = Field(ge=0)
    """Equivalent versions that were accepted."""
    n_faults: int = Field(ge=0)
    """Seeded faults of a task of data tests."""
    n_columns: int = Field(ge=0)
    """Scored columns."""
    n_problems: int = Field(ge=0)
    """What speaks against the task."""

    @model_validator(mode="after")
    def _counts_fit_the_verdict(self) -> KeptProof:
        if self.verdict == "proven" and (self.n_problems or self.n_passed != self.n_runs):
            raise ValueError("verdict is 'proven', though n_problems is above 0 or n_passed is not n_runs")
        return self

    @property
    def hashes(self) -> ContentHashes:
        """All that the proof read."""
        return ContentHashes(code=self.code, task=self.task, world=self.world)


class ProofsFile(BaseModel):
    """The content of `proofs.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    schema_version: Literal[1] = SCHEMA_VERSION
    tools: dict[str, dict[str, str]] = {}
    """Some digits -> versions of the tools that a proof ran with, by name."""
    tasks: dict[str, KeptProof] = {}

    @model_validator(mode="after")
    def _tools_are_there(self) -> ProofsFile:
        for task, kept in self.tasks.items():
            if kept.tools not in self.tools:
                raise ValueError(f"tasks.{task}.tools is '{kept.tools}', which 'tools' does not have")
        return self


def keep_proof(proof: TaskProof, hashes: ContentHashes, version: str, tools: str) -> KeptProof:
    """What is kept of a proof.

    Args:
        proof: What it found.
        hashes: Of all that it read.
        version: Of the task.
        tools: Key of the versions that it ran with, from `tools_key`.
    """
    return KeptProof(
        verdict="proven" if proof.is_proven else "refuted",
        version=version,
        tools=tools,
        n_runs=sum(check.n_trials for check in proof.oracle),
        n_passed=sum(check.n_passed for check in proof.oracle),
        n_killed=proof.count("killed"),
        n_survived=proof.count("survived"),
        n_equivalent=proof.count("equivalent"),
        n_accepted=sum(item.is_accepted for item in proof.equivalents),
        n_faults=len(proof.faults),
        n_columns=proof.n_columns,
        n_problems=len(proof.problems),
        **hashes._asdict(),
    )


def tools_key(versions: Mapping[str, str]) -> str:
    """Eight digits for the versions of the tools."""
    return hashlib.sha256(json.dumps(versions, sort_keys=True).encode()).hexdigest()[:8]


def read_proofs(folder: Path) -> ProofsFile:
    """The proofs that a folder of worlds keeps; without a file there is none.

    Raises:
        SpecError: The file is damaged, or of another version of Lockgate.
    """
    path = folder / NAME
    advice = "Take back what changed it, or remove it; `lockgate prove` writes it again"
    try:
        content = json.loads(path.read_text(encoding="utf-8"), object_pairs_hook=_each_once)
    except FileNotFoundError:
        return ProofsFile()
    except (OSError, ValueError, RecursionError) as error:
        raise SpecError(path, [f"cannot be read: {error}. {advice}."]) from error
    found = content.get("schema_version") if isinstance(content, dict) else None
    if found != SCHEMA_VERSION:
        raise SpecError(path, [f"schema_version is {found!r}; this Lockgate reads {SCHEMA_VERSION}. {advice}."])
    try:
        return ProofsFile.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"])) or "tasks"
        raise SpecError(path, [f"key '{key}': {first['msg']}. {advice}."]) from error


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """A mapping of JSON; after a merge a key may stand there twice, and nobody knows which one is meant."""
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(key for number, (key, _) in enumerate(pairs) if key in dict(pairs[:number]))
        raise ValueError(f"key '{twice}' is given twice")
    return found


def add_proofs(
    folder: Path, new: Mapping[str, KeptProof], versions: Mapping[str, str], existing: Collection[str]
) -> bool:
    """Keep proofs in a folder of worlds beside those that it has; safe among processes.

    Args:
        folder: The folder of worlds.
        new: Task -> its proof.
        versions: Of the tools that they ran with.
        existing: Tasks of the folder; what is kept of others is dropped.

    Returns:
        Whether the file changed.

    Raises:
        SpecError: The file is damaged.
        OSError: It cannot be written.
    """
    with _alone(folder):
        before = read_proofs(folder)
        tasks = {name: kept for name, kept in (before.tasks | dict(new)).items() if name in existing}
        tools = before.tools | {tools_key(versions): dict(versions)}
        used = {kept.tools for kept in tasks.values()}
        after = ProofsFile(tools={key: value for key, value in tools.items() if key in used}, tasks=tasks)
        is_changed = after != before or not (folder / NAME).is_file()
        if is_changed:
            write_atomic(folder / NAME, _text(after))
        return is_changed


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Be the only process that changes the file; the lock is the folder's own, so nothing is left behind."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _text(content: ProofsFile) -> str:
    """JSON with one line a task, so that a change of one task is a change of one line."""
    parts = [f'{{\n "schema_version": {content.schema_version}']
    for name, entries in (("tools", content.tools), ("tasks", {k: v.model_dump() for k, v in content.tasks.items()})):
        lines = [f'  "{key}": {json.dumps(value, sort_keys=True)}' for key, value in sorted(entries.items())]
        parts.append(f' "{name}": {{\n' + ",\n".join(lines) + "\n }" if lines else f' "{name}": {{}}')
    return ",\n".join(parts) + "\n}\n"
