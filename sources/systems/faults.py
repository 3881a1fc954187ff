"""Faults of servers and drop folders: what fails is fixed by a seed, and the same readers meet the same faults."""

import random
import threading
from collections import Counter
from dataclasses import dataclass
from typing import Literal

HttpFault = Literal["error", "unavailable", "limit", "timeout", "closed"]
"""500; 503; 429 with Retry-After; no answer until the server hangs up; 403, which no reader repeats by itself."""

TIMEOUT_SECONDS = 2.0
"""After this time without an answer the server closes the connection, as a gateway does after a minute."""
MAX_REFUSED = 2
"""Requests to one endpoint that an outage refuses."""
_BURST: tuple[HttpFault, ...] = ("error", "limit", "limit", "limit")
_STALL: tuple[HttpFault, ...] = ("timeout", "unavailable")
_SINGLE: tuple[HttpFault, ...] = ("error", "limit", "timeout", "unavailable")

_BINARY = (b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PAR1", b"PK")
"""First bytes of gzip, Zstandard, Parquet, and Excel."""


class HttpFaults:
    """Which requests fail. Every one succeeds after it was repeated: at most four fail in a row.

    At the first endpoint of an API the first request meets one group of faults and the first after it succeeded another
    one, in seeded order: a 500 and a burst of three 429s; a request without an answer and a 503. At every other
    endpoint the first request meets one of these faults, each kind in its turn, so that twenty endpoints are read in a
    minute or two. Later requests meet none.

    Args:
        seed: Of the data; it orders the groups, and says with which kind the turns begin.
        is_first_page_twice: A list has its first page twice, as when rows come in front of it while
            somebody pages through it: page 2 is page 1 again, page 3 is what page 2 would be, and so on.
    """

    spares_logins = False
    """Whether requests for a token, which need no key, meet no fault."""

    def __init__(self, seed: int, *, is_first_page_twice: bool = False) -> None:
        self.is_first_page_twice = is_first_page_twice
        self._seed = seed
        self._served: Counter[int] = Counter()
        self._lock = threading.Lock()

    def schedule(self, place: int) -> tuple[HttpFault | None, ...]:
        """What the first requests to the endpoint in a place of its API meet, in their order; None: an answer."""
        if place:
            return (_SINGLE[(self._seed + place) % len(_SINGLE)], None)
        groups = [_BURST, _STALL]
        random.Random(self._seed).shuffle(groups)
        return (*groups[0], None, *groups[1], None)

    def take(self, place: int) -> HttpFault | None:
        """The fault that the next request to the endpoint in a place of its API meets."""
        with self._lock:
            number = self._served[place]
            self._served[place] += 1
        schedule = self.schedule(place)
        return schedule[number] if number < len(schedule) else None


class HttpOutage(HttpFaults):
    """An API that is closed at first: readers do not repeat what is refused, so a load fails, and a later one does not.

    It opens, for all endpoints, when one of them was asked twice: a second load still fails, the third one succeeds.
    """

    spares_logins = True

    def take(self, place: int) -> HttpFault | None:
        """A refusal until the API is open."""
        with self._lock:
            is_open = max(self._served.values(), default=0) >= MAX_REFUSED
            self._served[place] += 1
        return None if is_open else "closed"


@dataclass(frozen=True)
class FileFaults:
    """Which files of a drop folder are damaged or delivered again."""

    seed: int
    """Seed of the data; decides where a file is cut."""
    cut: tuple[str, ...] = ()
    """Streams whose newest file is there in part only, as while it is being written."""
    again: tuple[str, ...] = ()
    """Streams whose oldest file with rows was delivered once more: a later file time, the same rows in other bytes."""

    def cut_content(self, name: str, content: bytes) -> bytes:
        """The first 40 to 80 % of a file; the last line of a text is broken off inside its first field.

        Readers can tell: a compressed or binary file ends too early, a line of a CSV has too few fields.
        """
        share = random.Random(f"{self.seed} {name}").uniform(0.4, 0.8)
        position = int(share * len(content))
        if content.startswith(_BINARY):
            return content[:position]
        start_of_line = content.rfind(b"\n", 0, position) + 1
        return content[: start_of_line + 1]
