"""What trials add up to per agent, and two agents against each other."""

import pytest

from benchmark.errors import LockgateError
from benchmark.scorecard import RootCause, Scorecard, Scores, TrialIdentity
from evaluators.scoring.leaderboard import compare_agents, standings


def _card(agent: str, task: str, attempt: int, success: bool | None, cs: float = 0.0) -> Scorecard:
    identity = TrialIdentity(
        run_id="r", trial_id=f"{task}--{agent}--{attempt}", world="w", task=task, task_kind="impl",
        agent=agent, attempt=attempt, days=1, visible_seed=0, holdout_seed=1,
    )  # fmt: skip
    if success is None:
        return Scorecard(trial=identity, status="unscored", unscored_reason="a fault of ours")
    scores = Scores(component_score=cs, cascading_failure_score=cs / 2, n_tables=4, n_matches=2)
    cause = RootCause(
        scenario="visible", table="staging.a", stage="staging", kind="grain", is_own=True, built_by=None, summary="."
    )
    return Scorecard(
        trial=identity, status="scored", success=success, scores=scores, root_cause=None if success else cause
    )


def test_figures_are_means_over_tasks_of_means_over_attempts():
    cards = [
        _card("x", "a", 1, True, 1.0),
        _card("x", "a", 2, False, 0.5),
        _card("x", "b", 1, False, 0.0),
        _card("x", "b", 2, None),
    ]
    (row,) = standings(cards)
    # Task a: (1 + 0) / 2 = 0.5, task b: 0 over its one scored attempt; mean 0.25. CS: (0.75 + 0) / 2.
    assert row["success_rate"] == pytest.approx(0.25)
    assert row["component_score"] == pytest.approx(0.375)
    assert (row["n_tasks"], row["n_scored"], row["n_unscored"]) == (2, 3, 1)
    assert row["intervals"]["success_rate"] == [0.0, 0.5]
    assert row["k"] == 1
    assert row["extract_load_success_rate"] is None
    assert row["root_causes"] == [{"stage": "staging", "kind": "grain", "n_trials": 2}]


def test_pass_at_k_and_pass_hat_k_take_the_attempts_that_every_task_has():
    cards = [_card("x", task, n, task == "a" and n == 1) for task in ("a", "b") for n in (1, 2)]
    (row,) = standings(cards)
    # k = 2. a: one of two succeeds: pass@2 = 1, pass^2 = 0; b: none.
    assert (row["k"], row["pass_at_k"], row["pass_hat_k"]) == (2, 0.5, 0.0)


def test_a_task_without_a_verdict_is_left_out_and_never_0():
    (row,) = standings([_card("x", "a", 1, True, 1.0), _card("x", "b", 1, None)])
    assert row["success_rate"] == 1.0
    assert row["n_unscored"] == 1


def test_comparison_is_paired_by_task():
    first = [_card("x", "a", 1, True, 1.0), _card("x", "b", 1, False, 0.4), _card("x", "c", 1, True, 1.0)]
    second = [_card("y", "a", 1, False, 0.5), _card("y", "b", 1, False, 0.2), _card("y", "c", 1, None)]
    row = compare_agents(first, second)["component_score"]
    # Over a and b: (1.0 - 0.5 + 0.4 - 0.2) / 2 = 0.35; c is left out.
    assert row["difference"] == pytest.approx(0.35)
    assert (row["first"], row["second"]) == (pytest.approx(0.7), pytest.approx(0.35))
    assert (row["low"], row["high"]) == (pytest.approx(0.2), pytest.approx(0.5))
    assert (row["n_tasks"], row["n_left_out"]) == (2, 1)


def test_agents_without_a_common_task_cannot_be_compared():
    with pytest.raises(LockgateError, match="no task in common"):
        compare_agents([_card("x", "a", 1, True)], [_card("y", "b", 1, True)])
