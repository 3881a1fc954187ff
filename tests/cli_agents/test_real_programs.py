"""The real programs of Anthropic and OpenAI, offline, against the scripted model server: `make test-cli-agents`."""

import base64
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from agents.base import AgentContext
from agents.model_server import ModelServer, Script
from agents.registry import make_agent
from agents.trajectory import read_trajectory
from benchmark.model import ModelSpec
from benchmark.registry import get_task
from benchmark.task import Budget
from benchmark.workspace import collect_submission, prepare_workspace
from tests.agents.solutions import changes, half

BIN = os.environ.get("LOCKGATE_CLI_AGENTS_BIN", "")
KEY = "sk-real-key-of-the-harness-000"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not BIN, reason="opt-in: `make test-cli-agents` installs the programs"),
]


def write_command(changed: dict[str, str | None]) -> str:
    """A shell command that makes the changes."""
    packed = base64.b64encode(json.dumps(changed).encode()).decode()
    program = (
        "import base64, json, pathlib; "
        f"files = json.loads(base64.b64decode('{packed}')); "
        "[(pathlib.Path(p).parent.mkdir(parents=True, exist_ok=True), pathlib.Path(p).write_text(c)) "
        "if c is not None else pathlib.Path(p).unlink() for p, c in files.items()]"
    )
    return f'python3 -c "{program}"'


def call_of(agent: str, command: str) -> dict[str, Any]:
    """How each program's model runs a command."""
    if agent == "claude-code":
        return {"name": "Bash", "arguments": {"command": command, "description": "Write the files"}}
    return {"name": "exec_command", "arguments": {"cmd": command}}


@pytest.mark.parametrize("share", ["whole", "half"])
@pytest.mark.parametrize(("agent", "program"), [("claude-code", "claude"), ("codex", "codex")])
def test_the_real_program_does_what_the_script_says(
    agent: str, program: str, share: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{BIN}:{os.environ['PATH']}")
    assert shutil.which(program), f"{program} is not in {BIN}"
    task = get_task("flights_otp_scorecard")
    changed = changes(task, tmp_path / "changes")
    changed = changed if share == "whole" else half(changed)
    turns = [
        {"text": "I write the files.", "calls": [call_of(agent, write_command(changed))]},
        {"text": "The ticket is done."},
    ]
    # What the program asks beside the work, for example for a title, has no ticket in it.
    script = {"conversations": [{"when": "marts", "turns": turns}, {"turns": [{"text": "Report"}] * 3}]}
    prepare_workspace(task, tmp_path / "workspace")
    with ModelServer(Script.model_validate(script)) as server:
        monkeypatch.setenv("ANTHROPIC_API_KEY" if agent == "claude-code" else "OPENAI_API_KEY", KEY)
        model = ModelSpec(name="provider/scripted", base_url=server.url)
        context = AgentContext(
            task,
            tmp_path / "workspace",
            {},
            0,
            trial_id="trial",
            model=model,
            budget=Budget(wall_seconds=240),
            trajectory_path=tmp_path / "trajectory.jsonl",
        )
        result = make_agent(agent).solve(context)
        keys = {name: value for request in server.requests for name, value in request["headers"].items()}
    text = (tmp_path / "trajectory.jsonl").read_text()
    assert result.status == "finished", text[-3000:]
    left = collect_submission(task, tmp_path / "workspace", tmp_path / "collect").files_changed
    assert {name for name in left if name in changed} == set(changed), text[-3000:]
    for path, content in changed.items():
        assert (tmp_path / "workspace" / path).read_text() == content
    assert KEY in " ".join(keys.values())
    assert KEY not in text
    assert result.usage is not None
    assert result.usage.total == read_trajectory(tmp_path / "trajectory.jsonl").usage.total > 0
