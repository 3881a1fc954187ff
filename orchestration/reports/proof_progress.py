"""The progress of proofs: a bar with the mutants tried and the time left, and a line for each piece of work."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence

from rich.console import Console

from evaluators.proof.pieces import Piece
from evaluators.proof.result import TaskProof
from evaluators.proof.workers import Answer
from orchestration.proof_queue import cores_of
from orchestration.reports.progress import StepBar, duration_words
from orchestration.reports.proof import what_was_tried


class TimeLeft:
    """How long pieces will take: as long as others of their kind took, else as they are expected to."""

    def __init__(self, n_parallel: int) -> None:
        self._n_parallel = n_parallel
        self._expected: dict[str, float] = defaultdict(float)
        self._took: dict[str, float] = defaultdict(float)
        """Both by kind, of pieces that have ended."""

    def ended(self, piece: Piece, seconds: float) -> None:
        """A piece took so long."""
        self._expected[piece.kind] += piece.seconds
        self._took[piece.kind] += seconds

    def seconds(self, running: Sequence[tuple[Piece, float]], waiting: Sequence[Piece]) -> float | None:
        """How long it will take until all have ended.

        Args:
            running: Each with the seconds that it has run.
            waiting: Begin as workers are free.

        Returns:
            None while gold is built: nobody knows yet what comes after it.
        """
        if any(piece.kind == "gold" for piece in (*(piece for piece, _ in running), *waiting)):
            return None
        left = [(piece, max(self._guess(piece) - seconds, 0.0)) for piece, seconds in running]
        left += [(piece, self._guess(piece)) for piece in waiting]
        work = sum(seconds * cores_of(piece) for piece, seconds in left)
        return max(work / self._n_parallel, *(seconds for _, seconds in left), 0.0)

    def _guess(self, piece: Piece) -> float:
        expected = self._expected.get(piece.kind)
        return piece.seconds * self._took[piece.kind] / expected if expected else piece.seconds


class ProofProgress(StepBar):
    """Tasks proven, and what is being done; one line a task where there is no terminal."""

    def __init__(self, console: Console, n_total: int, n_parallel: int) -> None:
        super().__init__(console, n_total)
        self._left = TimeLeft(n_parallel)
        self._since: dict[int, float] = {}
        """When each running piece began."""
        self._n_mutants = 0
        self._mutants_since: float | None = None

    def pieces(self, running: Sequence[Piece], waiting: Sequence[Piece]) -> None:
        """Other pieces run now."""
        self._steps.clear()
        self._steps |= {f"{piece.tasks[0].world.id if piece.tasks else ''}: {piece.label}": "" for piece in running}
        now = time.monotonic()
        self._since = {id(piece): self._since.get(id(piece), now) for piece in running}
        if self._mutants_since is None and any(piece.kind in _WITH_MUTANTS for piece in running):
            self._mutants_since = now
        seconds = self._left.seconds([(piece, now - self._since[id(piece)]) for piece in running], waiting)
        to_do = f"{len(waiting)} to do" if waiting else ""
        left = to_do if seconds is None else f"{duration_words(seconds)} left"
        self._describe(", ".join(filter(None, [self._mutants(now), left])))

    def answered(self, answer: Answer) -> None:
        """A piece has ended."""
        self._left.ended(answer.piece, answer.wall_seconds)
        if answer.result and answer.piece.kind in _WITH_MUTANTS:
            found = (mutant["id"] for tried in answer.result.values() for mutant in tried["mutants"])
            self._n_mutants += len(set(found))  # tasks share mutants

    def done(self, proof: TaskProof) -> None:
        """A task's proof has ended."""
        self._bar.advance(self._task)
        mark = "[green]proven[/]" if proof.is_proven else "[red]not proven[/]"
        self._console.print(f"{mark}  {proof.task}  {what_was_tried(proof)}", highlight=False)

    def _mutants(self, now: float) -> str:
        """Mutants tried, and how many a second; empty before the first."""
        if not self._n_mutants or self._mutants_since is None:
            return ""
        return f"{self._n_mutants:,} mutants, {self._n_mutants / max(now - self._mutants_since, 1e-9):.1f}/s"


_WITH_MUTANTS = frozenset({"model", "streams"})
"""Kinds of pieces that try mutants."""
