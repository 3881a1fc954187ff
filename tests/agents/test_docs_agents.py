"""docs/agents.md: what it shows is valid, and what there is stands in it."""

import re
import shlex
from pathlib import Path
from typing import get_args

import pytest
import yaml

from agents.cli.config import CliConfig
from agents.llm.agent import LlmAgent
from agents.model_server import Script
from agents.model_server.script import FaultKind
from agents.registry import AGENTS
from benchmark.paths import REPOSITORY_DIR
from orchestration.planning.cost import estimate_table
from orchestration.planning.matrix import RunMatrix, read_matrix
from orchestration.pool.dispatch import _take_next

TEXT = (REPOSITORY_DIR / "docs" / "agents.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)


def test_every_agent_and_fault_is_named() -> None:
    assert [name for name in AGENTS if f"`{name}`" not in TEXT] == []
    assert [name for name in get_args(FaultKind) if f"`{name}`" not in TEXT] == []


def test_the_yaml_is_valid() -> None:
    matrix, models, script, program = (yaml.safe_load(block) for block in blocks("yaml"))
    assert RunMatrix.model_validate(matrix).providers == {"openai": 2}
    assert RunMatrix.model_validate(models).models[-1].label == "local-q4"
    assert Script.model_validate(script).conversations[0].turns[0].faults == ("rate_limit", "timeout")
    assert CliConfig.model_validate(program).name == "mine"


def test_the_python_is_an_agent() -> None:
    names: dict[str, type] = {}
    (source,) = blocks("python")
    exec(source, names)
    assert issubclass(names["Careful"], LlmAgent)
    assert len(source.splitlines()) <= 30


def test_the_options_exist() -> None:
    from typer.main import get_command

    from orchestration.cli import app

    commands = get_command(app).commands  # type: ignore[attr-defined]
    shown = [
        line for block in blocks("bash") for line in block.replace("\\\n", " ").splitlines() if "lockgate " in line
    ]
    assert len(shown) == 7
    for line in shown:
        words = shlex.split(line.partition("lockgate ")[2].partition(" &")[0].partition(" >")[0])
        known = {option for parameter in commands[words[0]].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known


def test_a_matrix_plans_each_model_for_the_agents_that_use_one(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = RunMatrix.model_validate(
        {
            "agents": ["idle", "toolloop"],
            "models": [{"name": "openai/a"}, {"name": "anthropic/b"}],
            "tasks": ["flights_otp_scorecard"],
            "attempts": 2,
            "budget": {"cost_usd": 0.5},
            "holdout_seed": 3,
        }
    )
    plan = matrix.plan("run")
    assert [trial.trial_id.partition("--")[2] for trial in plan.trials] == [
        "idle--1",
        "idle--2",
        "toolloop--openai_a--1",
        "toolloop--openai_a--2",
        "toolloop--anthropic_b--1",
        "toolloop--anthropic_b--2",
    ]
    assert {trial.budget.cost_usd for trial in plan.trials if trial.budget} == {0.5}
    table = estimate_table(plan)
    assert [list(column.cells) for column in table.columns][2:5] == [
        ["2", "2", "2"],
        ["0.00", "-", "-"],
        ["0.00", "1.00", "1.00"],
    ]


def test_a_provider_has_no_more_trials_than_its_limit() -> None:
    from collections import deque

    matrix = RunMatrix.model_validate(
        {"agents": ["toolloop"], "models": [{"name": "openai/a"}, {"name": "google/b"}], "tasks": ["flights_feeds"]}
    )
    trials = matrix.plan("run").trials
    todo = deque(trials)
    first = _take_next(todo, [], {"openai": 1})
    assert first == trials[0]
    todo.appendleft(trials[0])
    assert _take_next(todo, [trials[0]], {"openai": 1}) == trials[1]
    assert _take_next(todo, [trials[0]], {"openai": 1}) is None
    assert _take_next(todo, [trials[0]], {}) == trials[0]


def test_the_example_is_valid(tmp_path: Path) -> None:
    assert read_matrix(REPOSITORY_DIR / "configs" / "example.yaml").plan("run").trials
