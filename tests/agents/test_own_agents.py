"""Agents of the user's own: a YAML file, or a class beside which the user stands."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.registry import AGENTS, locate_agent
from benchmark.errors import LockgateError
from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_task
from orchestration.defs.trial_config import settings_of
from orchestration.planning.trials import plan_trial

MINE = "name: mine\ncommand: [python, -c, 'print(1)']\n"
CLASS = """\
from benchmark.scorecard import AgentResult


class Careful:
    needs_systems = False

    def solve(self, context):
        return AgentResult(status="finished", message="careful")
"""


def test_an_agent_of_a_file_has_the_name_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "some.yaml").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    plan = plan_trial(get_task("flights_otp_scorecard"), "some.yaml", run_id="r")
    assert (plan.agent, plan.trial_id) == ("mine", "flights_otp_scorecard--mine--1")
    assert Path(plan.agent_source) == tmp_path / "some.yaml"
    monkeypatch.chdir("/")
    assert settings_of(plan)["agent"] == plan.agent_source


def test_a_file_cannot_take_the_name_of_a_trusted_agent(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    for name in ("oracle", "idle", "toolloop"):
        path.write_text(MINE.replace("mine", name))
        with pytest.raises(LockgateError, match=f"'{name}' is a built-in agent"):
            locate_agent(str(path))


def test_an_agent_of_ours_has_its_short_name_however_it_is_named() -> None:
    """Else the oracle, called by its import path, would be ranked beside competitors."""
    by_path = {path: name for name, path in AGENTS.items() if ":" in path}
    assert by_path["agents.oracle:OracleAgent"] == "oracle"
    assert {path: locate_agent(path).name for path in by_path} == by_path
    assert plan_trial(get_task("flights_otp_scorecard"), "agents.forgetful:HastyAgent", run_id="r").agent == "hasty"


def test_a_class_beside_the_user_is_found(tmp_path: Path) -> None:
    (tmp_path / "my_agents.py").write_text(CLASS)
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "__init__.py").write_text("raise RuntimeError('shadows ours')")
    command = [str(Path(sys.executable).with_name("lockgate")), "run", "--dry-run", "--agent", "my_agents:Careful"]
    environment = {**os.environ, "LOCKGATE_PROJECTS": str(REPOSITORY_DIR / "dbt_projects")}
    done = subprocess.run(
        [*command, "--tasks", "flights_otp_scorecard"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "my_agents:Careful" in done.stdout
