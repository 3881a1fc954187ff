"""A time limit on what a DuckDB connection runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

_REPEAT_SECONDS = 0.05


@contextmanager
def time_limit(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt every query that still runs, or starts, when the time is over.

    The interrupt is repeated until the block ends, because DuckDB forgets one that falls between two queries.

    Args:
        connection: The connection whose queries are limited.
        seconds: Wall time of the whole block. A query that is interrupted raises `duckdb.InterruptException`.
    """
    is_done = threading.Event()

    def interrupt() -> None:
        waiting = seconds
        while not is_done.wait(waiting):
            connection.interrupt()
            waiting = _REPEAT_SECONDS

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_done.set()
        thread.join()
