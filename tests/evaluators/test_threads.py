"""Calls on several threads: how many at once, in which order, and what a failure leaves undone."""

from __future__ import annotations

import time
from functools import partial
from threading import Barrier, Lock

import pytest

from evaluators.threads import at_once


def test_results_come_in_the_order_of_the_calls() -> None:
    assert at_once([partial(_after, 0.02, "a"), partial(_after, 0, "b")]) == ["a", "b"]
    assert at_once([]) == []


def test_no_more_run_at_once_than_may() -> None:
    running, most, lock = 0, 0, Lock()

    def call() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.005)
        with lock:
            running -= 1

    at_once([call] * 9, most=2)
    assert most == 2


def test_as_many_run_at_once_as_may() -> None:
    meeting = Barrier(3, timeout=10)
    at_once([meeting.wait] * 3, most=3)
    at_once([meeting.wait] * 3)


def test_after_a_failure_nothing_more_begins_and_the_first_one_is_raised() -> None:
    done: list[int] = []
    ended: list[bool] = []

    def call(number: int) -> None:
        if number == 1:
            raise ValueError("one")
        done.append(number)

    with pytest.raises(ValueError, match="one"):
        at_once([partial(call, number) for number in range(5)], on_end=lambda: ended.append(True), most=1)
    assert done == [0]
    assert ended == [True]


def test_what_had_begun_before_a_failure_ends_first() -> None:
    meeting = Barrier(2, timeout=10)
    done: list[str] = []

    def fail() -> None:
        meeting.wait()
        raise ValueError("failed")

    def go_on() -> None:
        meeting.wait()
        time.sleep(0.05)
        done.append("went on")

    with pytest.raises(ValueError, match="failed"):
        at_once([fail, go_on, lambda: done.append("never")], most=2)
    assert done == ["went on"]


def _after(seconds: float, result: str) -> str:
    time.sleep(seconds)
    return result
