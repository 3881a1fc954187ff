"""Proofs of whole tasks, kept by what they read: nothing of it changed, nothing has to be proven again."""

from __future__ import annotations

import hashlib

from pydantic import ValidationError

from benchmark.files import hash_folder
from benchmark.task import Task
from evaluators.proof.piece_store import PieceStore
from evaluators.proof.result import TaskProof
from sources.generated_cache import fingerprint
from sources.registry import load_sources


def read_proof(task: Task, store: PieceStore) -> TaskProof | None:
    """The stored proof of a task as it is now; None = there is none."""
    content = store.read(_key(task, store))
    try:
        return None if content is None else TaskProof.model_validate(content)
    except ValidationError:  # an earlier version wrote it
        return None


def write_proof(task: Task, proof: TaskProof, store: PieceStore) -> None:
    """Keep the proof of a task as it is now."""
    store.write(_key(task, store), proof.model_dump(mode="json"))


def files_hash(task: Task) -> str:
    """Changes with every file of a task and of its world; the same on every machine."""
    digest = hashlib.sha256()
    for text in (hash_folder(task.folder), hash_folder(task.world.folder, without=("tasks",))):
        digest.update(text.encode())
    return digest.hexdigest()[:16]


def _key(task: Task, store: PieceStore) -> str:
    generator = fingerprint(load_sources(task.world.id))  # it may lie outside of this repository
    return store.key("task", {"files": files_hash(task), "generator": generator})
