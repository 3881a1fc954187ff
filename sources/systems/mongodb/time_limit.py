"""How long a command may take."""

import time
from typing import Any

from sources.systems.mongodb.errors import CommandError

MOST_SECONDS = 60.0


class TimeLimit:
    """The time that is left for the command that reads; a cursor starts it again with each of its batches."""

    def __init__(self, max_time_ms: Any = None) -> None:
        self._until = 0.0
        self.restart(max_time_ms)

    def restart(self, max_time_ms: Any = None) -> None:
        """Begin a command; 0 and None mean no limit but the server's own."""
        is_given = isinstance(max_time_ms, int | float) and 0 < max_time_ms < MOST_SECONDS * 1000
        self._until = time.monotonic() + (max_time_ms / 1000 if is_given else MOST_SECONDS)

    def check(self) -> None:
        """Raise where the time is over."""
        if time.monotonic() > self._until:
            raise CommandError("MaxTimeMSExpired", "operation exceeded time limit")
