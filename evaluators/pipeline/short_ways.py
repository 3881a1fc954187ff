"""Whether work whose result is known may be taken from the cache: `LOCKGATE_LONG_WAY=1` does all of it again."""

import os

from benchmark.errors import LockgateError

VARIABLE = "LOCKGATE_LONG_WAY"


def takes_short_ways() -> bool:
    """Whether loads and builds may be copied where nothing of them differs from the solution's.

    Raises:
        LockgateError: The variable has a value that says neither.
    """
    value = os.environ.get(VARIABLE, "")
    if value not in ("", "0", "1"):
        raise LockgateError(
            f"{VARIABLE} is '{value}'. Set it to 1 to load and build everything, or to 0 to copy what is known."
        )
    return value != "1"
