"""LLM agents at work against the scripted model server."""

from pathlib import Path
from typing import Any

from agents.base import AgentContext
from agents.model_server import ModelServer, Script
from agents.registry import make_agent
from benchmark.budget import Budget
from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.scorecard import AgentResult
from benchmark.workspace import prepare_workspace

TASK = "flights_otp_scorecard"
KEY = "sk-not-a-real-key-0123456789"


def context(folder: Path, server: ModelServer | None = None, budget: Budget | None = None) -> AgentContext:
    task = get_task(TASK)
    prepare_workspace(task, folder / "workspace")
    model = None
    if server:
        model = ModelSpec(name="openai/scripted", base_url=f"{server.url}/v1", key_variable="SCRIPTED_KEY")
    return AgentContext(
        task,
        folder / "workspace",
        {"PINNED_NOW": "2013-03-14T23:30:00Z"},
        0,
        trial_id="trial",
        model=model,
        budget=budget or Budget(),
        trajectory_path=folder / "trajectory.jsonl",
    )


def solve(agent: str, script: dict[str, Any], folder: Path, budget: Budget | None = None) -> AgentResult:
    with ModelServer(Script.model_validate(script)) as server:
        return make_agent(agent).solve(context(folder, server, budget))
