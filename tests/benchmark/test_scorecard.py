"""What a scorecard keeps of texts that submissions wrote, and who competes with whom."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from benchmark.scorecard import (
    MAX_ITEMS,
    MAX_TEXT,
    Competitor,
    ExpectationResult,
    PolicyResult,
    RowDifference,
    ScenarioResult,
    Scores,
    StepResult,
    SubmissionSummary,
    TrialIdentity,
    Verdict,
)
from benchmark.usage import TokenUsage
from tests.helpers.examples import n_examples

_HOSTILE = st.one_of(st.text(max_size=20), st.just("x" * (MAX_TEXT + 1)), st.just("\x1b[2J\u202e\ud800"))
_DETAILS = st.dictionaries(
    _HOSTILE, st.recursive(_HOSTILE, lambda inner: st.one_of(st.lists(inner, max_size=3)), max_leaves=4), max_size=3
)


def texts(value: Any) -> list[str]:
    if isinstance(value, BaseModel):
        return texts(dict(value))
    if isinstance(value, dict):
        return [text for item in value.items() for text in texts(item)]
    if isinstance(value, list | tuple):
        return [text for item in value for text in texts(item)]
    return [value] if isinstance(value, str) else []


@settings(max_examples=n_examples(30), deadline=None)
@given(_HOSTILE, _DETAILS, st.lists(_HOSTILE, max_size=4))
def test_every_text_can_be_shown_and_stored_and_is_bounded(text: str, details: dict[str, Any], many: list[str]) -> None:
    records: list[BaseModel] = [
        StepResult(name=text, status="failed", message=text, details={"flat": text}),
        Verdict(is_match=False, kind="values", summary=text, missing_columns=tuple(many)),
        RowDifference(kind="extra", output=dict.fromkeys(many, text)),
        SubmissionSummary(sha256="", n_files_changed=1, files_changed=tuple(many), left_out=tuple(many), refused=text),
        ExpectationResult(
            table="a.b", stage="raw", expectation=text, arguments=dict.fromkeys(details, text), is_success=False
        ),
    ]
    for record in records:
        for found in texts(record):
            assert len(found) <= MAX_TEXT
            assert all(letter.isprintable() or letter in "\n\t" for letter in found)
        assert type(record).model_validate_json(record.model_dump_json()) == record


@pytest.mark.parametrize("n", [MAX_ITEMS - 1, MAX_ITEMS, MAX_ITEMS + 1, 3 * MAX_ITEMS])
def test_lists_of_texts_are_bounded_and_lists_of_records_are_not(n: int) -> None:
    names = tuple(f"c{i}" for i in range(n))
    rows = tuple(RowDifference(kind="extra", output={"a": name}) for name in names)
    verdict = Verdict(is_match=False, kind="values", summary="s", extra_columns=names, sample=rows)
    assert verdict.extra_columns == names[:MAX_ITEMS]
    assert len(verdict.sample) == n
    assert len(RowDifference(kind="extra", output=dict.fromkeys(names, "x")).output or {}) == min(n, MAX_ITEMS)


def test_a_text_as_long_as_it_may_be_stays() -> None:
    assert StepResult(name="x" * MAX_TEXT, status="ok").name == "x" * MAX_TEXT
    assert StepResult(name="x" * (MAX_TEXT + 1), status="ok").name == "x" * (MAX_TEXT - 1) + "…"


CHANGES: dict[str, tuple[Any, Any]] = {
    "agent": ("loop", "pool"),
    "model_name": (None, "openai/gpt-5"),
    "model_label": (None, "thinker"),
    "effort": (None, "high"),
    "model_options": ((), (("temperature", "0.5"),)),
    "hint_level": (0, 2),
    "budget_changes": ((), (("cost_usd", 1.0),)),
}


def test_every_two_that_differ_in_anything_have_names_of_their_own() -> None:
    """A label says all that is asked of a model; a run has no two models of one label."""
    every = [Competitor(**dict(zip(CHANGES, values, strict=True))) for values in itertools.product(*CHANGES.values())]
    unlabelled = [competitor for competitor in every if competitor.model_label is None]
    assert len({competitor.name for competitor in unlabelled}) == len(unlabelled) == 64
    assert set(CHANGES) == set(Competitor.model_fields)
    assert unlabelled[-1].name == "pool@openai/gpt-5+effort=high+temperature=0.5+hints=2+cost_usd=1"
    assert every[-1].name == "pool@thinker+hints=2+cost_usd=1"
    assert every[0].name == "loop"


def test_limits_stand_in_a_name_in_one_order() -> None:
    limits = (("steps", 5.0), ("cost_usd", 0.25))
    assert Competitor(agent="a", budget_changes=limits).name == "a+cost_usd=0.25+steps=5"


def test_a_trial_says_who_competed() -> None:
    given_values = {name: values[1] for name, values in CHANGES.items()}
    trial = TrialIdentity(
        run_id="r", trial_id="t", world="w", task="k", task_kind="impl", attempt=1, days=1, visible_seed=0,
        holdout_seed=1, **given_values,
    )  # fmt: skip
    assert trial.competitor == Competitor(**given_values)


def test_expectations_of_earlier_scorecards_are_read_by_their_old_name() -> None:
    scores = Scores(component_score=None, cascading_failure_score=None, n_tables=0, n_matches=0)
    scenario = ScenarioResult(
        scenario="visible", seed=0, days=1, day=1, is_success=True, steps=(), tables=(), scores=scores, stages={},
        expectations=(ExpectationResult(table="a.b", stage="raw", expectation="e", arguments={}, is_success=True),),
    )  # fmt: skip
    old = scenario.model_dump()
    old["quality"] = old.pop("expectations")
    assert ScenarioResult.model_validate(old) == scenario
    with pytest.raises(ValueError, match="qualities"):
        ScenarioResult.model_validate(old | {"qualities": ()})


def test_policies_of_earlier_scorecards_do_not_tell_findings_of_the_start_apart() -> None:
    old = PolicyResult(rules=("keys",), n_findings=3, by_rule={"keys": 3}).model_dump()
    del old["n_in_start"], old["start_error"]
    assert PolicyResult.model_validate(old).summary == "3 findings"


_USAGE = st.builds(TokenUsage, **{name: st.integers(0, 10**12) for name in TokenUsage.model_fields})


@given(_USAGE, _USAGE)
def test_tokens_add_up_by_kind(one: TokenUsage, two: TokenUsage) -> None:
    both = one + two
    assert both == two + one
    assert all(getattr(both, name) == getattr(one, name) + getattr(two, name) for name in TokenUsage.model_fields)
    assert both.total == one.total + two.total
    assert one + TokenUsage() == one


def test_reasoning_is_a_part_of_the_output() -> None:
    usage = TokenUsage(input=1, cached_input=10, cache_write=100, output=1000, reasoning=900)
    assert usage.total == 1111
    with pytest.raises(ValueError, match="input"):
        TokenUsage(input=-1)
