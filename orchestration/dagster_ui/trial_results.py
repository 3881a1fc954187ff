"""A scorecard as what Dagster records: materializations and asset checks with evidence."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from benchmark.run_store import TrialStore
from benchmark.scorecard import PolicyResult, ScenarioResult, Scorecard, TableResult
from benchmark.stages import STAGES
from benchmark.task import Task
from evaluators.scenarios import in_order
from orchestration.dagster_ui.check_evidence import (
    expectations_evidence,
    fault_evidence,
    overview,
    policy_evidence,
    scenario_evidence,
    table_evidence,
)
from orchestration.dagster_ui.markdown import percent
from orchestration.dagster_ui.names import (
    POLICY,
    VERDICT,
    expectations_check_name,
    expectations_stages,
    scenario_check_name,
    scorecard_key,
    table_key,
)

Result = dg.MaterializeResult[Any] | dg.AssetCheckResult


def scorecard_results(task: Task, scorecard: Scorecard, store: TrialStore) -> Iterator[Result]:
    """Yield what a scored trial is in Dagster.

    A table that was built in any scenario is materialized, each scored table has its verdict over all scenarios as a
    check, and the scorecard is materialized with its figures and a check per scenario and per stage with expectations.
    Scenarios that the task does not score have no check of their own: they stand in the overview.

    Args:
        task: The task.
        scorecard: Status `scored`.
        store: The trial's folder, whose files the results name.
    """
    for name in task.scored_tables:
        if task.faults is None:
            yield from _table_results(task, name, scorecard)
        else:
            yield _faults_check(task, name, scorecard)
    scored = {scenario.name for scenario in in_order(task.spec.scenarios)}
    checks = [_scenario_check(task, scenario) for scenario in scorecard.scenarios if scenario.scenario in scored]
    checks += _expectation_checks(task, scorecard)
    if task.policy and scorecard.policy is not None:
        checks.append(_policy_check(task, scorecard.policy))
    yield dg.MaterializeResult(
        asset_key=scorecard_key(task), metadata=scorecard_metadata(scorecard, store), check_results=checks
    )


def scorecard_metadata(scorecard: Scorecard, store: TrialStore) -> dict[str, Any]:
    """Figures (the UI plots them over trials), the overview and where the files are."""
    metadata: dict[str, Any] = {
        "overview": dg.MetadataValue.md(overview(scorecard)),
        "scorecard": dg.MetadataValue.path(str(store.scorecard_path)),
        "logs": dg.MetadataValue.path(str(store.logs_dir)),
        "trial": f"{scorecard.trial.run_id}/{scorecard.trial.trial_id}",
        "show": f"lockgate show {scorecard.trial.run_id}/{scorecard.trial.trial_id}",
        "page": dg.MetadataValue.path(str(store.page_path)),
        "agent": scorecard.trial.agent,
        "hint_level": scorecard.trial.hint_level,
        "holdout_seed": dg.MetadataValue.text(str(scorecard.trial.holdout_seed)),
        "wall_seconds": scorecard.timing_seconds.get("total"),
    }
    for name in ("success", "extract_load_success", "transform_success"):
        value = getattr(scorecard, name)
        metadata[name] = None if value is None else int(value)
    if scorecard.scores is not None:
        metadata["component_score"] = scorecard.scores.component_score
        metadata["cascading_failure_score"] = scorecard.scores.cascading_failure_score
    for stage in STAGES:
        if stage in scorecard.stages:
            metadata[f"cascading_failure_score_{stage}"] = scorecard.stages[stage].cascading_failure_score
    if scorecard.agent is not None:
        metadata["cost_usd"] = scorecard.agent.cost_usd or 0.0
        metadata["n_steps"] = scorecard.agent.n_steps
    if scorecard.submission is not None:
        metadata["n_files_changed"] = scorecard.submission.n_files_changed
        if scorecard.submission.protected_edits:
            metadata["protected_edits"] = ", ".join(scorecard.submission.protected_edits)
    if scorecard.lint is not None:
        metadata["lint_findings_per_100_lines"] = scorecard.lint.findings_per_100_lines
    if scorecard.policy is not None:
        metadata["policy_findings"] = scorecard.policy.n_findings
    return {name: value for name, value in metadata.items() if value is not None}


def verdict_of(scorecard: Scorecard) -> str:
    """A trial in a word or a figure, for the list of runs."""
    if scorecard.status == "unscored" or scorecard.scores is None:
        return "unscored"
    if scorecard.success:
        return "passed"
    return f"failed, CFS {percent(scorecard.scores.cascading_failure_score)}"


def _table_results(task: Task, name: str, scorecard: Scorecard) -> Iterator[Result]:
    results = [
        (scenario, result) for scenario in scorecard.scenarios for result in scenario.tables if result.table == name
    ]
    if not results:
        return
    check = _verdict_check(task, name, results)
    n_rows = next((r.verdict.n_rows_output for _, r in results if r.verdict.n_rows_output is not None), None)
    if n_rows is None and all(result.verdict.kind == "not_built" for _, result in results):
        yield check
        return
    metadata = {} if n_rows is None else {"dagster/row_count": n_rows}
    yield dg.MaterializeResult(asset_key=table_key(task, name), metadata=metadata, check_results=[check])


def _verdict_check(task: Task, name: str, results: list[tuple[ScenarioResult, TableResult]]) -> dg.AssetCheckResult:
    mismatches = [(scenario, result) for scenario, result in results if not result.verdict.is_match]
    metadata: dict[str, Any] = {
        "evidence": dg.MetadataValue.md(table_evidence(results, task.scored_tables[name].key)),
        "n_mismatches": len(mismatches),
    }
    if mismatches:
        metadata["kind"] = mismatches[0][1].verdict.kind
        built_by = next((result.built_by for _, result in results if result.built_by), None)
        metadata |= {"built_by": built_by} if built_by else {}
    return dg.AssetCheckResult(
        asset_key=table_key(task, name),
        check_name=VERDICT,
        passed=not mismatches,
        severity=dg.AssetCheckSeverity.ERROR,
        description=_first_sentence(mismatches) if mismatches else f"Equals gold in {_scenarios(len(results))}.",
        metadata=metadata,
    )


def _scenario_check(task: Task, scenario: ScenarioResult) -> dg.AssetCheckResult:
    broken = [step for step in scenario.steps if step.status != "ok"]
    sentence = f"{scenario.scores.n_matches} of {scenario.scores.n_tables} tables equal gold."
    if scenario.faults is not None:
        n_alarms = len(scenario.faults.false_alarms)
        sentence = f"{scenario.scores.n_matches} of {scenario.scores.n_tables} faults caught, {n_alarms} false alarms."
    if broken:
        sentence += f" Step {broken[0].name}: {broken[0].status}."
    metadata: dict[str, Any] = {"evidence": dg.MetadataValue.md(scenario_evidence(scenario))}
    for name in ("component_score", "cascading_failure_score"):
        if (value := getattr(scenario.scores, name)) is not None:
            metadata[name] = value
    return dg.AssetCheckResult(
        asset_key=scorecard_key(task),
        check_name=scenario_check_name(scenario.scenario),
        passed=scenario.is_success,
        severity=dg.AssetCheckSeverity.ERROR,
        description=sentence,
        metadata=metadata,
    )


def _faults_check(task: Task, name: str, scorecard: Scorecard) -> dg.AssetCheckResult:
    """A table of a `data_tests` task: whether every fault in it was caught in every scenario."""
    results = [
        (scenario, fault)
        for scenario in scorecard.scenarios
        for fault in (scenario.faults.faults if scenario.faults else ())
        if fault.table == name
    ]
    n_missed = sum(not fault.is_caught for _, fault in results)
    return dg.AssetCheckResult(
        asset_key=table_key(task, name),
        check_name=VERDICT,
        passed=not n_missed,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{len(results) - n_missed} of {len(results)} faults are caught.",
        metadata={"evidence": dg.MetadataValue.md(fault_evidence(results)), "n_missed": n_missed},
    )


def _policy_check(task: Task, policy: PolicyResult) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=scorecard_key(task),
        check_name=POLICY,
        passed=not policy.n_findings and policy.error is None,
        severity=dg.AssetCheckSeverity.WARN,
        description=policy.error or f"{len(policy.rules)} rules: {policy.summary}.",
        metadata={
            "evidence": dg.MetadataValue.md(policy_evidence(policy)),
            "n_findings": policy.n_findings,
            "n_in_start": policy.n_in_start or 0,
        },
    )


def _expectation_checks(task: Task, scorecard: Scorecard) -> list[dg.AssetCheckResult]:
    checks = []
    for stage in expectations_stages(task):
        results = [
            (scenario, result)
            for scenario in scorecard.scenarios
            for result in scenario.expectations
            if result.stage == stage
        ]
        n_failed = sum(not result.is_success for _, result in results)
        checks.append(
            dg.AssetCheckResult(
                asset_key=scorecard_key(task),
                check_name=expectations_check_name(stage),
                # Nothing checked is no pass: every suite of the stage was left out.
                passed=bool(results) and not n_failed,
                severity=dg.AssetCheckSeverity.ERROR,
                description=f"{len(results) - n_failed} of {len(results)} expectations hold.",
                metadata={
                    "evidence": dg.MetadataValue.md(expectations_evidence(results)),
                    "n_expectations": len(results),
                    "n_failed": n_failed,
                },
            )
        )
    return checks


def _first_sentence(mismatches: list[tuple[ScenarioResult, TableResult]]) -> str:
    scenario, result = mismatches[0]
    more = f" (and in {_scenarios(len(mismatches) - 1, 'more ')})" if len(mismatches) > 1 else ""
    return f"{scenario.scenario}: {result.verdict.summary[:300]}{more}"


def _scenarios(count: int, more: str = "") -> str:
    return f"{count} {more}scenario{'' if count == 1 else 's'}"
