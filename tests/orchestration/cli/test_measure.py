"""`lockgate measure`: what it shows and writes, and what it has to say where there is nothing to measure."""

import json
from pathlib import Path

import pytest

from benchmark.scorecard import TaskState
from benchmark.task_folder import read_task
from evaluators.proof.content_hashes import ContentHasher
from tests.helpers.command_line import Lockgate
from tests.helpers.kiosk.world import write_kiosk
from tests.helpers.made_up_runs import card_of, plan_made_up, store_cards


def test_the_command_shows_and_writes(lockgate: Lockgate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = write_kiosk(tmp_path / "worlds")
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "worlds"))
    plan = plan_made_up("r", task.id, "idle", None)
    card = card_of(plan, {"visible": "raw"})
    state = TaskState(version=ContentHasher().version(task))
    trial = card.trial.model_copy(update={"task_state": state})
    store_cards("r", [plan], [card.model_copy(update={"trial": trial})])
    before = (task.folder / "task.yaml").read_text()
    shown = json.loads(lockgate("measure", "r", "--check", "--json").output)
    assert shown["n_changed"] == 0
    assert (task.folder / "task.yaml").read_text() == before
    written = lockgate("measure", "r")
    assert (written.exit_code, written.output.splitlines()[-1]) == (0, "1 file changed.")
    measured = read_task(task.folder, task.world).spec.measured
    assert measured is not None
    assert {task.id: measured.agents} == shown["tasks"]
    assert lockgate("measure", "r").output.splitlines()[-1] == "0 files changed."
    nobody = lockgate("measure", "r", "-t", "kind:load")
    assert nobody.exit_code == 1
    assert "kind:load" in nobody.mistake


def test_a_broken_task_is_named(lockgate: Lockgate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = write_kiosk(tmp_path / "worlds")
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "worlds"))
    plan = plan_made_up("r", task.id, "idle", None)
    store_cards("r", [plan], [card_of(plan)])
    file = task.folder / "task.yaml"
    file.write_text(file.read_text() + "measured: {agents: {idle: 1.5}}\n")
    refused = lockgate("measure", "r")
    assert refused.exit_code == 1
    assert "Broken: kiosk_sales" in refused.errors
    assert "measured.agents.idle" in refused.errors
