"""A real small model, unscripted, with every LLM agent that acts: `make small-model`. It solves nothing, and counts."""

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agents.trajectory import read_trajectory
from benchmark.run_store import RunStore
from orchestration.cli.app import app
from tests.small_model.serve import CONTEXT_TOKENS

PYTHON = "LOCKGATE_SMALL_MODEL_PYTHON"
AGENTS = ("toolloop", "codeact", "planner")
TASKS = ("flights_otp_scorecard", "flights_disputed_delays")
START_SECONDS = 120

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(PYTHON not in os.environ, reason="opt-in: `make small-model` installs the model"),
]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """Address of the model's API."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (tmp_path / "server.log").open("wb") as log:
        command = [os.environ[PYTHON], str(Path(__file__).with_name("serve.py")), str(port)]
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(f"http://127.0.0.1:{port}/v1/models"):
            assert server.poll() is None, (tmp_path / "server.log").read_text()
            assert time.monotonic() < deadline, "it did not start in time"
            time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait()


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5):
            return True
    except urllib.error.URLError:
        return False


def test_unscripted_nonsense_is_scored(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMALL_KEY", "none-is-needed-here")
    monkeypatch.setenv("LOCKGATE_CALL_SECONDS", "1800")  # two busy cores read 20 tokens a second
    model: dict[str, Any] = {"name": "openai/smollm2", "label": "smollm2", "base_url": url, "key_variable": "SMALL_KEY"}
    model |= {"context_tokens": CONTEXT_TOKENS, "max_output_tokens": 200, "temperature": 0.8, "parameters": {"seed": 1}}
    model |= {"price": {"input": 0, "output": 0}}
    options = {"scenarios": ["visible"], "days": 3, "parallel": 1, "budget": {"steps": 5, "wall_seconds": 1200}}
    matrix: dict[str, Any] = {"agents": AGENTS, "models": [model], "tasks": TASKS, **options}
    (tmp_path / "run.yaml").write_text(json.dumps(matrix))
    result = CliRunner().invoke(app, ["run", str(tmp_path / "run.yaml"), "--run-id", "small", "--json"])
    assert result.exit_code == 0, result.output
    store = RunStore("small")
    trials = store.read_plan().trials
    assert len(trials) == len(AGENTS) * len(TASKS)
    for trial in trials:
        card = store.trial(trial.trial_id).read_scorecard()
        assert card is not None
        assert (card.status, card.unscored_reason) == ("scored", None), trial.trial_id
        assert card.agent is not None
        assert read_trajectory(store.trial(trial.trial_id).trajectory_path).end is not None
        print(trial.trial_id, card.agent.status, card.agent.n_steps, card.agent.message[:200].replace("\n", " "))  # noqa: T201 - for `make small-model`
