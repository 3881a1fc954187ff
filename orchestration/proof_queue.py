"""Which piece of a proof starts next, so that no core is idle while source systems are waited for."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.proof.pieces import Piece

_LOADING = frozenset({"gold", "again", "streams", "idle"})
"""Kinds of pieces that load, and wait for source systems that misbehave."""


def cores_of(piece: Piece) -> float:
    """How much of a core a piece keeps busy."""
    return 0.4 if piece.kind in _LOADING else 1.0


def next_place(waiting: Sequence[Piece], running: Sequence[Piece], n_parallel: int) -> int | None:
    """Place of the piece to start now; None = there is no core for another one.

    Gold goes first, since other pieces follow it, then the longest, equal ones as they came. A core that is not quite
    busy takes another piece: who uses less than half of it is mostly one who waits.

    Args:
        waiting: Those that can be done.
        running: Those that are being done.
        n_parallel: Cores to keep busy.
    """
    if not waiting or sum(cores_of(piece) for piece in running) >= n_parallel:
        return None
    return max(range(len(waiting)), key=lambda place: (waiting[place].kind == "gold", waiting[place].seconds, -place))
