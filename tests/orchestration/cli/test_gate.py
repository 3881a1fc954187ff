"""What CI gets of `lockgate run` and `compare`: files, and an exit code for each end."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer

from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore
from orchestration.cli.gate import confirm_cost, end_by_verdict
from orchestration.planning.trials import plan_run
from tests.helpers.command_line import Lockgate
from tests.helpers.scorecards import DIFFERS, StoreScorecard, unscored

TASK = "repair_ports"
GO_ON = ("run", "--run-id", "r", "-q")


@pytest.fixture
def done(small_world: Path, store_scorecard: StoreScorecard) -> RunPlan:
    """A run of two trials: the oracle's is right, the idle agent's wrong in one table."""
    plan = plan_run([get_task(TASK)], ["oracle", "idle"], run_id="r")
    RunStore("r").write_plan(plan)
    store_scorecard(plan.trials[0])
    store_scorecard(plan.trials[1], {"marts.ports": DIFFERS}, score=0.25)
    return plan


@pytest.mark.parametrize(("limit", "code"), [("0", 0), ("0.25", 0), ("0.26", 4), ("1", 4)])
def test_a_score_under_the_limit_ends_with_4_after_the_results(
    done: RunPlan, lockgate: Lockgate, limit: str, code: int
) -> None:
    result = lockgate(*GO_ON, "--fail-below", limit)
    assert result.exit_code == code
    assert "lockgate show r/" in result.output
    assert ("1 of 2 trials are under --fail-below" in result.errors) == (code == 4)


@pytest.mark.parametrize("limit", ["1.5", "-0.1", "x"])
def test_a_limit_that_cannot_be_is_a_usage_error(done: RunPlan, lockgate: Lockgate, limit: str) -> None:
    result = lockgate(*GO_ON, "--fail-below", limit)
    assert result.exit_code == 2
    assert "--fail-below" in result.errors


def test_a_low_score_is_worse_news_than_a_trial_without_a_verdict(
    done: RunPlan, store_scorecard: StoreScorecard
) -> None:
    low = RunStore("r").trial(done.trials[1].trial_id).read_scorecard()
    assert low is not None
    cards = [low, unscored(done.trials[0], "no room")]
    for limit, code in ((0.5, 4), (0.1, 3), (None, 3)):
        with pytest.raises(typer.Exit) as caught:
            end_by_verdict(cards, limit)
        assert caught.value.exit_code == code
    end_by_verdict([low], None)


def test_files_are_written_before_the_command_ends_badly(done: RunPlan, lockgate: Lockgate, tmp_path: Path) -> None:
    junit, summary = tmp_path / "junit.xml", tmp_path / "summary.md"
    summary.write_text("of an earlier run")
    result = lockgate(*GO_ON, "--fail-below", "1", "--junit", str(junit), "--summary", str(summary))
    assert result.exit_code == 4
    assert ElementTree.parse(junit).getroot().get("failures") == "4", "one table in four scenarios"
    assert summary.read_text().startswith("## Lockgate: run r\n")
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["junit.xml", "summary.md"]


def test_the_summary_of_a_job_is_added_to(
    done: RunPlan, lockgate: Lockgate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    summary = tmp_path / "step"
    summary.write_text("# Lint\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    assert lockgate(*GO_ON, "--summary", str(summary)).exit_code == 0
    assert summary.read_text().startswith("# Lint\n## Lockgate: run r\n")


@pytest.mark.parametrize("option", ["--junit", "--summary"])
def test_a_place_that_cannot_be_written_is_told_before_anything(
    done: RunPlan, lockgate: Lockgate, tmp_path: Path, option: str
) -> None:
    for place, said in ((tmp_path, "it is a folder"), (tmp_path / "no" / "file", "there is no folder")):
        result = lockgate(*GO_ON, option, str(place))
        assert (result.exit_code, result.output) == (1, "")
        assert said in result.mistake


def test_an_agent_that_is_worse_ends_a_comparison_with_4(done: RunPlan, lockgate: Lockgate) -> None:
    worse = lockgate("compare", "r/idle", "r/oracle", "--fail-if-worse")
    assert worse.exit_code == 4
    assert "Worse than r/oracle: success_rate, " in " ".join(worse.errors.split())
    assert "-0.75" in worse.output
    assert lockgate("compare", "r/oracle", "r/idle", "--fail-if-worse").exit_code == 0
    assert lockgate("compare", "r/idle", "r/oracle").exit_code == 0


def test_nobody_is_asked_where_nobody_can_answer() -> None:
    """The tests have no terminal: what costs much starts, as in CI."""
    confirm_cost(1_000_000.0, False)
