"""The arguments of a tool's call, as a model wrote them."""

from __future__ import annotations

import json
from typing import Any

from benchmark.bounded_json import parse_bounded

MAX_BYTES = 4 * 1024**2
MAX_VALUES = 100_000


def parse_arguments(text: str) -> Any:
    """Parse arguments; nested deeper than 40 levels they are none that a tool takes, or that a file of ours can hold.

    Halves of letters stay: a tool refuses them, and does not take another letter in their place.

    Raises:
        ValueError: They are no JSON, or more than is read; the message says what.
    """
    parse_bounded(text.encode("utf-8", "replace"), MAX_BYTES, MAX_VALUES)
    return json.loads(text)
