"""A run on disk survives being killed, damaged and worked on twice."""

import json
import multiprocessing
import os
import re
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.redact import register_secret
from benchmark.run_store import CollectedFiles, RunPlan, RunStore, TrialPlan, list_runs
from benchmark.scorecard import Scorecard, TrialIdentity


def plan(**changes: object) -> TrialPlan:
    given: dict[str, object] = {
        "run_id": "r1",
        "task": "totals",
        "agent": "oracle",
        "attempt": 1,
        "days": 14,
        "visible_seed": 0,
        "holdout_seed": 5,
        "scenarios": ("visible",),
    }
    return TrialPlan.model_validate(given | changes)


def scorecard(**changes: object) -> Scorecard:
    trial = TrialIdentity(
        run_id="r1",
        trial_id="totals--oracle--1",
        world="shop",
        task="totals",
        task_kind="impl",
        agent="oracle",
        attempt=1,
        days=14,
        visible_seed=0,
        holdout_seed=5,
    )
    return Scorecard.model_validate({"trial": trial, "status": "scored", "success": True} | changes)


def hold(run_id: str, told: Connection) -> None:
    with RunStore(run_id).lock():
        told.send("held")
        time.sleep(60)


@pytest.fixture
def holder():
    """A process that holds the lock of run r1."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=hold, args=("r1", there))
    process.start()
    assert here.recv() == "held"
    yield process
    process.kill()
    process.join()


def test_a_run_is_held_by_one_process_alone(holder) -> None:
    with (
        pytest.raises(LockgateError, match=r"Another process works on run r1; .* another --run-id"),
        RunStore("r1").lock(),
    ):
        pytest.fail("both have it")
    with RunStore("r2").lock():
        pass


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_the_lock_of_a_process_that_died_is_free(holder, how: signal.Signals) -> None:
    os.kill(holder.pid, how)
    holder.join()
    with RunStore("r1").lock():
        pass


def test_the_lock_is_free_after_an_error_and_held_once_per_process() -> None:
    store = RunStore("r1")
    with pytest.raises(ValueError, match="inside"), store.lock():
        raise ValueError("inside")
    with store.lock(), pytest.raises(LockgateError, match="Another process"), store.lock():
        pytest.fail("taken twice")
    with store.lock():
        pass


@pytest.mark.parametrize("run_id", ["", "../r", "a/b", ".hidden", "-r", "a b", "a\n", "ä", "a\0b"])
def test_an_id_that_is_no_folder_name_is_refused(run_id: str) -> None:
    with pytest.raises(LockgateError, match="letters, digits"):
        RunStore(run_id)


@pytest.mark.parametrize("run_id", ["a", "0", "2026-11-26T10.30_x", "A" * 200])
def test_an_id_that_is_a_folder_name_is_taken(run_id: str) -> None:
    store = RunStore(run_id)
    assert store.folder.name == run_id
    assert not store.exists()


def test_a_plan_is_read_as_it_was_written() -> None:
    wanted = RunPlan(run_id="r1", trials=(plan(), plan(attempt=2, hint_level=1)), versions={"dbt": "1.11"})
    store = RunStore("r1")
    store.write_plan(wanted)
    assert store.exists()
    assert store.read_plan() == wanted


def test_a_run_that_is_not_there_names_the_latest_ones() -> None:
    with pytest.raises(LockgateError, match=r"No run 'gone' in .*runs\. Latest runs: none yet\."):
        RunStore("gone").read_plan()
    for n in range(7):
        RunStore(f"r{n}").write_plan(RunPlan(run_id=f"r{n}", trials=()))
        os.utime(RunStore(f"r{n}").folder / "run.json", ns=(n, n))
    with pytest.raises(LockgateError, match=r"Latest runs: r2, r3, r4, r5, r6\."):
        RunStore("gone").read_plan()


def test_runs_are_listed_in_the_order_of_their_plans_and_only_those_with_one() -> None:
    for run_id, moment in (("b", 3), ("c", 1), ("a", 3), ("d", 2)):
        RunStore(run_id).write_plan(RunPlan(run_id=run_id, trials=()))
        os.utime(RunStore(run_id).folder / "run.json", ns=(moment, moment))
    with RunStore("only_locked").lock():
        assert list_runs() == ["c", "d", "a", "b"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        pytest.param("", "is not valid JSON", id="empty"),
        pytest.param('{"run_id": "r1", "tri', "is not valid JSON", id="cut"),
        pytest.param('{"run_id": "r1"}', "key 'trials' is missing", id="no trials"),
        pytest.param('{"run_id": "r1", "trials": [], "x": 1}', "key 'x' is not known", id="a newer key"),
        pytest.param('{"run_id": "r1", "trials": [{}]}', r"key 'trials\.0\.task' is missing", id="no trial"),
    ],
)
def test_a_damaged_plan_says_which_file(text: str, says: str) -> None:
    store = RunStore("r1")
    store.folder.mkdir(parents=True)
    (store.folder / "run.json").write_text(text)
    with pytest.raises(LockgateError, match=rf"r1/run\.json.*{says}"):
        store.read_plan()


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"{}", b'{"status": "scored"}', b"\xff\xfe", b'{"format_version": 1, "wat": 2}']
)
def test_a_damaged_scorecard_says_what_to_do(content: bytes) -> None:
    store = RunStore("r1").trial("t")
    store.folder.mkdir(parents=True)
    store.scorecard_path.write_bytes(content)
    with pytest.raises(
        LockgateError, match=r"(?s)t/scorecard\.json is not a .*[^.]\. Delete it, then `lockgate score r1/t`"
    ):
        store.read_scorecard()


def test_a_trial_is_done_when_its_scorecard_is_there() -> None:
    store = RunStore("r1").trial("t")
    assert store.read_scorecard() is None
    store.write_scorecard(scorecard())
    assert store.read_scorecard() == scorecard()
    assert [path.name for path in store.folder.iterdir()] == ["scorecard.json"], "nothing temporary stays"


def test_no_secret_gets_into_a_scorecard() -> None:
    register_secret("correct-horse-battery-staple")
    store = RunStore("r1").trial("t")
    store.write_scorecard(
        scorecard(status="unscored", success=None, unscored_reason="key correct-horse-battery-staple refused")
    )
    assert "horse-battery" not in store.scorecard_path.read_text()
    found = store.read_scorecard()
    assert found is not None
    assert re.fullmatch(r"key .+ refused", str(found.unscored_reason))


def test_what_was_collected_is_empty_in_runs_of_old() -> None:
    store = RunStore("r1").trial("t")
    assert store.read_collected() == CollectedFiles(left_out=(), refused=None)
    store.folder.mkdir(parents=True)
    store.collected_path.write_text(json.dumps({"left_out": ["a link"], "refused": "too large"}))
    assert store.read_collected() == CollectedFiles(left_out=("a link",), refused="too large")


def test_every_file_of_a_trial_is_inside_its_folder_and_has_a_name_of_its_own() -> None:
    store = RunStore("r1").trial("t")
    paths = [
        getattr(store, name)
        for name, found in vars(type(store)).items()
        if isinstance(found, property) and name.endswith(("_path", "_dir"))
    ]
    assert len(paths) == 9
    assert {path.parent for path in paths} == {store.folder}
    assert len(set(paths)) == len(paths)
    assert store.folder == RunStore("r1").folder / "trials" / "t"


DIFFERENT: dict[str, dict[str, object]] = {
    "as it is": {},
    "another task": {"task": "orders"},
    "another agent": {"agent": "idle"},
    "another attempt": {"attempt": 2},
    "a model": {"model": ModelSpec(name="openai/gpt-5")},
    "effort": {"model": ModelSpec(name="openai/gpt-5", effort="high")},
    "temperature": {"model": ModelSpec(name="openai/gpt-5", temperature=0.5)},
    "all that can be asked": {
        "model": ModelSpec(name="openai/gpt-5", effort="low", temperature=1, max_output_tokens=7, context_tokens=9000)
    },
    "a label": {"model": ModelSpec(name="openai/gpt-5", label="deep/5", effort="high", parameters={"seed": 1})},
    "hints": {"hint_level": 1},
    "more hints": {"hint_level": 2},
}


def test_trials_that_differ_have_folders_of_their_own() -> None:
    ids = {name: plan(**changes).trial_id for name, changes in DIFFERENT.items()}
    assert len(set(ids.values())) == len(ids), ids
    assert ids["as it is"] == "totals--oracle--1"
    assert ids["effort"] == "totals--oracle--openai_gpt-5--effort-high--1"
    assert ids["a label"] == "totals--oracle--deep_5--1"
    assert ids["temperature"] == "totals--oracle--openai_gpt-5--temperature-0.5--1"
    assert ids["more hints"] == "totals--oracle--1--hints2"
    assert plan(agent="./my agents/../a.yaml").trial_id == "totals--._my_agents_.._a.yaml--1"


def test_a_trial_belongs_to_the_competitor_that_its_plan_names() -> None:
    found = plan(
        model=ModelSpec(name="m", effort="low"), hint_level=2, budget_changes=(("cost_usd", 1.0), ("steps", 5.0))
    ).competitor
    assert found.name == "oracle@m+effort=low+hints=2+cost_usd=1+steps=5"
    assert plan().competitor.name == "oracle"


def test_a_plan_of_no_attempt_or_of_hints_below_none_is_refused() -> None:
    for changes in ({"attempt": 0}, {"hint_level": -1}, {"colour": "red"}):
        with pytest.raises(ValueError, match=next(iter(changes))):
            plan(**changes)


def test_a_plan_is_replaced_as_a_whole(tmp_path: Path) -> None:
    """A reader that opened the old one reads it to its end."""
    store = RunStore("r1")
    store.write_plan(RunPlan(run_id="r1", trials=(plan(),)))
    with (store.folder / "run.json").open() as old:
        store.write_plan(RunPlan(run_id="r1", trials=()))
        assert len(json.load(old)["trials"]) == 1
    assert store.read_plan().trials == ()
