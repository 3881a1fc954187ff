"""The progress of a proof: a bar, and a line for each piece of work."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.proof.pieces import Piece
from evaluators.proof.result import TaskProof
from orchestration.reports.progress import StepBar
from orchestration.reports.proof import what_was_tried


class ProofProgress(StepBar):
    """Tasks proven, and what is being done; one line a task where there is no terminal."""

    def pieces(self, running: Sequence[Piece], n_waiting: int) -> None:
        """Other pieces run now."""
        self._steps.clear()
        self._steps |= {f"{piece.tasks[0].world.id if piece.tasks else ''}: {piece.label}": "" for piece in running}
        self._describe(f"{n_waiting} to do; " if n_waiting else "")

    def done(self, proof: TaskProof) -> None:
        """A task's proof has ended."""
        self._bar.advance(self._task)
        mark = "[green]proven[/]" if proof.is_proven else "[red]not proven[/]"
        self._console.print(f"{mark}  {proof.task}  {what_was_tried(proof)}", highlight=False)
        self._describe()
