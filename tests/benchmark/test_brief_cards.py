"""Scorecards without their evidence: the same figures, kept, and never those of another file."""

import json
import os
import shutil
from pathlib import Path

import pytest

from benchmark.brief_cards import read_brief_cards
from benchmark.errors import LockgateError
from benchmark.paths import cache_dir
from benchmark.run_store import RunStore
from benchmark.scorecard import MAX_TEXT, Scorecard
from evaluators.scoring.leaderboard import standings
from tests.helpers.made_up_runs import store_made_up_run

WITHOUT: dict[str, object] = {"scenarios": (), "lint": None, "versions": {}, "submission": None}


@pytest.fixture(autouse=True)
def cards(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Scorecard]:
    """A run `made` of 6 trials."""
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    return store_made_up_run("made", 2, 2, references=True)[:8]


def ids() -> list[str]:
    return [trial.trial_id for trial in RunStore("made").read_plan().trials]


def brief() -> list[Scorecard]:
    return read_brief_cards(RunStore("made"), ids())


def test_everything_but_the_evidence_is_there_and_adds_up_to_the_same(cards: list[Scorecard]) -> None:
    for _ in range(2):  # the second time from the cache
        found = brief()
        assert standings(found) == standings(cards)
        assert found == [card.model_copy(update=WITHOUT) for card in cards]


def test_the_second_time_no_scorecard_is_read(cards: list[Scorecard]) -> None:
    brief()
    for trial_id in ids():
        path = RunStore("made").trial(trial_id).scorecard_path
        status = path.stat()
        path.write_bytes(b"x" * status.st_size)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert len(brief()) == len(cards)


def test_a_trial_that_was_scored_again_is_read_again() -> None:
    before = brief()
    store = RunStore("made").trial(ids()[0])
    card = store.read_scorecard()
    assert card is not None
    store.write_scorecard(card.without_verdict("the disk was full"))
    after = brief()
    assert [card.status for card in (before[0], after[0])] == ["scored", "unscored"]
    assert after[1:] == before[1:]


def test_trials_that_are_not_done_or_gone_are_left_out() -> None:
    n_before = len(brief())
    shutil.rmtree(RunStore("made").trial(ids()[0]).folder)
    assert len(brief()) == n_before - 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"status": "scored"}'])
def test_a_damaged_scorecard_is_named(content: str) -> None:
    brief()
    path = RunStore("made").trial(ids()[0]).scorecard_path
    path.write_text(content)
    with pytest.raises(LockgateError, match=r"(?s)scorecard\.json is not a scorecard of format 1: .* Delete it, then"):
        brief()


@pytest.mark.parametrize("is_whole", [False, True], ids=["brief", "whole"])
def test_of_a_damaged_scorecard_one_line_is_told(is_whole: bool) -> None:
    store = RunStore("made").trial(ids()[0])
    store.scorecard_path.write_text('{"status": "scored", "policy": {"n_findings": "many"}}')
    with pytest.raises(LockgateError) as told:
        store.read_scorecard() if is_whole else brief()
    assert ": Field required; " in str(told.value)
    assert "\n" not in str(told.value)
    assert "pydantic" not in str(told.value)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"format": 0}', '{"format": 1}'])
def test_what_is_kept_and_damaged_is_made_again(cards: list[Scorecard], content: str) -> None:
    brief()
    (cache_dir() / "brief_scorecards" / "made.json").write_text(content)
    assert len(brief()) == len(cards)


def test_all_trials_of_a_plan_are_read_also_after_it_changes(cards: list[Scorecard]) -> None:
    store = RunStore("made")
    for _ in range(2):
        assert read_brief_cards(store) == brief()
    plan = store.read_plan()
    store.plan_path.write_text(plan.model_copy(update={"trials": plan.trials[::-1]}).model_dump_json())
    assert read_brief_cards(store) == brief()
    assert read_brief_cards(store)[::-1] == [card.model_copy(update=WITHOUT) for card in cards]
    shutil.rmtree(store.folder)
    with pytest.raises(LockgateError, match="No run 'made'"):
        read_brief_cards(store)


def test_texts_are_bounded_before_they_are_kept() -> None:
    path = RunStore("made").trial(ids()[0]).scorecard_path
    content = json.loads(path.read_text())
    content["unscored_reason"] = "\x1b[2J" + "x" * (MAX_TEXT + 1)
    path.write_text(json.dumps(content))
    for _ in range(2):
        reason = brief()[0].unscored_reason
        assert reason is not None
        assert "\x1b" not in reason
        assert len(reason) <= MAX_TEXT
