"""`lockgate publish`: a real run goes into a leaderboard, and one that was tampered with does not."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.run_store import RunStore, TrialStore
from benchmark.task import Task
from tests.helpers.command_line import Lockgate
from tests.helpers.leaderboards import add_without_scoring, store_kiosk_run, with_submission, write_tagged_kiosk
from tests.helpers.scorecards import unscored


@pytest.fixture
def kiosk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "projects"))
    return write_tagged_kiosk(tmp_path / "projects")


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def raise_the_score(trial: TrialStore) -> None:
    text = trial.scorecard_path.read_text()
    trial.scorecard_path.write_text(text.replace('"cascading_failure_score": 0.25', '"cascading_failure_score": 0.75'))


def change_the_submission(trial: TrialStore) -> None:
    """The scorecard is made to fit it, as somebody would who knows of the hash."""
    card = trial.read_scorecard()
    assert card is not None
    assert card.submission is not None
    patch = trial.patch_path.read_bytes() + b"diff --git a/notes.md b/notes.md\nnew file mode 100644\n"
    trial.patch_path.write_bytes(patch)
    digest = with_submission(card, patch).submission
    assert digest is not None
    summary = card.submission.model_copy(update={"sha256": digest.sha256})
    trial.write_scorecard(card.model_copy(update={"submission": summary}))


@pytest.mark.slow
def test_a_real_run_is_scored_again_and_comes_in(kiosk: Task, lockgate: Lockgate, tmp_path: Path) -> None:
    ran = lockgate("run", "-t", "tag:till", "-a", "oracle", "-a", "idle", "--attempts", "3", "--run-id", "r")
    assert ran.exit_code == 0, ran.errors
    board = tmp_path / "board"
    tried = lockgate("publish", str(board), "r", "--check")
    assert (tried.exit_code, tried.errors.count("#")) == (0, 6)
    assert tried.output == "6 submissions scored again: the same verdicts.\nEvery rule holds. Nothing was written.\n"
    assert not board.exists()
    done = lockgate("publish", str(board), "r", "--json")
    assert done.exit_code == 0, done.errors
    said = json.loads(done.output)
    assert (said["suite"], said["added"], said["n_scored_again"], said["broken"]) == ("till", ["r"], 6, [])
    assert lockgate("publish", str(board), "--check").exit_code == 0
    before = contents(board)
    again = lockgate("publish", str(board), "r")
    assert again.output.startswith("Already there, with the same content: r. Nothing was written.")
    assert contents(board) == before
    for tamper, trial, told in (
        (raise_the_score, "kiosk_sales--idle--2", "scores.cascading_failure_score is 0.75, scored again 0.25"),
        (change_the_submission, "kiosk_sales--oracle--1", "submission.n_files_changed is 2, scored again 3"),
    ):
        files = RunStore("r").trial(trial)
        kept = {path: path.read_bytes() for path in (files.patch_path, files.scorecard_path)}
        tamper(files)
        refused = lockgate("publish", str(tmp_path / "other"), "r")
        assert (refused.exit_code, refused.output) == (1, "")
        assert f"r/{trial}: has another verdict when it is scored again" in refused.errors
        assert told in " ".join(refused.errors.split())
        assert not (tmp_path / "other").exists()
        for path, content in kept.items():
            path.write_bytes(content)
    foreign = lockgate("publish", str(board), "--check", "--score-again", "--quiet")
    assert foreign.exit_code == 0, foreign.errors
    assert foreign.output.startswith("6 submissions scored again: the same verdicts.")
    assert contents(board) == before


@pytest.mark.parametrize("tamper", [raise_the_score, change_the_submission])
def test_a_changed_run_does_not_replace_the_published_one(
    kiosk: Task, lockgate: Lockgate, tmp_path: Path, tamper: Callable[[TrialStore], None]
) -> None:
    plan = store_kiosk_run("r", kiosk)
    trial = RunStore("r").trial(plan.trials[0].trial_id)
    trial.scorecard_path.write_text(trial.scorecard_path.read_text().replace('score": 1.0', 'score": 0.25'))
    add_without_scoring(tmp_path / "board", "r")
    before = contents(tmp_path / "board")
    tamper(trial)
    result = lockgate("publish", str(tmp_path / "board"), "r")
    assert result.exit_code == 1
    assert "run r: is in the leaderboard with other content" in result.errors
    assert contents(tmp_path / "board") == before


def test_all_rules_are_told_and_nothing_is_written(kiosk: Task, lockgate: Lockgate, tmp_path: Path) -> None:
    plan = store_kiosk_run("r", kiosk, n_attempts=2)
    result = lockgate("publish", str(tmp_path / "new/board"), "r")
    assert (result.exit_code, result.output) == (1, "")
    assert result.errors.count("\n- run r: ") + result.errors.startswith("- run r: ") == 2
    assert "lockgate run --run-id r --attempts 3" in result.errors
    assert result.errors.endswith("2 rules are broken. Nothing was written.\n")
    RunStore("r").trial(plan.trials[0].trial_id).write_scorecard(unscored(plan.trials[0], "No disk."))
    result = lockgate("publish", str(tmp_path / "new/board"), "r", "--json")
    assert result.exit_code == 3
    assert [rule["is_unscored"] for rule in json.loads(result.output)["broken"]] == [False, False, True]
    assert not (tmp_path / "new").exists()


def test_pages_are_made_again_without_a_run(kiosk: Task, lockgate: Lockgate, tmp_path: Path) -> None:
    store_kiosk_run("r", kiosk)
    add_without_scoring(tmp_path / "board", "r")
    before = contents(tmp_path / "board")
    (tmp_path / "board/index.html").write_text("by hand")
    assert lockgate("publish", str(tmp_path / "board"), "--check").exit_code == 1
    assert lockgate("publish", str(tmp_path / "board")).output.startswith("The pages were made again.")
    assert contents(tmp_path / "board") == before


def test_what_cannot_be_is_one_sentence(kiosk: Task, lockgate: Lockgate, tmp_path: Path) -> None:
    store_kiosk_run("r", kiosk)
    board, mine = str(tmp_path / "board"), tmp_path / "mine"
    (mine / "runs").mkdir(parents=True)
    for arguments, said in (
        ((board, "nosuch"), "No run 'nosuch' in "),
        ((board,), f"{board} holds no leaderboard yet. Name a run: lockgate publish {board} RUN."),
        ((board, "--check"), f"{board} holds no leaderboard: there is no leaderboard.json in it."),
        ((board, "r", "--suite", "tills"), "Unknown suite (a tag of tasks) 'tills'."),
        ((board, "r", "--score-again"), "--score-again is for --check of a folder"),
        ((str(mine), "r"), f"{mine} holds no leaderboard, and has runs already"),
    ):
        result = lockgate("publish", *arguments)
        assert (result.exit_code, result.output) == (1, "")
        assert result.mistake.startswith(said)
    add_without_scoring(tmp_path / "board", "r")
    assert lockgate("publish", board, "--suite", "till").mistake.startswith("--suite is for adding runs")
    result = lockgate("publish", board, "r", "--suite", "demo")
    assert result.mistake.startswith("The leaderboard is of suite till, not demo.")
