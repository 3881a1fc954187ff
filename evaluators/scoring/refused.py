"""Results of a submission that was refused: nothing of it runs, and every scored table counts as not built."""

from __future__ import annotations

from collections.abc import Sequence

from benchmark.generator_parameters import Dials
from benchmark.scorecard import FaultResult, FaultsResult, ScenarioResult, StepResult, TableResult, Verdict
from benchmark.stages import STAGES
from benchmark.task import Task
from evaluators.scenarios import Scenario, in_order
from evaluators.scoring.scores import score_faults, score_tables


def refused_scenarios(
    task: Task, scenarios: Sequence[str], visible: Dials, holdout: Dials, reason: str
) -> tuple[ScenarioResult, ...]:
    """One failed result per scenario.

    Args:
        task: What the submission was for.
        scenarios: Names of those that are scored.
        visible: Seed and days of the visible data.
        holdout: The same of the holdout data.
        reason: Why the submission was refused, one sentence.
    """
    return tuple(
        _refused(task, scenario, visible if scenario.seed == "visible" else holdout, reason)
        for scenario in in_order(scenarios)
    )


def _refused(task: Task, scenario: Scenario, dials: Dials, reason: str) -> ScenarioResult:
    step = StepResult(name="collect", status="failed", message=reason)
    faults = _no_faults_caught(task, reason)
    tables = () if faults else _no_tables_built(task, reason)
    scores, stages = score_faults(faults) if faults else score_tables(tables)
    return ScenarioResult(
        scenario=scenario.name,
        seed=dials.seed,
        days=dials.days,
        day=scenario.runs[-1].day,
        is_success=False,
        steps=(step,),
        tables=tables,
        scores=scores,
        stages=stages,
        faults=faults,
    )


def _no_tables_built(task: Task, reason: str) -> tuple[TableResult, ...]:
    verdict = Verdict(is_match=False, kind="not_built", summary=reason)
    weights = task.weights
    results = [
        TableResult(
            table=name,
            stage=spec.stage,
            weight=weights[name],
            verdict=verdict,
            component=verdict,
            is_cascaded=False,
        )
        for name, spec in task.scored_tables.items()
    ]
    return tuple(sorted(results, key=lambda result: (STAGES.index(result.stage), result.table)))


def _no_faults_caught(task: Task, reason: str) -> FaultsResult | None:
    if task.faults is None:
        return None
    missed = tuple(
        FaultResult(
            fault=fault.name,
            table=fault.table,
            stage=task.scored_tables[fault.table].stage,
            breaks=fault.breaks,
            is_caught=False,
        )
        for fault in task.faults.faults
    )
    return FaultsResult(min_recall=task.faults.min_recall, recall=0.0, n_tests=0, false_alarms=(reason,), faults=missed)
