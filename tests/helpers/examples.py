"""How many examples a property test tries."""

import os


def n_examples(most: int) -> int:
    """All of them, or a quarter in `make test`, which is run on every change."""
    return max(3, most // 4) if os.environ.get("LOCKGATE_TEST_EXAMPLES") == "few" else most
