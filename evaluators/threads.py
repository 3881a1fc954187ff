"""Work on several threads at once, for which nobody waits when the process is interrupted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, Future, wait
from threading import Lock, Thread
from typing import TypeVar

T = TypeVar("T")
_Work = tuple[Callable[[], T], "Future[T]"]


def at_once(
    calls: Sequence[Callable[[], T]], on_end: Callable[[], None] = lambda: None, most: int | None = None
) -> list[T]:
    """Make calls on threads, begun in their order.

    A thread of a pool would be joined at Ctrl-C, and waits for a job that may take minutes.

    Args:
        calls: What to call.
        on_end: Called when all have ended, the first one fails, or the process is interrupted.
        most: How many run at the same time; None = all.

    Returns:
        What each returned, in their order.

    Raises:
        Exception: That of the first call that raised one, once all that had begun have ended.
    """
    work: list[_Work[T]] = [(call, Future()) for call in calls]
    futures = [future for _, future in work]
    todo = _Shared(work)
    for _ in work[:most]:
        Thread(target=todo.make_calls, daemon=True).start()
    try:
        wait(futures, return_when=FIRST_EXCEPTION)
    finally:
        on_end()
    wait(futures)
    failed = [error for future in futures if not future.cancelled() and (error := future.exception())]
    if failed:
        raise failed[0]
    return [future.result() for future in futures]


class _Shared:
    """Calls that threads take one after the other, until one fails."""

    def __init__(self, work: Sequence[_Work[T]]) -> None:
        self._left: Iterator[_Work[T]] = iter(work)
        self._lock = Lock()
        self._has_failed = False

    def make_calls(self) -> None:
        """Make calls until none is left; after a failure those that are left are cancelled."""
        while True:
            with self._lock:
                call, future = next(self._left, (None, None))
                is_over = self._has_failed
            if call is None or future is None:
                return
            if is_over:
                future.cancel()
                future.set_running_or_notify_cancel()
                continue
            try:
                result = call()
            except BaseException as error:  # noqa: BLE001 - raised again by whoever waits
                with self._lock:
                    self._has_failed = True
                future.set_exception(error)
            else:
                future.set_result(result)
