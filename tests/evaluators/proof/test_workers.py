"""Worker processes of a proof: what is said of one that breaks or is killed, and that none outlives its parent."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from benchmark.errors import OurFaultError
from benchmark.paths import REPOSITORY_DIR
from benchmark.task import Task
from evaluators.proof.pieces import Piece
from evaluators.proof.workers import Workers


def spawned() -> list[psutil.Process]:
    """Worker processes of this test."""
    return [psutil.Process(child.pid) for child in multiprocessing.active_children()]


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


FIRST_WORKER = """
import signal
from pathlib import Path
from multiprocessing import resource_tracker
from evaluators.proof import workers
if __name__ == "__main__":
    assert resource_tracker._resource_tracker._fd is None, "nothing has started it yet"
    worker = workers._Worker()
    lines = Path(f"/proc/{worker._process.pid}/status").read_text().splitlines()
    masks = [int(line.split()[1], 16) for line in lines if line.startswith(("SigBlk", "SigIgn"))]
    print(any(mask >> (signal.SIGINT - 1) & 1 for mask in masks))
    worker.end()
"""


def test_an_early_ctrl_c_does_not_reach_the_first_worker_of_a_process(tmp_path: Path) -> None:
    """Its imports take seconds; a worker that Ctrl-C ends there prints a traceback into the command's output."""
    (tmp_path / "first.py").write_text(FIRST_WORKER)
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY_DIR)}
    done = subprocess.run(
        [sys.executable, tmp_path / "first.py"], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "True\n"


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
