"""`lockgate prove`, as far as it goes before an hour's work: what is stored, what is kept, what is left out."""

import json
import shutil
from pathlib import Path

import pytest

from benchmark.registry import list_tasks, read_catalogue
from benchmark.run_store import list_runs
from evaluators.proof.content_hashes import ContentHasher
from evaluators.proof.piece_store import PieceStore
from evaluators.proof.result import ScenarioCheck, TaskProof
from evaluators.proof.task_proofs import write_proof
from tests.helpers.command_line import Lockgate

PROVEN = TaskProof(
    task="",
    kind="impl",
    oracle=(ScenarioCheck(scenario="visible", n_passed=1, n_trials=1),),
    idle_fails=True,
    is_deterministic=True,
)


def store_proofs(*problems: str) -> None:
    """As if every task had been proven on this machine, as it is now."""
    hasher = ContentHasher()
    for task in list_tasks():
        proof = PROVEN.model_copy(update={"task": task.id, "problems": problems})
        write_proof(hasher.hashes(task), proof, PieceStore())


@pytest.fixture
def worlds(small_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of worlds with two tasks, and a home without any stored proof."""
    shutil.copytree(small_world, tmp_path / "worlds")
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "worlds"))
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    return tmp_path / "worlds"


def test_a_page_that_cannot_be_written_is_told_before_anything_is_tried(lockgate: Lockgate, tmp_path: Path) -> None:
    result = lockgate("prove", "flights_feeds", "--write", str(tmp_path / "none/proof.md"))
    assert result.exit_code == 1
    assert result.mistake == (
        f"{tmp_path / 'none/proof.md'} cannot be written: there is no folder {tmp_path / 'none'}. "
        "Make it, or name another page."
    )
    assert list_runs() == []
    result = lockgate("prove", "flights_feeds", "--write", str(tmp_path))
    assert result.mistake.startswith(f"{tmp_path} is a folder.")


def test_ctrl_c_says_that_what_was_proven_is_kept(
    worlds: Path, lockgate: Lockgate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("orchestration.prove.prove_tasks", stop)
    result = lockgate("prove")
    assert (result.exit_code, "the same command goes on" in result.errors) == (130, True)


def test_what_is_proven_is_kept_beside_the_worlds_and_tasks_are_proven_then(worlds: Path, lockgate: Lockgate) -> None:
    store_proofs()
    before = json.loads(lockgate("tasks", "--json").output)
    assert [(task["proof"]["is_proven"], task["proof"]["reason"]) for task in before] == [
        (False, "no proof is kept"),
        (False, "no proof is kept"),
    ]
    result = lockgate("prove")
    assert result.exit_code == 0
    assert "proofs.json is written." in " ".join(result.errors.split())
    text = (worlds / "proofs.json").read_text()
    assert [task["proof"]["is_proven"] for task in json.loads(lockgate("tasks", "--json").output)] == [True, True]
    assert "not proven" not in lockgate("tasks").output
    assert "is written" not in lockgate("prove").errors
    assert (worlds / "proofs.json").read_text() == text


def test_a_changed_task_is_not_proven_and_the_others_are(worlds: Path, lockgate: Lockgate) -> None:
    store_proofs()
    lockgate("prove")
    (worlds / "harbour/tasks/repair_ports/instruction.md").write_text("Mend it.\n")
    listed = " ".join(lockgate("tasks").output.split())
    assert listed.count("not proven:") == 2, "the task, and the line that counts"
    assert "not proven: its files changed since it was proven" in listed
    assert "1 of 2 tasks not proven: `lockgate prove --changed`." in listed
    assert "1 of 2 tasks not proven: repair_ports." in lockgate("run", "--dry-run").errors


def test_changed_leaves_out_what_is_kept_as_proven_though_this_machine_has_no_proof_of_it(
    worlds: Path, lockgate: Lockgate
) -> None:
    store_proofs()
    lockgate("prove")
    shutil.rmtree(worlds.parent / "home")
    result = lockgate("prove", "--changed", "--json")
    assert (result.exit_code, json.loads(result.output)) == (0, [])
    assert "2 of 2 tasks proven, and unchanged since (proofs.json)." in result.errors


def test_changed_proves_what_changed(worlds: Path, lockgate: Lockgate) -> None:
    store_proofs()
    lockgate("prove")
    (worlds / "harbour/tasks/repair_ports/instruction.md").write_text("Mend it.\n")
    store_proofs()
    result = lockgate("prove", "--changed", "--json")
    assert [proof["task"] for proof in json.loads(result.output)] == ["repair_ports"]
    assert "1 of 2 tasks proven, and unchanged since (proofs.json)." in result.errors
    assert "not proven" not in lockgate("tasks").output


def test_a_refuted_task_is_kept_as_such_and_tried_again_by_changed(worlds: Path, lockgate: Lockgate) -> None:
    store_proofs("the idle agent succeeds")
    assert lockgate("prove").exit_code == 1
    assert "its proof found 1 problem" in " ".join(lockgate("tasks").output.split())
    result = lockgate("prove", "--changed", "repair_ports")
    assert result.exit_code == 1
    assert "the idle agent succeeds" in result.output


def test_a_task_that_is_gone_is_kept_no_longer(worlds: Path, lockgate: Lockgate) -> None:
    store_proofs()
    lockgate("prove")
    shutil.rmtree(worlds / "harbour/tasks/repair_ports")
    read_catalogue.__globals__["_catalogue"].cache_clear()  # as a new process would
    lockgate("prove")
    assert list(json.loads((worlds / "proofs.json").read_text())["tasks"]) == ["build_harbours"]


def test_the_page_keeps_the_tasks_that_are_left_out(worlds: Path, lockgate: Lockgate, tmp_path: Path) -> None:
    store_proofs()
    page = tmp_path / "proof.md"
    lockgate("prove", "--write", str(page))
    first = page.read_text()
    assert "## `repair_ports`" in first
    assert lockgate("prove", "--changed", "--write", str(page)).exit_code == 0
    assert page.read_text() == first
    assert lockgate("prove", "build_harbours", "--write", str(page)).exit_code == 0
    assert page.read_text() == first


def test_a_damaged_file_stops_a_proof_before_it_begins(worlds: Path, lockgate: Lockgate) -> None:
    (worlds / "proofs.json").write_text("<<<<<<< ours")
    result = lockgate("prove")
    assert result.exit_code == 1
    assert result.mistake.startswith(f"{worlds / 'proofs.json'}: cannot be read: Expecting value: line 1")
    assert "proofs.json of its folder of worlds cannot be read" in " ".join(lockgate("tasks").output.split())
