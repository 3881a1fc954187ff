"""`lockgate publish DIR --check`: every way in which a folder can be wrong is told."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.errors import LockgateError
from benchmark.task import Task
from orchestration.publication.check import check_leaderboard
from orchestration.reports.progress import TrialProgress
from tests.helpers.leaderboards import add_without_scoring, store_kiosk_run


@pytest.fixture
def board(kiosk: Task, tmp_path: Path) -> Path:
    store_kiosk_run("r", kiosk)
    add_without_scoring(tmp_path / "board", "r")
    return tmp_path / "board"


def found(directory: Path) -> list[str]:
    def never(n_trials: int) -> TrialProgress:
        raise AssertionError("nothing is scored")

    outcome = check_leaderboard(directory, score_again=False, n_parallel=1, watch=never)
    return [str(rule) for rule in outcome.broken]


def test_a_copy_with_other_times_of_files_is_right(board: Path, tmp_path: Path) -> None:
    shutil.copytree(board, tmp_path / "copy", copy_function=shutil.copyfile)
    assert found(tmp_path / "copy") == []


def change_scorecard(board: Path) -> None:
    path = board / "runs/r/trials/kiosk_sales--idle--1/scorecard.json"
    path.write_text(path.read_text().replace('"success": false', '"success": true'))


def lose_a_patch(board: Path) -> None:
    (board / "runs/r/trials/kiosk_sales--idle--1/submission.patch").unlink()


def add_a_file(board: Path) -> None:
    (board / "runs/r/notes.txt").write_text("mine")


def link_a_file(board: Path) -> None:
    path = board / "runs/r/run.json"
    path.rename(board / "run.json")
    path.symlink_to(board / "run.json")


def change_the_hashes(board: Path) -> None:
    path = board / "runs/r/SHA256SUMS"
    path.write_text(path.read_text().replace("a", "b"))


def change_a_figure(board: Path) -> None:
    path = board / "report/report.json"
    path.write_text(path.read_text().replace('"mean": 0.0', '"mean": 0.5', 1))


def change_a_page(board: Path) -> None:
    path = board / "index.html"
    path.write_text(path.read_text().replace("oracle", "marvel"))


def add_a_page(board: Path) -> None:
    (board / "report/trials/r/extra.html").write_text("mine")


def leave_a_run_behind(board: Path) -> None:
    (board / "runs/half").mkdir()


def praise_the_run(board: Path) -> None:
    path = board / "leaderboard.json"
    content = json.loads(path.read_text())
    content["runs"][0]["n_attempts"] = 9
    path.write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (change_scorecard, "run r: trials/kiosk_sales--idle--1/scorecard.json is changed"),
        (lose_a_patch, "run r: trials/kiosk_sales--idle--1/submission.patch is missing"),
        (add_a_file, "run r: notes.txt is not of the run"),
        (link_a_file, "run r: run.json is missing"),
        (change_the_hashes, "run r: SHA256SUMS is missing or was changed"),
        (change_a_figure, "pages: report/report.json: not what this version of Lockgate makes of the runs"),
        (change_a_page, "pages: index.html: not what this version"),
        (add_a_page, "pages: report/trials/r/extra.html: not what this version"),
        (leave_a_run_behind, "runs: half is not in leaderboard.json"),
        (praise_the_run, "run r: its entry in leaderboard.json does not fit its files"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_what_is_wrong_is_told(board: Path, change: Callable[[Path], None], said: str) -> None:
    change(board)
    rules = found(board)
    assert rules[0].startswith(said)


def test_a_changed_task_is_another_version(board: Path, kiosk: Task) -> None:
    (kiosk.folder / "instruction.md").write_text("Something else.")
    (rule,) = found(board)
    assert rule.startswith("suite till: tasks are in another version here than in the leaderboard: kiosk_sales.")


def test_rules_hold_for_files_that_somebody_wrote_by_hand(kiosk: Task, tmp_path: Path) -> None:
    """The hashes fit, but nobody asked `lockgate publish` whether the run may come in."""
    store_kiosk_run("few", kiosk, n_attempts=2)
    add_without_scoring(tmp_path / "board", "few")
    rules = found(tmp_path / "board")
    assert [rule.partition(". ")[0] for rule in rules] == [
        "run few: idle has fewer than 3 attempts at kiosk_sales (2)",
        "run few: oracle has fewer than 3 attempts at kiosk_sales (2)",
    ]


def test_a_folder_without_a_leaderboard(tmp_path: Path) -> None:
    with pytest.raises(LockgateError, match=r"holds no leaderboard: there is no leaderboard\.json in it"):
        found(tmp_path)


@pytest.mark.parametrize("text", ["{", "{}", '{"format_version": 1, "suite": "../x", "tasks": [], "runs": []}'])
def test_a_damaged_index_is_one_message(tmp_path: Path, text: str) -> None:
    (tmp_path / "leaderboard.json").write_text(text)
    with pytest.raises(LockgateError, match=r"leaderboard\.json"):
        found(tmp_path)
