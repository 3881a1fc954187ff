"""What is compared, and what the hostile submissions change."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from agents.base import AgentContext
from benchmark.registry import get_task
from benchmark.workspace import lay_solution
from tests.both_ways.compare import compare_runs
from tests.both_ways.hostile_agent import HostileAgent, find_place
from tests.helpers.hostile_submissions import hostile_submissions
from tests.helpers.made_up_runs import card_of, plan_made_up, store_cards, unscored_card

ROOT = Path(__file__).parents[2]


def test_wall_times_and_names_of_runs_may_differ() -> None:
    for run_id, seconds in (("short", 1.0), ("long", 2.0)):
        plan = plan_made_up(run_id, "task", "idle", None)
        store_cards(run_id, [plan], [card_of(plan, {"rerun": "marts"}, seconds=seconds)])
    assert compare_runs(["short", "long"]) == (1, [])


def test_whatever_else_differs_is_named() -> None:
    for run_id, wrong in (("short", "rerun"), ("long", "day2")):
        plans = [plan_made_up(run_id, "task", agent, None) for agent in ("idle", "oracle", "saboteur")]
        cards = [card_of(plans[0], {wrong: "marts"}), card_of(plans[1]), unscored_card(plans[2], "No disk.")]
        store_cards(run_id, plans, cards[: 3 if run_id == "short" else 1])
    n_trials, problems = compare_runs(["short", "long"])
    assert n_trials == 3
    assert [problem.split(":")[0] for problem in problems] == [
        "task--idle--1, short and long",
        "task--oracle--1, short and long",
        "task--saboteur--1, short and long",
    ]
    assert "/scenarios/2/is_success: False and True" in problems[0]
    assert problems[1].endswith("one has not run")


def test_a_trial_without_a_verdict_is_no_agreement() -> None:
    for run_id in ("short", "long"):
        plan = plan_made_up(run_id, "task", "idle", None)
        store_cards(run_id, [plan], [unscored_card(plan, "No disk.")])
    assert compare_runs(["short", "long"]) == (1, ["task--idle--1, short and long: unscored: No disk."])


@pytest.mark.parametrize(
    "name", ["flights_nightly_run", "shop_phantom_stock", "retail_loyalty_package", "subscriptions_tests_come_last"]
)
def test_every_hostile_submission_changes_the_solution(name: str, tmp_path: Path) -> None:
    task = get_task(name)
    lay_solution(task, tmp_path / "solution")
    tried = hostile_submissions(find_place(task, tmp_path / "solution"))
    assert len(tried) >= 20
    seen = set()
    for seed in range(len(tried)):
        workspace = tmp_path / str(seed)
        workspace.mkdir()
        result = HostileAgent().solve(AgentContext(task, workspace, {}, seed))
        seen.add(result.message)
        changes = tried[result.message]
        for path, text in changes.items():
            before = tmp_path / "solution" / path
            found = (workspace / path).read_text() if (workspace / path).is_file() else None
            assert found == text
            assert found != (before.read_text() if before.is_file() else None)
    assert seen == set(tried)


@pytest.mark.slow
def test_scorecards_are_the_same_both_ways(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.both_ways", "flights_otp_scorecard", "shop_phantom_stock", "--hostile", "2"]
    environment = os.environ | {"LOCKGATE_HOME": str(tmp_path / "home")}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    assert "18 trials, 0 that are not the same short, long, again." in done.stdout
