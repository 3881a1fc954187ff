"""Worker processes that do pieces of a proof, one each at a time; they end with the process that made them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Self

from benchmark.errors import LockgateError, OurFaultError
from evaluators.proof.loaded_gold import keep_databases
from evaluators.proof.pieces import Piece, Result, run_piece
from runtime.fork_client import ForkRuntime
from runtime.processes import die_with_parent

N_DATABASES = 12
"""A worker keeps gold of so many runs in memory, the runs of one solution: about 25 MB each, measured on `shop`."""
_CONTEXT = multiprocessing.get_context("spawn")
"""A fork would have the threads of DuckDB and Arrow as locks that nobody holds."""


@dataclass(frozen=True)
class Answer:
    """How a piece ended."""

    piece: Piece
    result: Result | None
    error: str = ""
    """Why there is no result, for the task's author."""
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    """Of the worker itself; what it asks a fork server for is not in it."""


class Workers:
    """Processes that do pieces of work. They share the fork servers of the runtime whose `shared()` surrounds them.

    Use it as a context manager.
    """

    def __init__(self, n: int) -> None:
        """Nothing starts yet.

        Args:
            n: Processes, from 1.
        """
        self._n = n
        self._free: list[_Worker] = []
        self._busy: dict[Connection, _Worker] = {}

    def __enter__(self) -> Self:
        """Start the processes."""
        self._free = [_Worker() for _ in range(self._n)]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End them; what they are at is lost."""
        for worker in (*self._free, *self._busy.values()):
            worker.end()

    @property
    def has_room(self) -> bool:
        """Whether a worker waits for work."""
        return bool(self._free)

    @property
    def running(self) -> Sequence[Piece]:
        """What is being done now."""
        return [worker.piece for worker in self._busy.values() if worker.piece]

    def start(self, piece: Piece) -> None:
        """Give a piece to a worker that waits.

        Raises:
            OurFaultError: The worker was killed.
        """
        worker = self._free.pop()
        self._busy[worker.channel] = worker
        worker.give(piece)

    def wait(self, seconds: float | None = None) -> list[Answer]:
        """Wait until pieces have ended.

        Args:
            seconds: At most so long; None = until one has.

        Raises:
            OurFaultError: Our own code broke, or a worker was killed.
        """
        answers = []
        for channel in wait(list(self._busy), timeout=seconds):
            assert isinstance(channel, Connection)
            worker = self._busy.pop(channel)
            self._free.append(worker)  # first: whatever its answer is, `__exit__` ends it
            answers.append(worker.answer())
        return answers


class _Worker:
    """One process."""

    def __init__(self) -> None:
        self.channel, theirs = _CONTEXT.Pipe()
        self._process: BaseProcess = _CONTEXT.Process(target=_work, args=(theirs, os.getpid()), daemon=True)
        # Its imports take seconds, in which Ctrl-C would end it with a traceback. The tracker, which the first process
        # would start, unblocks the signal once it runs.
        resource_tracker.ensure_running()
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        theirs.close()
        self.piece: Piece | None = None

    def give(self, piece: Piece) -> None:
        self.piece = piece
        try:
            self.channel.send(piece)
        except BrokenPipeError:  # it was killed while it waited
            raise self._killed(piece) from None

    def answer(self) -> Answer:
        piece, self.piece = self.piece, None
        assert piece is not None, "only a worker that was given a piece answers"
        try:
            result, error, fault, wall_seconds, cpu_seconds = self.channel.recv()
        except (EOFError, ConnectionResetError):
            raise self._killed(piece) from None
        if fault:
            raise OurFaultError(f"'{piece.label}' of {piece.tasks[0].id} broke:\n{fault}")
        return Answer(piece, result, error, wall_seconds, cpu_seconds)

    def _killed(self, piece: Piece) -> OurFaultError:
        self._process.join()
        return OurFaultError(
            f"The process that did '{piece.label}' of {piece.tasks[0].id} ended with code "
            f"{self._process.exitcode}. Run the command again: what was done is kept."
        )

    def end(self) -> None:
        self._process.kill()
        self._process.join()
        self.channel.close()


def _work(channel: Connection, parent_pid: int) -> None:
    """Be a worker: do what comes, until the other side is gone."""
    die_with_parent(parent_pid)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    keep_databases(N_DATABASES)
    runtime = ForkRuntime()
    while True:
        try:
            piece: Piece = channel.recv()
        except (EOFError, ConnectionResetError):
            return
        result, error, fault = None, "", ""
        started, cpu_started = time.monotonic(), time.process_time()
        try:
            result = run_piece(piece, runtime)
        except OurFaultError:
            fault = traceback.format_exc()
        except LockgateError as problem:
            error = str(problem)
        except Exception:  # noqa: BLE001 - told by the parent
            fault = traceback.format_exc()
        channel.send((result, error, fault, time.monotonic() - started, time.process_time() - cpu_started))
