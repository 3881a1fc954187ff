"""Copies of what the runs of one submission left, within one limit for all of them."""

from __future__ import annotations

import threading
from pathlib import Path

from benchmark.errors import SubmissionError
from benchmark.files import copy_plain_files
from benchmark.hostile_tree import remove_tree

MAX_COPIED_BYTES = 16 * 1024**3
"""Limit for all workspaces of one evaluation that lie on the disk at the same time."""


class WorkspaceCopies:
    """Copies workspaces from run to run and counts their bytes, so that no submission can fill the disk.

    Threads may share it: they copy one after the other.
    """

    def __init__(self, max_bytes: int = MAX_COPIED_BYTES) -> None:
        self._max_bytes = max_bytes
        self._sizes: dict[Path, int] = {}
        self._lock = threading.Lock()

    @property
    def n_bytes(self) -> int:
        """Size of all copies that are there."""
        return sum(self._sizes.values())

    def copy(self, source: Path, target: Path) -> None:
        """Copy a workspace; see `benchmark.files.copy_plain_files`.

        Raises:
            SubmissionError: It does not fit into what is left of the limit, or is no workspace that can be copied.
            OurFaultError: The disk is full.
        """
        try:
            with self._lock:
                self._sizes[target] = copy_plain_files(source, target, self._max_bytes - self.n_bytes)
        except SubmissionError as error:
            remove_tree(target)
            limit = f"the limit is {self._max_bytes:,} bytes for all runs together"
            raise SubmissionError(f"What the runs left cannot be kept ({limit}): {error}") from error

    def forget(self, folder: Path) -> None:
        """Copies in this folder have been removed."""
        with self._lock:
            self._sizes = {path: size for path, size in self._sizes.items() if not path.is_relative_to(folder)}
