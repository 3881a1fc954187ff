"""`lockgate score`: stored submissions are scored again, without their agent."""

import json
from pathlib import Path

import pytest

from benchmark.files import write_json_atomic
from benchmark.run_store import CollectedFiles, RunPlan, RunStore
from benchmark.scorecard import AgentResult
from benchmark.task import Task
from orchestration.planning.trials import plan_run
from tests.helpers.command_line import Lockgate
from tests.helpers.kiosk.world import write_kiosk


@pytest.fixture
def kiosk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    return write_kiosk(tmp_path / "projects")


@pytest.fixture
def plan(kiosk: Task) -> RunPlan:
    plan = plan_run([kiosk], ["oracle", "idle"], run_id="r")
    RunStore("r").write_plan(plan)
    return plan


@pytest.mark.slow
def test_a_stored_submission_is_scored_again_and_trials_without_one_are_left_out(
    plan: RunPlan, lockgate: Lockgate
) -> None:
    """The submission was refused, so that nothing is loaded or built: all of its tables count as not built."""
    store = RunStore("r").trial(plan.trials[1].trial_id)
    store.folder.mkdir(parents=True)
    store.patch_path.write_bytes(b"")
    refused = CollectedFiles(refused="It is too large.")
    write_json_atomic(store.collected_path, refused.model_dump(mode="json"))
    write_json_atomic(store.agent_path, AgentResult(status="finished", n_steps=4).model_dump(mode="json"))
    result = lockgate("score", "r", "--json")
    assert (result.exit_code, result.mistake) == (0, "")
    (card,) = json.loads(result.output)["trials"]
    assert (card["trial"]["agent"], card["status"], card["success"]) == ("idle", "scored", False)
    assert card["submission"]["refused"] == "It is too large."
    assert {table["verdict"]["kind"] for table in card["scenarios"][0]["tables"]} == {"not_built"}
    assert card["agent"]["n_steps"] == 4
    assert store.read_scorecard() is not None
    assert RunStore("r").trial(plan.trials[0].trial_id).read_scorecard() is None
    assert "failed  kiosk_sales  idle #1" in result.errors


def test_a_run_without_submissions_says_how_to_start_it(plan: RunPlan, lockgate: Lockgate) -> None:
    result = lockgate("score", "r")
    assert result.exit_code == 1
    assert result.mistake == "'r' has no stored submission yet. Go on with its run: lockgate run --run-id r"
    assert result.output == ""


def test_a_run_that_is_being_run_is_not_scored_meanwhile(plan: RunPlan, lockgate: Lockgate) -> None:
    store = RunStore("r")
    folder = store.trial(plan.trials[0].trial_id).folder
    folder.mkdir(parents=True)
    (folder / "submission.patch").write_bytes(b"")
    with store.lock():
        result = lockgate("score", "r")
    assert result.mistake.startswith("Another process works on run r")
    assert not (folder / "scorecard.json").exists()
