"""Scorecards as a trial would have stored them, without running it."""

from collections.abc import Callable, Iterable

from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore, TrialPlan
from benchmark.scorecard import (
    AgentResult,
    ColumnDifference,
    ExpectationResult,
    RowDifference,
    ScenarioResult,
    Scorecard,
    Scores,
    StepResult,
    TableResult,
    Verdict,
)
from benchmark.task import Task
from orchestration.planning.trials import identity_of

StoreScorecard = Callable[..., Scorecard]

MATCH = Verdict(is_match=True, kind="match", summary="Equal, 9 rows.", n_rows_gold=9, n_rows_output=9)
NOT_BUILT = Verdict(is_match=False, kind="not_built", summary="The table was not built.", n_rows_gold=9)
DIFFERS = Verdict(
    is_match=False,
    kind="values",
    summary="Column share differs in 3 of 9 rows.",
    n_rows_gold=9,
    n_rows_output=9,
    columns=(ColumnDifference(column="share", kind="values", n_rows=3, fraction=1 / 3),),
    sample=(
        RowDifference(
            kind="differs",
            gold={"share": "0.5", "port_code": "A"},
            output={"share": "| <b>0.25</b>", "port_code": "A"},
        ),
    ),
)


def store_run(
    run_id: str, plans: Iterable[TrialPlan], verdicts: dict[str, Verdict] | None = None, score: float = 1.0
) -> list[Scorecard]:
    """A run whose trials are all done, with the same verdicts."""
    trials = tuple(plans)
    store = RunStore(run_id)
    store.write_plan(RunPlan(run_id=run_id, trials=trials))
    cards = [make_scorecard(plan, verdicts or {}, score) for plan in trials]
    for card in cards:
        store.trial(card.trial.trial_id).write_scorecard(card)
    return cards


def unscored(plan: TrialPlan, reason: str) -> Scorecard:
    """The scorecard of a trial without a verdict."""
    trial = identity_of(plan, get_task(plan.task))
    return Scorecard(trial=trial, status="unscored", unscored_reason=reason)


def make_scorecard(plan: TrialPlan, verdicts: dict[str, Verdict], score: float) -> Scorecard:
    task = get_task(plan.task)
    scenarios = tuple(_scenario(task, name, verdicts, score) for name in plan.scenarios)
    is_success = all(scenario.is_success for scenario in scenarios)
    return Scorecard(
        trial=identity_of(plan, task),
        status="scored",
        success=is_success,
        extract_load_success=True,
        transform_success=is_success,
        scores=scenarios[0].scores,
        stages=scenarios[0].stages,
        agent=AgentResult(status="finished", n_steps=3, cost_usd=0.25),
        scenarios=scenarios,
        timing_seconds={"total": 12.5},
    )


def _scenario(task: Task, name: str, verdicts: dict[str, Verdict], score: float) -> ScenarioResult:
    tables = tuple(_table(task, table, verdicts.get(table, MATCH)) for table in task.scored_tables)
    n_matches = sum(table.verdict.is_match for table in tables)
    scores = Scores(component_score=score, cascading_failure_score=score, n_tables=len(tables), n_matches=n_matches)
    return ScenarioResult(
        scenario=name,
        seed=0,
        days=14,
        day=1,
        is_success=n_matches == len(tables),
        steps=(StepResult(name="load", status="ok"), StepResult(name="build", status="failed", message="No `x`.")),
        tables=tables,
        scores=scores,
        stages=dict.fromkeys(_stages(tables), scores),
        expectations=(
            ExpectationResult(
                table="marts.ports",
                stage="marts",
                expectation="expect_column_values_to_not_be_null",
                arguments={"column": "port_code"},
                is_success="marts.ports" not in verdicts,
                n_unexpected=2,
                unexpected_sample=("A|B",),
            ),
        ),
    )


def _stages(tables: Iterable[TableResult]) -> list[str]:
    return sorted({table.stage for table in tables})


def _table(task: Task, name: str, verdict: Verdict) -> TableResult:
    return TableResult(
        table=name,
        stage=task.scored_tables[name].stage,
        weight=task.weights[name],
        verdict=verdict,
        component=verdict,
        is_cascaded=False,
        built_by="dbt/models/x.sql",
    )
