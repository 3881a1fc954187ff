"""Whole runs by the command line: the ceiling holds and can be raised; a provider that comes back costs no verdict."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from agents.model_server import ModelServer, Script
from benchmark.run_store import RunStore
from orchestration.cli.app import app
from tests.agents.runs import KEY, TASK

DONE = {"text": "Done.", "usage": {"input": 100, "output": 20}}
PRICE = {"input": 1000, "output": 0}
"""A call costs 0.10 USD."""

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPTED_KEY", KEY)
    monkeypatch.setenv("LOCKGATE_BACKOFF_SECONDS", "0.01")


def model(server: ModelServer, label: str) -> dict[str, Any]:
    reached = {"name": "openai/scripted", "base_url": f"{server.url}/v1", "key_variable": "SCRIPTED_KEY"}
    return {**reached, "label": label, "price": PRICE}


def run(folder: Path, models: list[dict[str, Any]], *options: str, **matrix: Any) -> Result:
    content = {"agents": ["toolloop"], "models": models, "tasks": [TASK], "scenarios": ["visible"], "days": 3, **matrix}
    (folder / "run.yaml").write_text(yaml.safe_dump(content))
    return CliRunner().invoke(app, ["run", str(folder / "run.yaml"), "--run-id", "paid", *options])


def test_no_trial_starts_that_could_exceed_the_ceiling_and_a_higher_one_goes_on(tmp_path: Path) -> None:
    with ModelServer(Script.model_validate({"conversations": [{"turns": [DONE]}]})) as server:
        matrix: dict[str, Any] = {"attempts": 3, "budget": {"cost_usd": 1}, "max_run_usd": 1.15, "parallel": 3}
        result = run(tmp_path, [model(server, "dear")], **matrix)
        assert result.exit_code == 3, result.output
        assert len(server.requests) == 2
        assert "1 trial not started: ceiling. 0.20 of 1.15 USD are spent, and the next may cost 1.00" in result.output
        assert f"{TASK}--toolloop--dear--3" in result.output
        result = run(tmp_path, [model(server, "dear")], "--dry-run", **matrix)
        assert "Ceiling: 1.15 USD, 0.20 spent; none fits" in " ".join(result.output.split())
        result = run(tmp_path, [model(server, "dear")], "--max-run-usd", "5", **matrix)
        assert result.exit_code == 0, result.output
        assert len(server.requests) == 3


def test_a_provider_that_is_down_holds_up_its_own_trials_alone_and_is_asked_until_it_answers(tmp_path: Path) -> None:
    down = {"when": "You are a data engineer", "turns": [{**DONE, "faults": ["server_error"] * 5}]}
    asked = {"when": "Say OK.", "turns": [{"text": "OK.", "faults": ["server_error"]}]}
    with (
        ModelServer(Script.model_validate({"conversations": [asked, down]})) as ill,
        ModelServer(Script.model_validate({"conversations": [{"turns": [DONE]}]})) as well,
    ):
        result = run(tmp_path, [model(ill, "ill"), model(well, "well")], attempts=2, parallel=1)
        assert result.exit_code == 0, result.output
        assert len(ill.requests) == 5 + 2 + 2
    assert "gives no answer; its trials wait, the others go on" in " ".join(result.output.split())
    assert "answers again; its trials go on" in " ".join(result.output.split())
    first_ended = [result.output.index(f"toolloop@{label} #") for label in ("well", "ill")]
    assert first_ended[0] < first_ended[1], "the other provider's trials went on meanwhile"
    cards = [RunStore("paid").trial(trial.trial_id).read_scorecard() for trial in RunStore("paid").read_plan().trials]
    assert [card.status for card in cards if card] == ["scored"] * 4
