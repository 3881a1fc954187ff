"""Root cause: the most upstream mismatch of the first scenario that has one."""

from benchmark.scorecard import (
    RootCause,
    ScenarioResult,
    Scorecard,
    Scores,
    TableResult,
    TrialIdentity,
    Verdict,
    VerdictKind,
)
from benchmark.stages import Stage
from evaluators.scoring.root_cause import count_root_causes, find_root_cause

NOTHING = Scores(component_score=None, cascading_failure_score=None, n_tables=0, n_matches=0)


def _table(name: str, stage: Stage, kind: VerdictKind, *, alone: bool, cascaded: bool = False) -> TableResult:
    return TableResult(
        table=name, stage=stage, weight=1.0, is_cascaded=cascaded, built_by=f"{name}.sql",
        verdict=Verdict(is_match=kind == "match", kind=kind, summary=f"{name} is {kind}."),
        component=Verdict(is_match=alone, kind="match" if alone else kind, summary=""),
    )  # fmt: skip


def _scenario(name: str, *tables: TableResult) -> ScenarioResult:
    return ScenarioResult(
        scenario=name, seed=0, days=1, day=1, is_success=all(t.verdict.is_match for t in tables),
        steps=(), tables=tables, scores=NOTHING, stages={},
    )  # fmt: skip


def test_no_mismatch_no_cause():
    assert find_root_cause([_scenario("visible", _table("a", "raw", "match", alone=True))]) is None


def test_the_most_upstream_mismatch_of_the_first_wrong_scenario():
    right = _scenario("visible", _table("s", "staging", "match", alone=True), _table("m", "marts", "match", alone=True))
    wrong = _scenario(
        "holdout",
        _table("s", "staging", "time_zone", alone=False),
        _table("i", "intermediate", "values", alone=True, cascaded=True),
        _table("m", "marts", "grain", alone=False, cascaded=True),
    )
    later = _scenario("day2", _table("s", "staging", "grain", alone=False))
    cause = find_root_cause([right, wrong, later])
    assert cause is not None
    assert (cause.scenario, cause.table, cause.kind, cause.built_by) == ("holdout", "s", "time_zone", "s.sql")
    assert cause.is_own


def test_independent_faults_the_earliest_stage_counts():
    cause = find_root_cause(
        [
            _scenario(
                "visible", _table("m", "marts", "nulls", alone=False), _table("i", "intermediate", "grain", alone=False)
            )
        ]
    )
    assert cause is not None
    assert cause.table == "i"


def test_a_table_that_is_right_alone_points_upstream_to_what_is_not_scored():
    cause = find_root_cause([_scenario("visible", _table("m", "marts", "values", alone=True))])
    assert cause is not None
    assert not cause.is_own


def test_causes_are_counted_most_frequent_first_then_by_stage_then_by_kind():
    trial = TrialIdentity(
        run_id="r", trial_id="t", world="w", task="k", task_kind="impl", agent="a", attempt=1, days=1, visible_seed=0,
        holdout_seed=1,
    )  # fmt: skip

    def card(stage: Stage | None, kind: VerdictKind = "values") -> Scorecard:
        cause = stage and RootCause(
            scenario="visible", table="t", stage=stage, kind=kind, is_own=True, built_by=None, summary=""
        )
        return Scorecard(trial=trial, status="scored", success=not stage, root_cause=cause or None)

    cards = [card("marts", "values"), card(None), *[card("staging", "nulls")] * 2, card("raw", "values")]
    cards += [card("marts", "grain"), *[card("marts", "rounding")] * 3, card(None)]
    assert [tuple(found.values()) for found in count_root_causes(cards)] == [
        ("marts", "rounding", 3),
        ("staging", "nulls", 2),
        ("raw", "values", 1),
        ("marts", "grain", 1),
        ("marts", "values", 1),
    ]
    assert count_root_causes([card(None)]) == []
    assert list(count_root_causes([card("raw")])[0]) == ["stage", "kind", "n_trials"]
