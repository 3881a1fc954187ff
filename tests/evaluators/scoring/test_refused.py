"""A refused submission has a result in every scenario: each scored table not built, each seeded fault missed."""

import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import select_tasks
from benchmark.stages import STAGES
from benchmark.task import Task
from evaluators.scenarios import get_scenario
from evaluators.scoring.refused import refused_scenarios
from evaluators.scoring.root_cause import find_root_cause
from evaluators.scoring.scores import summarise

REASON = "the workspace holds more than 64 MiB"
VISIBLE, HOLDOUT = Dials(seed=0, days=14, day=1), Dials(seed=77, days=9, day=1)


@pytest.mark.parametrize("task", select_tasks([]), ids=lambda task: task.id)
def test_every_scenario_fails_with_the_reason(task: Task) -> None:
    found = refused_scenarios(task, task.spec.scenarios, VISIBLE, HOLDOUT, REASON)
    assert {result.scenario for result in found} == set(task.spec.scenarios)
    for result in found:
        scenario = get_scenario(result.scenario)
        dials = VISIBLE if scenario.seed == "visible" else HOLDOUT
        assert (result.seed, result.days, result.day) == (dials.seed, dials.days, scenario.runs[-1].day)
        assert result.is_success is False
        assert [(step.name, step.status, step.message) for step in result.steps] == [("collect", "failed", REASON)]
        assert result.scores.component_score == result.scores.cascading_failure_score == 0.0
        assert result.scores.n_matches == 0
        if task.faults is None:
            _check_tables(task, result.tables)
            assert result.faults is None
        else:
            assert result.tables == ()
            assert result.faults is not None
            assert result.faults.false_alarms == (REASON,)
            assert (result.faults.recall, result.faults.n_tests) == (0.0, 0)
            assert result.faults.min_recall == task.faults.min_recall
            assert [(f.fault, f.table, f.breaks, f.is_caught) for f in result.faults.faults] == [
                (fault.name, fault.table, fault.breaks, False) for fault in task.faults.faults
            ]
            assert {f.stage for f in result.faults.faults} == {
                task.scored_tables[fault.table].stage for fault in task.faults.faults
            }
    total = summarise(found)
    assert total.success is False
    assert total.scores is not None
    assert total.scores.n_tables == len(found) * len(task.faults.faults if task.faults else task.scored_tables)


def _check_tables(task: Task, tables) -> None:
    assert {table.table for table in tables} == set(task.scored_tables)
    assert list(tables) == sorted(tables, key=lambda table: (STAGES.index(table.stage), table.table))
    for table in tables:
        assert table.stage == task.scored_tables[table.table].stage
        assert table.weight == task.weights[table.table]
        assert table.verdict == table.component
        assert table.verdict.model_dump(include={"is_match", "kind", "summary"}) == {
            "is_match": False,
            "kind": "not_built",
            "summary": REASON,
        }
        assert table.is_cascaded is False
        assert table.built_by is None


def test_the_root_cause_of_a_refusal_is_its_reason() -> None:
    task = next(task for task in select_tasks([]) if task.faults is None)
    cause = find_root_cause(refused_scenarios(task, task.spec.scenarios, VISIBLE, HOLDOUT, REASON))
    assert cause is not None
    assert (cause.kind, cause.summary, cause.is_own) == ("not_built", REASON, True)
