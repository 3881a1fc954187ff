"""Whether a task is proven as it is now: what was kept, held against the files, the world, our code and the tools."""

from pathlib import Path

import pytest

from benchmark.task import Task
from benchmark.task_folder import read_task
from benchmark.world import read_world
from evaluators.proof.content_hashes import ContentHasher
from evaluators.proof.result import MutantResult, ScenarioCheck, TaskProof
from evaluators.proof_record.recorder import Recorder
from evaluators.proof_record.state import proof_state, proof_states, tool_versions_here
from tests.helpers.kiosk.world import write_kiosk

PROOF = TaskProof(
    task="kiosk_sales",
    kind="impl",
    oracle=(ScenarioCheck(scenario="visible", n_passed=1, n_trials=1),),
    idle_fails=True,
    mutants=tuple(
        MutantResult(id=f"{i:08x}", operator="o", part="p", before="a", after="b", outcome="killed")
        for i in range(1200)
    ),
)


def keep(task: Task, proof: TaskProof = PROOF) -> list[str]:
    recorder = Recorder([task])
    recorder.take(task, proof, ContentHasher().hashes(task))
    return recorder.write()


def again(task: Task) -> Task:
    return read_task(task.folder, read_world(task.world.folder))


def test_a_task_is_proven_from_when_it_is_kept_until_a_file_changes(tmp_path: Path) -> None:
    task = write_kiosk(tmp_path)
    assert (proof_state(task).is_proven, proof_state(task).reason) == (False, "no proof is kept")
    assert keep(task) == [f"{tmp_path / 'proofs.json'} is written."]
    state = proof_state(task)
    assert state.is_proven
    assert state.found == "oracle 1/1, idle agent fails, 1,200 of 1,200 wrong solutions rejected"
    assert state.other_tools == ""
    (task.folder / "instruction.md").write_text("Something else.\n")
    changed = proof_state(task)
    assert (changed.is_proven, changed.reason) == (False, "its files changed since it was proven")
    assert changed.version != state.version
    (task.world.folder / "tables.yaml").open("a").write("\n# more\n")
    assert proof_state(again(task)).reason == "its files and its world changed since it was proven"
    assert keep(again(task)) == [f"{tmp_path / 'proofs.json'} is written."]
    assert proof_state(again(task)).is_proven


def test_other_code_of_ours_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = write_kiosk(tmp_path)
    keep(task)
    monkeypatch.setattr("evaluators.proof.content_hashes.PROOF_CODE", ("benchmark/task.py",))
    assert proof_state(task).reason == "Lockgate's code changed since it was proven"


def test_a_proof_that_found_problems_is_kept_and_proves_nothing(tmp_path: Path) -> None:
    task = write_kiosk(tmp_path)
    keep(task, PROOF.model_copy(update={"problems": ("one", "two")}))
    assert proof_state(task).reason == "its proof found 2 problems"
    keep(task, PROOF.model_copy(update={"problems": ("one",)}))
    assert proof_state(task).reason == "its proof found 1 problem"


def test_other_versions_of_tools_are_told_and_the_task_stays_proven(tmp_path: Path) -> None:
    task = write_kiosk(tmp_path)
    keep(task)
    path = tmp_path / "proofs.json"
    here = tool_versions_here()["duckdb"]
    path.write_text(path.read_text().replace(f'"duckdb": "{here}"', '"duckdb": "0.9.1"'))
    state = proof_state(task)
    assert state.is_proven
    assert state.other_tools == f"duckdb 0.9.1 (here {here})"


def test_a_damaged_file_is_the_reason_of_its_tasks_and_of_no_others(tmp_path: Path) -> None:
    damaged, sound = write_kiosk(tmp_path / "one"), write_kiosk(tmp_path / "two")
    sound = sound.model_copy(update={"spec": sound.spec.model_copy(update={"id": "other"})})
    keep(damaged)
    keep(sound, PROOF.model_copy(update={"task": "other"}))
    (tmp_path / "one" / "proofs.json").write_text("{")
    (tmp_path / "two" / "kiosk" / "tasks" / "other").mkdir()
    states = proof_states([damaged, sound])
    assert states["kiosk_sales"].reason.startswith("proofs.json of its folder of worlds cannot be read: ")
    assert str(tmp_path) not in states["kiosk_sales"].reason, "scorecards that say so are published"
    assert not states["kiosk_sales"].is_proven


def test_a_folder_that_nobody_may_write_to_is_told_and_no_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = write_kiosk(tmp_path)

    def refuse(path: Path, text: str) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("evaluators.proof_record.record.write_atomic", refuse)  # root may write everywhere
    assert keep(task) == [
        f"{tmp_path / 'proofs.json'} cannot be written: Permission denied. The proofs are in the cache."
    ]


@pytest.mark.parametrize(("file", "more"), [("instruction.md", "More."), ("task.yaml", "protected: [el/*]")])
def test_the_version_is_eight_digits_of_what_a_trial_reads(tmp_path: Path, file: str, more: str) -> None:
    task = write_kiosk(tmp_path)
    first = proof_state(task).version
    assert len(first) == 8
    (task.folder / file).open("a").write(f"\n{more}\n")
    assert proof_state(again(task)).version != first
