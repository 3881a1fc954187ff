"""Work on several threads at once, for which nobody waits when the process is interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def at_once(calls: Sequence[Callable[[], T]], on_end: Callable[[], None] = lambda: None) -> list[T]:
    """Make calls, each on a thread of its own.

    A thread of a pool would be joined at Ctrl-C, and waits for a job that may take minutes.

    Args:
        calls: What to call.
        on_end: Called when all have ended, the first one fails, or the process is interrupted.

    Returns:
        What each returned, in their order.

    Raises:
        Exception: That of the first call that raised one, once all have ended.
    """
    futures: list[Future[T]] = []
    for call in calls:
        future: Future[T] = Future()
        futures.append(future)
        Thread(target=_make, args=(call, future), daemon=True).start()
    try:
        wait(futures, return_when=FIRST_EXCEPTION)
    finally:
        on_end()
    wait(futures)
    return [future.result() for future in futures]


def _make(call: Callable[[], T], future: Future[T]) -> None:
    try:
        future.set_result(call())
    except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
        future.set_exception(error)
