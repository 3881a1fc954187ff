from collections.abc import Callable
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from benchmark.errors import LockgateError
from orchestration.cli import app


class Done(NamedTuple):
    """How a command ended: what it printed on both streams, and a user's mistake."""

    exit_code: int
    output: str
    errors: str
    mistake: str
    """The sentence that `main` prints; empty where there is none."""


Lockgate = Callable[..., Done]


@pytest.fixture
def lockgate(monkeypatch: pytest.MonkeyPatch) -> Lockgate:
    """The command line in this process, on a terminal of 80 columns. A fault of ours is raised."""
    monkeypatch.setenv("COLUMNS", "80")

    def invoke(*arguments: str) -> Done:
        result = CliRunner().invoke(app, list(arguments))
        if result.exception and not isinstance(result.exception, SystemExit | LockgateError):
            raise result.exception
        mistake = str(result.exception) if isinstance(result.exception, LockgateError) else ""
        return Done(result.exit_code, result.stdout, result.stderr, mistake)

    return invoke
