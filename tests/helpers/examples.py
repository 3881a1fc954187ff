"""How many examples a property test tries."""

import os

IS_LONGER_LOOK = "LOCKGATE_EXAMPLES" in os.environ
"""Somebody looks longer at some properties, and wants other examples than those of every day."""


def n_examples(most: int) -> int:
    """`LOCKGATE_EXAMPLES` where it is set; else all, or a quarter in `make test`, which is run on every change."""
    if IS_LONGER_LOOK:
        return int(os.environ["LOCKGATE_EXAMPLES"])
    return max(3, most // 4) if os.environ.get("LOCKGATE_TEST_EXAMPLES") == "few" else most
