"""A generator that never ends is ended: its author learns which query was running."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sources.contract import GENERATION_SECONDS

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PAUSE_SECONDS = 0.1


@contextmanager
def ended_in_time(connection: "DuckDBPyConnection") -> Iterator[None]:
    """Interrupt what a connection runs, and whatever it begins later, once the time for a day's data is over.

    The query that is interrupted raises `duckdb.InterruptException`, which `duckdb_message` puts into words.
    """
    is_done = threading.Event()
    watch = threading.Thread(target=_interrupt, args=(connection, is_done), name="time-limit", daemon=True)
    watch.start()
    try:
        yield
    finally:
        is_done.set()
        watch.join()


def _interrupt(connection: "DuckDBPyConnection", is_done: threading.Event) -> None:
    if is_done.wait(GENERATION_SECONDS):
        return
    while not is_done.wait(_PAUSE_SECONDS):
        connection.interrupt()
