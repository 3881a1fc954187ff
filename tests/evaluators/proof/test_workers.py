"""Worker processes of a proof: what is said of one that breaks or is killed, and that none outlives its parent."""

import os
import signal
import time
from collections.abc import Callable

import psutil
import pytest

from benchmark.errors import OurFaultError
from benchmark.task import Task
from evaluators.proof.pieces import Piece
from evaluators.proof.workers import Workers


def spawned() -> list[psutil.Process]:
    """Worker processes of this test."""
    return [child for child in psutil.Process().children() if "spawn_main" in " ".join(child.cmdline())]


def broken(task: Task) -> Piece:
    """A piece that our own code cannot do."""
    return Piece("no kind", (task,))


def do_nothing(_process: psutil.Process) -> None:
    pass


def interrupt(process: psutil.Process) -> None:
    process.send_signal(signal.SIGINT)


@pytest.mark.parametrize("before", [do_nothing, interrupt], ids=["left alone", "a Ctrl-C is for the parent"])
def test_a_piece_that_breaks_says_which_and_whose_it_is(kiosk: Task, before: Callable[[psutil.Process], None]) -> None:
    with Workers(1) as workers:
        (worker,) = spawned()
        before(worker)
        workers.start(broken(kiosk))
        assert not workers.has_room
        assert [piece.kind for piece in workers.running] == ["no kind"]
        with pytest.raises(OurFaultError, match=r"(?s)^'no kind' of kiosk_sales broke:\n.*KeyError: 'no kind'"):
            workers.wait(60)
    assert not worker.is_running()


KILLED = (
    r"^The process that did 'no kind' of kiosk_sales ended with code -9\. "
    r"Run the command again: what was done is kept\.$"
)


def test_a_worker_that_is_killed_is_told_with_what_to_do(kiosk: Task) -> None:
    with Workers(1) as workers:
        (worker,) = spawned()
        workers.start(broken(kiosk))
        os.kill(worker.pid, signal.SIGKILL)
        with pytest.raises(OurFaultError, match=KILLED):
            workers.wait(60)
    assert not worker.is_running()


def test_a_worker_that_is_killed_while_it_waits_is_told_when_it_is_needed(kiosk: Task) -> None:
    with Workers(1) as workers:
        (worker,) = spawned()
        os.kill(worker.pid, signal.SIGKILL)
        while worker.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        with pytest.raises(OurFaultError, match=KILLED):
            workers.start(broken(kiosk))


def test_nothing_is_left_when_an_error_ends_the_work(kiosk: Task) -> None:
    left: list[psutil.Process] = []

    def stop() -> None:
        with Workers(2) as workers:
            left.extend(spawned())
            workers.start(broken(kiosk))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop()
    assert len(left) == 2
    assert not any(worker.is_running() for worker in left)
