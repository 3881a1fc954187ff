"""Which runs may come into a leaderboard, and which suite it is of."""

import pytest

from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.run_store import RunStore
from benchmark.task import Task
from benchmark.trial import TrialOptions
from orchestration.publication.rules import check_run
from orchestration.publication.suite import choose_suite
from tests.helpers.leaderboards import PATCH, store_kiosk_run, with_submission
from tests.helpers.scorecards import make_scorecard, unscored

MODEL = ModelSpec(name="openai/gpt-5")


def broken(run_id: str, tasks: tuple[str, ...] = ("kiosk_sales",)) -> list[str]:
    store = RunStore(run_id)
    return [rule.message.partition(". ")[0] for rule in check_run(store, store.read_plan(), "till", tasks)]


def test_a_whole_run_breaks_no_rule(kiosk: Task) -> None:
    store_kiosk_run("r", kiosk, ["oracle", "toolloop"], models=[MODEL])
    assert broken("r") == []


def test_tasks_are_those_of_the_suite(kiosk: Task) -> None:
    store_kiosk_run("r", kiosk, ["idle"])
    assert broken("r", ("bakery", "kiosk_sales")) == ["idle has no trial of bakery; the suite till has 2 tasks"]
    assert broken("r", ("bakery",))[0] == (
        "has tasks that are not in the suite till: kiosk_sales"
    )  # fmt: skip


def test_all_broken_rules_are_told_at_once(kiosk: Task) -> None:
    plan = store_kiosk_run("r", kiosk, ["idle", "toolloop"], models=[MODEL], n_attempts=4)
    first, second, third, fourth, *theirs = (RunStore("r").trial(trial.trial_id) for trial in plan.trials)
    first.scorecard_path.unlink()
    second.write_scorecard(unscored(plan.trials[1], "No disk."))
    third.patch_path.write_bytes(b"another")
    fourth.write_scorecard(with_submission(make_scorecard(plan.trials[0], {}, 1.0), PATCH))
    theirs[0].trajectory_path.unlink()
    theirs[1].agent_path.unlink()
    store, tasks = RunStore("r"), ("kiosk_sales",)
    rules = check_run(store, plan, "till", tasks)
    assert [rule.message.partition(". ")[0] for rule in rules] == [
        "1 trial is not done yet: kiosk_sales--idle--1",
        "1 trial is unscored: kiosk_sales--idle--2",
        "1 trial is without the stored submission (submission.patch, agent.json): "
        "kiosk_sales--toolloop--openai_gpt-5--2",
        "1 trial is stored with another submission than the one that was scored (submission.patch): "
        "kiosk_sales--idle--3",
        "1 trial is without a trajectory that can be read (trajectory.jsonl): kiosk_sales--toolloop--openai_gpt-5--1",
        "1 trial is stored with the scorecard of another trial: kiosk_sales--idle--4",
    ]
    assert [rule.is_unscored for rule in rules] == [False, True, False, False, False, False]


def test_data_and_scenarios_are_the_tasks_own(kiosk: Task) -> None:
    easier = TrialOptions(days=1, scenarios=("holdout",), visible_seed=7, holdout_seed=8)
    store_kiosk_run("r", kiosk, ["idle"], options=easier)
    listed = "kiosk_sales--idle--1, kiosk_sales--idle--2, kiosk_sales--idle--3"
    assert broken("r") == [
        f"3 trials are planned with another {name} than the task's own: {listed}"
        for name in ("scenarios", "days", "visible seed")
    ]


def test_the_suite_is_the_tag_of_exactly_these_tasks(kiosk: Task) -> None:
    plan = store_kiosk_run("r", kiosk, ["idle"])
    assert choose_suite(None, None, [plan]) == "till"
    assert choose_suite("till", None, [plan]) == "till"
    with pytest.raises(LockgateError, match=r"Unknown suite .*'tills'.*Did you mean 'till'"):
        choose_suite("tills", None, [plan])
    with pytest.raises(LockgateError, match=r"^No tag has exactly the tasks of these runs\. Say .* --suite TAG\.$"):
        choose_suite(None, None, [plan.model_copy(update={"trials": ()})])


def test_runs_of_a_part_of_a_tag_are_told_which_tasks_are_missing(kiosk: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = store_kiosk_run("r", kiosk, ["idle"])
    others = [
        kiosk.model_copy(update={"spec": kiosk.spec.model_copy(update={"id": f"kiosk_{name}", "tags": ("till",)})})
        for name in "ab"
    ]
    monkeypatch.setattr("orchestration.publication.suite.list_tasks", lambda: [kiosk, *others])
    says = r"exactly the tasks of these runs \(1\)\. Tag \w+ has them and 2 more: kiosk_a, kiosk_b\. .* -t tag:"
    with pytest.raises(LockgateError, match=says):
        choose_suite(None, None, [plan])
