"""Asks whether a model's provider answers: `python -m agents.llm.probe`, the model as JSON on standard input.

Exit code 0 = it answers. Else the problem is on standard output.
"""

from __future__ import annotations

import sys

from agents.llm.client import ModelClient
from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec


def main() -> int:
    """Make one call; the exit code."""
    try:
        problem = ModelClient(ModelSpec.model_validate_json(sys.stdin.read())).probe()
    except LockgateError as error:
        problem = str(error)
    sys.stdout.write(problem)
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main())
