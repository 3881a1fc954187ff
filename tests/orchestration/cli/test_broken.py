"""A task that is broken: everybody is told, nobody is scored on it, and it stops no other."""

import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.run_store import RunStore
from orchestration.defs.build import build_definitions
from orchestration.planning.matrix import RunMatrix
from tests.helpers.command_line import Lockgate
from tests.helpers.scorecards import StoreScorecard


def edit(old: str, new: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


def wrong_suffix(path: Path) -> None:
    path.rename(path.with_suffix(".yml"))


MISTAKES: dict[str, tuple[Callable[[Path], None], str]] = {
    "a key with a slip": (edit("difficulty:", "dificulty:"), "did you mean 'difficulty'?"),
    "a scenario that is none": (edit("scored:", "scenarios: [visible, day9]\nscored:"), "Unknown scenario 'day9'"),
    "no YAML": (edit("id:", "id: ["), "not valid YAML"),
    "task.yml": (wrong_suffix, "it has task.yml, which is not read"),
}


@pytest.fixture(params=list(MISTAKES.values()), ids=list(MISTAKES))
def reason(request: pytest.FixtureRequest, small_world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two tasks, one of them broken; what must be said of it."""
    change, reason = request.param
    shutil.copytree(small_world, tmp_path / "worlds")
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "worlds"))
    change(tmp_path / "worlds/harbour/tasks/repair_ports/task.yaml")
    return str(reason)


def words(text: str) -> str:
    return " ".join(text.split())


def test_the_list_has_the_others_and_says_what_is_wrong(reason: str, lockgate: Lockgate) -> None:
    result = lockgate("tasks")
    assert result.exit_code == 0
    assert "build_harbours" in result.output
    assert "repair_ports" not in result.output
    assert words(result.errors).startswith("Broken: repair_ports: ")
    assert reason in words(result.errors).replace("/ ", "/")
    good, broken = json.loads(lockgate("tasks", "--json").output)
    assert (good["id"], broken["id"], broken["world"]) == ("build_harbours", "repair_ports", "harbour")
    assert reason in broken["broken"]


def test_a_list_of_nothing_else_is_a_mistake(reason: str, lockgate: Lockgate) -> None:
    listed = lockgate("tasks", "-t", "repair_ports")
    assert (listed.exit_code, listed.output) == (1, "")
    assert words(listed.errors).startswith("Broken: repair_ports: ")
    in_json = lockgate("tasks", "-t", "repair_ports", "--json")
    assert in_json.exit_code == 1
    assert [entry["id"] for entry in json.loads(in_json.output)] == ["repair_ports"]


def test_a_run_scores_the_others_and_does_not_exit_with_0(
    reason: str, lockgate: Lockgate, store_scorecard: StoreScorecard
) -> None:
    for trial in RunMatrix().plan("r").trials:
        store_scorecard(trial)
    result = lockgate("run", "--run-id", "r")
    assert result.exit_code == 1
    assert [trial.task for trial in RunStore("r").read_plan().trials] == ["build_harbours"]
    assert "Broken: repair_ports: " in words(result.errors)
    assert words(result.errors).endswith("Left out, broken, scored for nobody: repair_ports.")
    assert lockgate("run", "-t", "build_*", "--run-id", "r").exit_code == 0
    assert lockgate("run", "--dry-run").exit_code == 1


def test_a_run_of_nothing_else_is_a_mistake(reason: str, lockgate: Lockgate) -> None:
    for command in (("run", "-t", "repair_ports"), ("prove", "repair_ports")):
        result = lockgate(*command)
        assert result.exit_code == 1
        assert result.mistake.startswith("No task can be run: repair_ports is broken: ")
        assert reason in result.mistake
        assert result.errors == "", "it is said once"


def test_dagster_has_the_others(reason: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "lockgate"):
        definitions = build_definitions()
    assert definitions.resolve_job_def("build_harbours")
    if "day9" not in reason:  # the task can be read; a run of it says so
        assert "Left out: repair_ports is broken" in caplog.text
