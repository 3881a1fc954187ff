"""The forgetful agents apply some of the solution's files, whole, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.base import AgentContext
from agents.forgetful import ForgetfulAgent, HastyAgent, ThoroughAgent
from benchmark.files import project_files
from benchmark.registry import get_task
from benchmark.task import Task
from benchmark.workspace import TICKET_NAME, lay_solution, prepare_workspace

TASKS = ("flights_warehouse_from_sources", "flights_otp_scorecard")
"""One with many files that are new or changed, one with few."""

AGENTS = (HastyAgent, ForgetfulAgent, ThoroughAgent)


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: (folder / path).read_bytes() for path in project_files(folder)}


def applied(agent: ForgetfulAgent, task: Task, folder: Path, seed: int = 0) -> tuple[set[Path], set[Path]]:
    """Files of the workspace that are the solution's now, and those that the start has still."""
    prepare_workspace(task, folder / "workspace")
    lay_solution(task, folder / "solution")
    start, solution = contents(folder / "workspace"), contents(folder / "solution")
    solution |= {path: start[path] for path in (Path(TICKET_NAME), Path(".gitignore"))}  # of the workspace alone
    agent.solve(AgentContext(task=task, workspace=folder / "workspace", environment={}, seed=seed))
    after = contents(folder / "workspace")
    changed = {path for path in start.keys() | solution.keys() if start.get(path) != solution.get(path)}
    done = {path for path in changed if after.get(path) == solution.get(path)}
    left = {path for path in changed if after.get(path) == start.get(path)}
    assert done | left == changed
    assert {path for path in start.keys() | after.keys() if start.get(path) != after.get(path)} == done
    return done, left


@pytest.mark.parametrize("name", TASKS)
def test_who_forgets_less_has_done_the_same_and_more(name: str, tmp_path: Path) -> None:
    task = get_task(name)
    hasty, forgetful, thorough = (applied(agent(), task, tmp_path / agent.__name__)[0] for agent in AGENTS)
    assert hasty <= forgetful <= thorough


def test_shares_are_about_what_they_are_called_and_seeds_differ(tmp_path: Path) -> None:
    task, found = get_task(TASKS[0]), {}
    for agent in AGENTS:
        for seed in (0, 1):
            done, left = applied(agent(), task, tmp_path / f"{agent.__name__}-{seed}", seed)
            found[agent.share, seed] = done
            assert abs(len(done) / len(done | left) - agent.share) < 0.3
    assert found[0.5, 0] != found[0.5, 1]
