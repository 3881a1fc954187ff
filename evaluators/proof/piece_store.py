"""Results of proofs, kept by a hash of all that they depend on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmark.cache import read_entry, write_entry
from benchmark.paths import cache_dir
from benchmark.versions import tool_versions
from evaluators.pipeline.run_keys import code_hash
from evaluators.proof.proof_code import PROOF_CODE


class PieceStore:
    """Results by key, in the cache; a result that is not there, or is damaged, is made again."""

    def __init__(self, *, is_fresh: bool = False) -> None:
        """Open the store.

        Args:
            is_fresh: Whether to find nothing: everything is made again, and stored.
        """
        self._is_fresh = is_fresh
        self._made: set[str] = set()

    def key(self, kind: str, content: Mapping[str, Any]) -> str:
        """Hash of what a result depends on: this, our code, and the versions of tools."""
        parts = {"kind": kind, "content": content, "code": code_hash(PROOF_CODE), "versions": _versions()}
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:32]

    def read(self, key: str) -> Any | None:
        """The result of a key; None = there is none."""
        if self._is_fresh and key not in self._made:
            return None
        text = read_entry(self._path(key))
        return None if text is None else json.loads(text)["result"]

    def write(self, key: str, result: Any) -> None:
        """Keep a result."""
        self._made.add(key)
        write_entry(self._path(key), json.dumps({"result": result}, ensure_ascii=False, sort_keys=True))

    def _path(self, key: str) -> Path:
        return cache_dir() / "proof" / f"{key}.json"


@lru_cache
def _versions() -> dict[str, str]:
    return tool_versions() | {"sqlglot": version("sqlglot")}  # it writes the mutants
