"""What trials add up to per competitor, and two competitors against each other."""

from typing import Any

import pytest

from benchmark.errors import LockgateError
from benchmark.scorecard import RootCause, Scorecard, Scores, TrialIdentity
from evaluators.scoring.leaderboard import compare_agents, standings


def _card(
    agent: str, task: str, attempt: int, success: bool | None, cs: float = 0.0, **configuration: object
) -> Scorecard:
    identity = TrialIdentity.model_validate(
        {
            "run_id": "r", "trial_id": f"{task}--{agent}--{attempt}", "world": "w", "task": task, "task_kind": "impl",
            "agent": agent, "attempt": attempt, "days": 1, "visible_seed": 0, "holdout_seed": 1, **configuration,
        }
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
    assert row.figures["success_rate"].mean == pytest.approx(0.25)
    assert row.figures["component_score"].mean == pytest.approx(0.375)
    assert (row.n_tasks, row.n_scored, row.n_unscored) == (2, 3, 1)
    assert row.k == 1
    assert row.figures["extract_load_success_rate"].mean is None
    assert row.root_causes == ({"stage": "staging", "kind": "grain", "n_trials": 2},)


def test_pass_at_k_and_pass_hat_k_take_the_attempts_that_every_task_has():
    cards = [_card("x", task, n, task == "a" and n == 1) for task in ("a", "b") for n in (1, 2)]
    (row,) = standings(cards)
    # k = 2. a: one of two succeeds: pass@2 = 1, pass^2 = 0; b: none.
    assert (row.k, row.pass_at_k.mean, row.pass_hat_k.mean) == (2, 0.5, 0.0)


def test_a_task_without_a_verdict_is_left_out_and_never_0():
    (row,) = standings([_card("x", "a", 1, True, 1.0), _card("x", "b", 1, None)])
    assert row.figures["success_rate"].mean == 1.0
    assert row.n_unscored == 1


CONFIGURATIONS: dict[str, dict[str, Any]] = {
    "x": {},
    "x@openai/a": {"model_name": "openai/a"},
    "x@openai/b": {"model_name": "openai/b"},
    "x@openai/a+effort=high": {"model_name": "openai/a", "effort": "high"},
    "x@openai/a+effort=low": {"model_name": "openai/a", "effort": "low"},
    "x@openai/a+hints=1": {"model_name": "openai/a", "hint_level": 1},
    "x@openai/a+cost_usd=1": {"model_name": "openai/a", "budget_changes": (("cost_usd", 1.0),)},
    "x@openai/a+cost_usd=2+steps=9": {"model_name": "openai/a", "budget_changes": (("cost_usd", 2.0), ("steps", 9.0))},
    "x@openai/a+temperature=0.5": {"model_name": "openai/a", "model_options": (("temperature", "0.5"),)},
    "x@deep": {"model_name": "openai/a", "model_label": "deep", "effort": "high"},
}


def test_competitors_that_differ_in_anything_are_never_merged():
    cards = [
        _card("x", task, 1, name == "x@openai/a", **configuration)
        for task in ("t1", "t2")
        for name, configuration in CONFIGURATIONS.items()
    ]
    rows = standings(cards)
    assert [row.competitor.name for row in rows] == list(CONFIGURATIONS)
    for row in rows:
        assert (row.n_tasks, row.n_scored, row.k) == (2, 2, 1), "two attempts would be trials of two competitors"
        assert row.figures["success_rate"].mean == float(row.competitor.name == "x@openai/a")
    fields = ("agent", "model_name", "model_label", "effort", "model_options", "hint_level", "budget_changes")
    told = {str([row.as_json()[field] for field in fields]) for row in rows}
    assert len(told) == len(rows)


@pytest.mark.parametrize("n_tasks", [1, 3, 4])
def test_fewer_than_five_tasks_have_no_interval(n_tasks):
    cards = [_card("x", f"t{n}", 1, n == 0, n / 10) for n in range(n_tasks)]
    (row,) = standings(cards)
    assert all(interval is None for interval in row.as_json()["intervals"].values())
    others = [_card("y", f"t{n}", 1, True, 0.9) for n in range(n_tasks)]
    assert all(figure["low"] is None for figure in compare_agents(cards, others).values())


def test_no_success_at_all_is_no_proof_of_zero():
    """Wilson for 0 of 5: 0 to z² / (5 + z²) with z = 1.96."""
    (row,) = standings([_card("x", f"t{n}", 1, False) for n in range(5)])
    low, high = row.as_json()["intervals"]["success_rate"]
    assert low == pytest.approx(0.0)
    assert high == pytest.approx(3.8415 / 8.8415, abs=1e-3)
    (row,) = standings([_card("x", f"t{n}", 1, True, 1.0) for n in range(5)])
    assert row.as_json()["intervals"]["success_rate"][0] == pytest.approx(5 / 8.8415, abs=1e-3)
    assert row.as_json()["intervals"]["component_score"] is None, "equal values have no spread to resample"


def test_means_have_a_bootstrap_interval_from_five_tasks_on():
    (row,) = standings([_card("x", f"t{n}", 1, False, n / 4) for n in range(5)])
    mean = row.figures["component_score"]
    assert mean.low is not None
    assert mean.high is not None
    assert 0 < mean.low < 0.5 < mean.high < 1


def test_comparison_is_paired_by_task():
    first = [_card("x", f"t{n}", 1, True, 0.5 + n / 10) for n in range(5)] + [_card("x", "c", 1, True, 1.0)]
    second = [_card("y", f"t{n}", 1, False, n / 20) for n in range(5)] + [_card("y", "c", 1, None)]
    row = compare_agents(first, second)["component_score"]
    # Over t0 to t4: 0.5 + the mean of 0, 0.05, 0.1, 0.15, 0.2; c is left out.
    assert row["difference"] == pytest.approx(0.6)
    assert (row["first"], row["second"]) == (pytest.approx(0.7), pytest.approx(0.1))
    assert 0.5 < row["low"] < 0.6 < row["high"] < 0.7
    assert (row["n_tasks"], row["n_left_out"]) == (5, 1)


def test_agents_without_a_common_task_cannot_be_compared():
    with pytest.raises(LockgateError, match="no task in common"):
        compare_agents([_card("x", "a", 1, True)], [_card("y", "b", 1, True)])


def test_every_figure_is_its_own_field_of_a_scorecard():
    card = _card("x", "a", 1, True, 0.8).model_copy(update={"extract_load_success": False, "transform_success": True})
    (row,) = standings([card])
    assert {name: mean.mean for name, mean in row.figures.items()} == {
        "success_rate": 1.0,
        "extract_load_success_rate": 0.0,
        "transform_success_rate": 1.0,
        "component_score": 0.8,
        "cascading_failure_score": 0.4,
    }


@pytest.mark.parametrize("name", ["success", "extract_load_success", "transform_success"])
def test_every_success_rate_has_a_wilson_interval(name):
    """0 of 5: a bootstrap would say that nothing else is possible."""
    cards = [_card("x", f"t{n}", 1, False).model_copy(update={name: False}) for n in range(5)]
    (row,) = standings(cards)
    interval = row.as_json()["intervals"][f"{name}_rate"]
    assert interval is not None
    assert interval[1] == pytest.approx(0.4345, abs=1e-3)


def test_a_competitor_without_any_verdict_has_no_figure():
    (row,) = standings([_card("x", "a", 1, None), _card("x", "b", 1, None)])
    assert (row.n_tasks, row.n_scored, row.n_unscored, row.k) == (2, 0, 2, 1)
    assert all(mean.mean is None for mean in (*row.figures.values(), row.pass_at_k, row.pass_hat_k))
    mean = row.figures["success_rate"]
    assert (mean.n_scored, mean.n_unscored) == (0, 2)


def test_figures_count_the_tasks_with_and_without_a_verdict():
    cards = [_card("x", f"t{n}", 1, True, 1.0) for n in range(3)] + [_card("x", "u", 1, None)]
    (row,) = standings(cards)
    for mean in (row.figures["success_rate"], row.figures["component_score"], row.pass_at_k):
        assert (mean.n_scored, mean.n_unscored) == (3, 1)
