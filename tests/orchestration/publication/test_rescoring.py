"""What a second scoring is held against the first by."""

import pytest

from benchmark.run_store import RunStore
from benchmark.scorecard import Scorecard
from benchmark.task import Task
from orchestration.publication.rescoring import differences
from tests.helpers.leaderboards import store_kiosk_run


@pytest.fixture
def card(kiosk: Task) -> Scorecard:
    plan = store_kiosk_run("r", kiosk, ["idle"], n_attempts=1)
    found = RunStore("r").trial(plan.trials[0].trial_id).read_scorecard()
    assert found is not None
    return found


def test_times_and_tools_may_differ_and_nothing_else(card: Scorecard) -> None:
    other = card.model_copy(update={"timing_seconds": {"total": 99.0}, "versions": {"duckdb": "1.0"}})
    assert differences(card, other) == []
    assert differences(card, card.model_copy(update={"success": True})) == ["success is False, scored again True"]


def test_a_difference_is_named_by_scenario_and_table(card: Scorecard) -> None:
    scenario = card.scenarios[0]
    tables = [table.model_copy(update={"weight": 9.0}) for table in scenario.tables]
    other = card.model_copy(update={"scenarios": (scenario.model_copy(update={"tables": tuple(tables)}),)})
    found = differences(card, other)
    assert len(found) == len(tables)
    assert found[-1].startswith("scenarios[visible].tables[marts.takings].weight is ")
    assert found[-1].endswith("scored again 9.0")


def test_a_scenario_more_is_a_difference(card: Scorecard) -> None:
    other = card.model_copy(update={"scenarios": (*card.scenarios, card.scenarios[0])})
    (found,) = differences(card, other)
    assert found.startswith("scenarios is [")
