import pytest
from typer.testing import CliRunner

from benchmark.errors import LockgateError
from orchestration.cli import app
from tests.helpers.command_line import Done, Lockgate


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
