"""What a scorecard says about a table, a scenario or a stage, as Markdown for the pages of Dagster's UI."""

from collections.abc import Mapping, Sequence

from benchmark.scorecard import (
    ExpectationResult,
    FaultResult,
    FaultsResult,
    PolicyResult,
    ScenarioResult,
    Scorecard,
    TableResult,
    Verdict,
)
from benchmark.stages import Stage
from orchestration.dagster_ui.markdown import cell, escape, percent, table

MAX_COLUMNS = 9
"""Columns of a sample that are shown: the key and those that differ come first."""
MAX_FAILURES = 20
"""Failed expectations that are listed."""


def table_evidence(results: Sequence[tuple[ScenarioResult, TableResult]], key: Sequence[str]) -> str:
    """One table in every scenario: the summaries, then how it differs, with sample rows, once per kind of mismatch."""
    rows = [
        [scenario.scenario, _mark(result.verdict.is_match), *_counts(result.verdict), _summary(result)]
        for scenario, result in results
    ]
    parts = [table(["scenario", "", "rows gold", "rows output", "verdict"], rows)]
    shown: set[str] = set()
    for scenario, result in results:
        verdict = result.verdict
        if verdict.is_match or not (verdict.sample or verdict.columns) or verdict.kind in shown:
            continue
        shown.add(verdict.kind)
        parts.append(f"Scenario {escape(scenario.scenario)}, gold → **output**:")
        if verdict.columns:
            columns = [[escape(c.column), c.kind, str(c.n_rows), percent(c.fraction)] for c in verdict.columns]
            parts.append(table(["column", "kind", "rows", "share"], columns[:MAX_COLUMNS]))
        if verdict.sample:
            parts.append(_sample(verdict, key))
    return "\n\n".join(parts)


def scenario_evidence(scenario: ScenarioResult) -> str:
    """One scenario: its steps, then its tables, those that do not match first."""
    steps = [
        [escape(step.name), "✓" if step.status == "ok" else f"✗ {step.status}", escape(step.message, 300)]
        for step in scenario.steps
    ]
    ordered = sorted(scenario.tables, key=lambda result: result.verdict.is_match)
    tables = [
        [escape(result.table), _mark(result.verdict.is_match), _mark(result.component.is_match), _summary(result)]
        for result in ordered
    ]
    if scenario.faults is not None:
        return _faults_overview(scenario, scenario.faults)
    parts = [
        f"Seed {scenario.seed}, {scenario.days} days of history, as of day {scenario.day}.",
        table(["step", "", "message"], steps),
        table(["table", "end to end", "alone on gold", "verdict"], tables),
    ]
    if scenario.definitions:
        rows = [[check.name, _mark(check.is_success), escape(check.message, 300)] for check in scenario.definitions]
        parts.append(table(["definitions", "", "message"], rows))
    return "\n\n".join(parts)


def expectations_evidence(results: Sequence[tuple[ScenarioResult, ExpectationResult]]) -> str:
    """Expectations of one stage over the scenarios: the failed ones, with unexpected values."""
    failed = [(scenario, result) for scenario, result in results if not result.is_success]
    parts = [f"{len(results) - len(failed)} of {len(results)} expectations hold."]
    rows = [
        [
            scenario.scenario,
            escape(result.table),
            escape(result.expectation),
            escape(", ".join(f"{name}={value}" for name, value in sorted(result.arguments.items())), 120),
            escape(result.error or "–" if result.n_unexpected is None else result.n_unexpected, 200),
            ", ".join(escape(value, 30) for value in result.unexpected_sample[:5]),
        ]
        for scenario, result in failed[:MAX_FAILURES]
    ]
    if rows:
        parts.append(table(["scenario", "table", "expectation", "arguments", "unexpected", "for example"], rows))
    if len(failed) > MAX_FAILURES:
        parts.append(f"… and {len(failed) - MAX_FAILURES} more")
    return "\n\n".join(parts)


def fault_evidence(results: Sequence[tuple[ScenarioResult, FaultResult]]) -> str:
    """Seeded faults of one table over the scenarios; the missed ones first."""
    rows = [
        [
            scenario.scenario,
            _mark(fault.is_caught),
            escape(fault.fault),
            escape(fault.breaks, 200),
            ", ".join(escape(name, 80) for name in fault.caught_by[:3]),
        ]
        for scenario, fault in sorted(results, key=lambda item: item[1].is_caught)
    ]
    return table(["scenario", "caught", "fault", "promise that it breaks", "by"], rows)


def _faults_overview(scenario: ScenarioResult, faults: FaultsResult) -> str:
    parts = [f"Seed {scenario.seed}. {faults.n_tests} data tests: recall {percent(faults.recall)}."]
    if faults.false_alarms:
        parts.append(table(["false alarms"], [[escape(alarm, 300)] for alarm in faults.false_alarms]))
    return "\n\n".join([*parts, fault_evidence([(scenario, fault) for fault in faults.faults])])


def policy_evidence(policy: PolicyResult) -> str:
    """What the rules found, each with model and file."""
    if not policy.findings:
        return escape(policy.error or f"{policy.summary}.")
    rows = [[item.rule, escape(item.model), escape(item.file), escape(item.message, 300)] for item in policy.findings]
    return f"{escape(policy.summary, 600)}:\n\n{table(['rule', 'model', 'file', 'finding'], rows)}"


def overview(scorecard: Scorecard) -> str:
    """The whole scorecard on one screen: scores by scenario and stage."""
    stages = list(scorecard.stages)
    rows = [
        [
            scenario.scenario,
            _mark(scenario.is_success),
            percent(scenario.scores.component_score),
            percent(scenario.scores.cascading_failure_score),
            *(_stage_cell(scenario, stage) for stage in stages),
        ]
        for scenario in scorecard.scenarios
    ]
    return table(["scenario", "success", "CS", "CFS", *stages], rows)


def _stage_cell(scenario: ScenarioResult, stage: Stage) -> str:
    scores = scenario.stages.get(stage)
    if scores is None:
        return "–"
    return f"{percent(scores.cascading_failure_score)} ({scores.n_matches}/{scores.n_tables})"


def _mark(is_good: bool) -> str:
    return "✓" if is_good else "✗"


def _counts(verdict: Verdict) -> list[str]:
    return ["–" if n is None else f"{n:,}" for n in (verdict.n_rows_gold, verdict.n_rows_output)]


def _summary(result: TableResult) -> str:
    text = escape(result.verdict.summary, 300)
    if result.is_cascaded and not result.verdict.is_match:
        text += " *Follows a mismatch upstream.*" if result.component.is_match else " *Also wrong by itself.*"
    return text


def _sample(verdict: Verdict, key: Sequence[str]) -> str:
    """Sample rows, one line each: values of a missing or extra row, `gold → output` where a row differs."""
    names = _column_order(verdict, key)
    rows = []
    for difference in verdict.sample:
        gold, output = _lowered(difference.gold), _lowered(difference.output)
        rows.append([difference.kind, *(_compared(name, gold, output) for name in names)])
    return table(["row", *map(escape, names)], rows)


def _compared(name: str, gold: Mapping[str, str | None], output: Mapping[str, str | None]) -> str:
    if name in gold and name in output and gold[name] != output[name]:
        return f"{cell(gold[name])} → **{cell(output[name])}**"
    side = gold if name in gold else output
    return cell(side[name]) if name in side else ""


def _lowered(row: Mapping[str, str | None] | None) -> dict[str, str | None]:
    return {name.lower(): value for name, value in (row or {}).items()}


def _column_order(verdict: Verdict, key: Sequence[str]) -> list[str]:
    """The key, then what differs, then the other columns where a whole row is missing or extra."""
    rows = [_lowered(values) for row in verdict.sample for values in (row.gold, row.output)]
    present = dict.fromkeys(name for row in rows for name in row)
    changed = [column.column.lower() for column in verdict.columns]
    first = [name for name in (*(name.lower() for name in key), *changed) if name in present]
    is_whole = not changed or any(row.kind != "differs" for row in verdict.sample)
    return list(dict.fromkeys(first + (list(present) if is_whole else [])))[:MAX_COLUMNS]
