"""Proofs of whole tasks, kept by what they read: nothing of it changed, nothing has to be proven again."""

from __future__ import annotations

from pydantic import ValidationError

from evaluators.proof.content_hashes import ContentHashes
from evaluators.proof.piece_store import PieceStore
from evaluators.proof.result import TaskProof


def read_proof(task: str, hashes: ContentHashes, store: PieceStore) -> TaskProof | None:
    """The stored proof of a task as it is now; None = there is none.

    Args:
        task: Its id.
        hashes: Of all that a proof of it reads.
        store: Where proofs are.
    """
    content = store.read(_key(hashes, store))
    try:
        proof = None if content is None else TaskProof.model_validate(content)
    except ValidationError:  # an earlier version wrote it
        return None
    return proof if proof is not None and proof.task == task else None


def write_proof(hashes: ContentHashes, proof: TaskProof, store: PieceStore) -> None:
    """Keep the proof of a task as it was when it was begun, unless something could not be tried."""
    if proof.is_whole:
        store.write(_key(hashes, store), proof.model_dump(mode="json"))


def _key(hashes: ContentHashes, store: PieceStore) -> str:
    return store.key("task", hashes._asdict())
