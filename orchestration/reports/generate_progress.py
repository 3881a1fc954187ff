"""The progress of `lockgate generate`: a bar of proven tasks, and what is being done."""

from __future__ import annotations

import time

from evaluators.proof.result import TaskProof
from orchestration.generate import Progress
from orchestration.reports.proof_progress import ProofProgress

_SECONDS = 30.0
"""Between two lines where there is no terminal."""


class GenerateProgress(ProofProgress):
    """Tasks proven, candidates tried, and pieces of proofs; a line every half minute where there is no terminal."""

    _last_line = -_SECONDS

    @property
    def hears(self) -> Progress:
        """What a generation calls."""
        return Progress(self._step, self.pieces, self.done)

    def done(self, proof: TaskProof) -> None:
        """A task's proof has ended; one that does not hold is no progress."""
        if proof.is_proven:
            super().done(proof)
        else:
            self._console.print(f"[yellow]thrown away[/]  {proof.task}  {proof.problems[0]}", highlight=False)

    def _step(self, text: str) -> None:
        self._steps.clear()
        self._describe(text)
        if not self._console.is_terminal and time.monotonic() - self._last_line >= _SECONDS:
            self._last_line = time.monotonic()
            self._console.print(text, highlight=False, markup=False)
