"""How hard tasks are for agents that need no model: what counts, and what is written into their files."""

from pathlib import Path

import pytest

from authoring.measured import measure, write_measured
from benchmark.errors import LockgateError
from benchmark.scorecard import Scorecard, TaskState
from benchmark.stages import Stage
from benchmark.task import Task
from benchmark.task_folder import read_task
from evaluators.proof.content_hashes import ContentHasher
from tests.helpers.kiosk.world import write_kiosk
from tests.helpers.made_up_runs import card_of, plan_made_up, unscored_card


@pytest.fixture
def task(tmp_path: Path) -> Task:
    return write_kiosk(tmp_path / "worlds")


def card(
    task: Task, agent: str, wrong: dict[str, Stage] | None = None, version: str = "", attempt: int = 1
) -> Scorecard:
    made = card_of(plan_made_up("r", task.id, agent, None, attempt), wrong)
    state = TaskState(version=version or ContentHasher().version(task))
    return made.model_copy(update={"trial": made.trial.model_copy(update={"task_state": state})})


def test_scores_on_the_visible_data_count_and_attempts_are_averaged(task: Task) -> None:
    right, wrong_elsewhere = card(task, "idle"), card(task, "idle", {"holdout": "raw"}, attempt=2)
    wrong = card(task, "saboteur", {"visible": "marts"})
    expected = next(result.scores.component_score for result in wrong.scenarios if result.scenario == "visible")
    assert expected is not None
    assert expected < 1
    found = measure([right, wrong_elsewhere, wrong, card(task, "saboteur", attempt=2)], [task])
    assert found.scores == {task.id: {"idle": 1.0, "saboteur": round((expected + 1) / 2, 2)}}


def test_other_agents_other_versions_and_trials_without_a_verdict_do_not_count(task: Task) -> None:
    others = [
        card(task, "oracle"),
        card(task, "saboteur", version="00000000"),
        unscored_card(plan_made_up("r", task.id, "idle", None), "the disk was full"),
    ]
    with pytest.raises(LockgateError, match=r"as it is now \(1 are of earlier versions\)\. Try them first"):
        measure(others, [task])
    found = measure([*others, card(task, "idle", {"visible": "raw"})], [task])
    assert found.scores[task.id].keys() == {"idle"}
    assert found.n_other_version == 1


def test_only_the_key_is_written_and_neither_proof_nor_version_change(task: Task) -> None:
    file = task.folder / "task.yaml"
    file.write_text("# by hand\n" + file.read_text().replace("difficulty: easy", "difficulty: easy  # as yet"))
    before, hashes = file.read_text(), ContentHasher().hashes(task)
    version = ContentHasher().version(task)
    assert write_measured(task, {"saboteur": 0.5, "idle": 0.25})
    line = "measured: {agents: {idle: 0.25, saboteur: 0.5}}\n"
    assert file.read_text() == before.replace("# as yet\n", f"# as yet\n{line}")
    again = read_task(task.folder, task.world)
    assert not write_measured(again, {"idle": 0.25}), "nothing has changed"
    assert write_measured(again, {"idle": 0.0})
    assert read_task(task.folder, task.world).spec.measured == again.spec.measured.model_copy(  # type: ignore[union-attr]
        update={"agents": {"idle": 0.0, "saboteur": 0.5}}
    )
    assert (ContentHasher().hashes(task), ContentHasher().version(task)) == (hashes, version)


def test_what_the_factory_counted_stays(task: Task) -> None:
    file = task.folder / "task.yaml"
    file.write_text(file.read_text() + "measured: {n_files: 1, n_wrong_tables: 4, hops: 2}\ntags: [a]\n")
    write_measured(read_task(task.folder, task.world), {"idle": 0.1})
    assert file.read_text().endswith(
        "measured: {n_files: 1, n_wrong_tables: 4, hops: 2, agents: {idle: 0.1}}\ntags: [a]\n"
    )
