"""The command line in this process; the fixture `lockgate` of tests/orchestration/cli is of the type here."""

from collections.abc import Callable
from typing import NamedTuple


class Done(NamedTuple):
    """How a command ended: what it printed on both streams, and a user's mistake."""

    exit_code: int
    output: str
    errors: str
    mistake: str
    """The sentence that `main` prints; empty where there is none."""


Lockgate = Callable[..., Done]
