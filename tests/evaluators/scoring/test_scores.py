"""Stage scores on graphs worked out by hand."""

from collections.abc import Mapping

import pytest

from benchmark.scorecard import (
    AnswerResult,
    DefinitionCheck,
    FaultResult,
    FaultsResult,
    ScenarioResult,
    Scores,
    TableResult,
    Verdict,
)
from benchmark.stages import Stage
from evaluators.scoring.scores import (
    cascaded_tables,
    cascading_failure_score,
    component_score,
    score_faults,
    score_tables,
    summarise,
    upstream_tables,
)

MATCH = Verdict(is_match=True, kind="match", summary="Equal.")
MISMATCH = Verdict(is_match=False, kind="values", summary="Differs.")

DIAMOND = {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}
EQUAL = dict.fromkeys("abcd", 1.0)


def carried(
    matches: dict[str, bool], weights: dict[str, float], lineage: Mapping[str, tuple[str, ...]]
) -> float | None:
    """CFS of what matches, on a graph."""
    return cascading_failure_score(matches, weights, cascaded_tables(matches, weights, lineage))


def test_all_match():
    matches = dict.fromkeys("abcd", True)
    assert component_score(matches, EQUAL) == 1.0
    assert carried(matches, EQUAL, DIAMOND) == 1.0


def test_diamond_with_one_broken_arm():
    # b is wrong. CS: a, c, d are right alone: 3/4. CFS: d lies below b and counts 0: a and c: 2/4.
    matches = {"a": True, "b": False, "c": True, "d": True}
    assert component_score(matches, EQUAL) == 0.75
    assert carried(matches, EQUAL, DIAMOND) == 0.5
    assert cascaded_tables(matches, EQUAL, DIAMOND) == {"d"}


def test_diamond_with_a_broken_root():
    # a is wrong: all the others lie below it.
    matches = {"a": False, "b": True, "c": True, "d": True}
    assert component_score(matches, EQUAL) == 0.75
    assert carried(matches, EQUAL, DIAMOND) == 0.0


def test_diamond_with_a_broken_tip():
    matches = {"a": True, "b": True, "c": True, "d": False}
    assert carried(matches, EQUAL, DIAMOND) == 0.75


def test_chain_with_weights():
    # weights 1, 1, 2; the middle is wrong. CS = (1 + 2) / 4; CFS = 1 / 4.
    chain = {"x": (), "y": ("x",), "z": ("y",)}
    weights = {"x": 1.0, "y": 1.0, "z": 2.0}
    matches = {"x": True, "y": False, "z": True}
    assert component_score(matches, weights) == 0.75
    assert carried(matches, weights, chain) == 0.25


def test_disconnected_parts_do_not_touch_each_other():
    # two chains p -> q and r -> s; p is wrong: q counts 0, r and s stay.
    lineage = {"q": ("p",), "s": ("r",)}
    weights = dict.fromkeys("pqrs", 1.0)
    matches = {"p": False, "q": True, "r": True, "s": True}
    assert carried(matches, weights, lineage) == 0.5


def test_a_mismatch_reaches_through_tables_that_are_not_scored():
    lineage = {"mart": ("hidden",), "hidden": ("stage",)}
    weights = {"stage": 1.0, "mart": 1.0}
    assert carried({"stage": False, "mart": True}, weights, lineage) == 0.0


def test_an_unscored_upstream_table_breaks_nothing():
    lineage = {"mart": ("hidden",)}
    assert carried({"mart": True, "hidden": False}, {"mart": 1.0}, lineage) == 1.0


def test_a_missing_model_counts_zero_and_breaks_what_lies_below():
    # b was not built (absent from matches): CS 3/4, CFS a and c = 2/4
    matches = {"a": True, "c": True, "d": True}
    assert component_score(matches, EQUAL) == 0.75
    assert carried(matches, EQUAL, DIAMOND) == 0.5


def test_an_extra_model_changes_nothing():
    matches = {"a": True, "b": True, "c": True, "d": True, "extra": False}
    assert component_score(matches, EQUAL) == 1.0
    assert carried(matches, EQUAL, DIAMOND | {"d": ("b", "c", "extra")}) == 1.0


def test_a_renamed_model_is_a_missing_and_an_extra_one():
    matches = {"a": True, "b_v2": True, "c": True, "d": True}
    assert component_score(matches, EQUAL) == 0.75


def test_nothing_scored_has_no_score():
    assert component_score({}, {}) is None
    assert carried({}, {}, {}) is None


def test_cfs_is_never_above_cs_of_the_same_outcomes():
    for pattern in range(16):
        matches = {name: bool(pattern >> i & 1) for i, name in enumerate("abcd")}
        cs, cfs = component_score(matches, EQUAL), carried(matches, EQUAL, DIAMOND)
        assert cs is not None
        assert cfs is not None
        assert cfs <= cs


def test_upstream_survives_cycles_and_deep_chains():
    deep = {str(i): (str(i + 1),) for i in range(800)}
    assert len(upstream_tables({**deep, "800": ("0",)})["0"]) == 801


def _table(name: str, stage: Stage, *, ok: bool, alone: bool | None = None, cascaded: bool = False) -> TableResult:
    return TableResult(
        table=name,
        stage=stage,
        weight=1.0,
        verdict=MATCH if ok else MISMATCH,
        component=MATCH if (ok if alone is None else alone) else MISMATCH,
        is_cascaded=cascaded,
    )


def _scenario(name: str, tables: tuple[TableResult, ...]) -> ScenarioResult:
    scores, stages = score_tables(tables)
    return ScenarioResult(
        scenario=name, seed=0, days=14, day=1, is_success=all(t.verdict.is_match for t in tables),
        steps=(), tables=tables, scores=scores, stages=stages,
    )  # fmt: skip


def test_score_tables_by_stage():
    # staging wrong end to end and alone; the mart right alone, right end to end by luck, but below a mismatch.
    tables = (
        _table("raw_a.x", "raw", ok=True),
        _table("staging.x", "staging", ok=False),
        _table("marts.x", "marts", ok=True, cascaded=True),
        _table("marts.y", "marts", ok=False, alone=True, cascaded=True),
    )
    total, stages = score_tables(tables)
    assert total.component_score == 0.75
    assert total.cascading_failure_score == 0.25
    assert (total.n_tables, total.n_matches) == (4, 2)
    assert list(stages) == ["raw", "staging", "marts"]
    assert stages["marts"].component_score == 1.0
    assert stages["marts"].cascading_failure_score == 0.0


def test_summarise_is_the_mean_over_scenarios():
    good = _scenario("visible", (_table("raw_a.x", "raw", ok=True), _table("marts.x", "marts", ok=True)))
    bad = _scenario("holdout", (_table("raw_a.x", "raw", ok=True), _table("marts.x", "marts", ok=False)))
    summary = summarise((good, bad))
    assert summary.success is False
    assert summary.extract_load_success is True
    assert summary.transform_success is False
    assert summary.scores is not None
    assert summary.scores.component_score == pytest.approx(0.75)
    assert summary.stages["marts"].component_score == pytest.approx(0.5)


def test_a_check_of_definitions_that_fails_is_no_success_though_every_table_matches():
    right = _scenario("visible", (_table("marts.x", "marts", ok=True),))
    failed = DefinitionCheck(name="schedules", is_success=False, message="no schedule")
    wrong = right.model_copy(update={"definitions": (failed,), "is_success": False})
    assert summarise((right,)).success is True
    summary = summarise((right, wrong))
    assert (summary.success, summary.transform_success) == (False, True)
    assert "definitions" not in right.model_dump(mode="json"), "scorecards of other kinds stay as they were"


@pytest.mark.parametrize(("is_match", "is_right"), [(True, True), (True, False), (False, True)])
def test_the_answer_decides_success_together_with_the_tables_and_nothing_else(is_match: bool, is_right: bool) -> None:
    scenario = _scenario("visible", (_table("marts.x", "marts", ok=is_match),))
    answer = AnswerResult(is_right=is_right, facts=())
    summary = summarise((scenario,), answer)
    assert summary == summarise((scenario,))._replace(success=is_match and is_right)


def test_summarise_nothing():
    assert summarise(()) == (None, None, None, None, {})


def test_a_cascading_score_above_the_component_score_is_a_fault_of_ours():
    with pytest.raises(AssertionError, match=r"CFS 1\.0 is above CS 0\.0"):
        score_tables([_table("marts.x", "marts", ok=True, alone=False)])


def fault(name: str, stage: Stage, is_caught: bool) -> FaultResult:
    return FaultResult(fault=name, table=f"{stage}.t", stage=stage, breaks="a promise", is_caught=is_caught)


@pytest.mark.parametrize(("false_alarms", "carried_share"), [((), 1.0), (("a test fails on right data",), 0.0)])
def test_tests_that_fail_on_right_data_carry_nothing(false_alarms: tuple[str, ...], carried_share: float) -> None:
    faults = (fault("a", "staging", True), fault("b", "staging", False), fault("c", "marts", True))
    result = FaultsResult(min_recall=0.5, recall=2 / 3, n_tests=4, false_alarms=false_alarms, faults=faults)
    scores, stages = score_faults(result)
    assert scores == Scores(
        component_score=2 / 3, cascading_failure_score=2 / 3 * carried_share, n_tables=3, n_matches=2
    )
    assert list(stages) == ["staging", "marts"]
    assert stages["staging"] == Scores(
        component_score=0.5, cascading_failure_score=0.5 * carried_share, n_tables=2, n_matches=1
    )
    assert stages["marts"].component_score == 1.0


def test_a_stage_whose_tables_weigh_nothing_has_no_score_and_takes_part_in_no_mean() -> None:
    nothing = Scores(component_score=None, cascading_failure_score=None, n_tables=1, n_matches=1)
    half = Scores(component_score=0.5, cascading_failure_score=0.25, n_tables=2, n_matches=1)

    def scenario(name: str, scores: Scores) -> ScenarioResult:
        table = TableResult(table="raw.t", stage="raw", weight=0.0, verdict=MATCH, component=MATCH, is_cascaded=False)
        return ScenarioResult(
            scenario=name, seed=0, days=1, day=1, is_success=True, steps=(), tables=(table,), scores=scores,
            stages={"raw": scores},
        )  # fmt: skip

    assert summarise([scenario("visible", nothing)]).scores == nothing
    both = summarise([scenario("visible", nothing), scenario("day2", half)])
    assert both.scores == both.stages["raw"] == half.model_copy(update={"n_tables": 3, "n_matches": 2})
