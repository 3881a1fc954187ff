"""The progress of `lockgate generate`: a bar of proven tasks, and what is being done."""

from __future__ import annotations

from evaluators.proof.result import TaskProof
from orchestration.generate import Progress
from orchestration.reports.proof_progress import ProofProgress


class GenerateProgress(ProofProgress):
    """Tasks proven, candidates tried, and pieces of proofs."""

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
