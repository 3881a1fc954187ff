"""Scores of a trial: component score, cascading failure score, success; per stage and in all.

Definitions: DAComp (arXiv 2512.04324, section on evaluation of data engineering) for CS, CFS and SR, ELT-Bench
(arXiv 2504.04808) for the two success rates of extract-load and transform. docs/scores.md works an example out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from statistics import fmean
from typing import NamedTuple

from benchmark.scorecard import AnswerResult, FaultResult, FaultsResult, ScenarioResult, Scores, TableResult
from benchmark.stages import EXTRACT_LOAD_STAGES, STAGES, Stage


def component_score(matches: Mapping[str, bool], weights: Mapping[str, float]) -> float | None:
    """`CS = sum(w_j * s_j) / sum(w_j)`, each table built alone on gold upstream tables.

    Args:
        matches: Table -> whether it matches. A scored table that is absent was not built and counts 0.
        weights: Scored tables with their weights; tables outside it (extra models) do not count.

    Returns:
        0-1; None where nothing is scored.

    Source: DAComp (arXiv 2512.04324).
    """
    total = sum(weights.values())
    if total <= 0:
        return None
    return sum(weight for table, weight in weights.items() if matches.get(table, False)) / total


def cascading_failure_score(
    matches: Mapping[str, bool], weights: Mapping[str, float], cascaded: Collection[str]
) -> float | None:
    """`CFS`: the sum of CS, end to end, where a table below a mismatch counts 0 even if it matches.

    Args:
        matches: Table -> whether it matches when the whole pipeline has run.
        weights: Scored tables with their weights.
        cascaded: Tables below a mismatch, see `cascaded_tables`.

    Returns:
        0-1; None where nothing is scored.

    Source: DAComp (arXiv 2512.04324).
    """
    return component_score({table: match and table not in cascaded for table, match in matches.items()}, weights)


def cascaded_tables(
    matches: Mapping[str, bool], scored: Collection[str], lineage: Mapping[str, Collection[str]]
) -> frozenset[str]:
    """Scored tables with a scored mismatch upstream, at any distance.

    Args:
        matches: Table -> whether it matches when the whole pipeline has run; an absent one does not.
        scored: Scored tables.
        lineage: Table -> the tables it is built from, in gold. Tables that are not scored may lie between.
    """
    ancestors = upstream_tables(lineage)
    return frozenset(
        table
        for table in scored
        if any(
            other in scored and not matches.get(other, False) for other in ancestors.get(table, ()) if other != table
        )
    )


def upstream_tables(lineage: Mapping[str, Collection[str]]) -> dict[str, frozenset[str]]:
    """Every table upstream of each table, at any distance; takes tables times edges."""
    return {table: tables_above(lineage, table) for table in lineage}


def tables_above(lineage: Mapping[str, Collection[str]], table: str) -> frozenset[str]:
    """Every table upstream of one, at any distance; without recursion, and safe on cycles."""
    found: set[str] = set()
    waiting = list(lineage[table])
    while waiting:
        parent = waiting.pop()
        if parent not in found:
            found.add(parent)
            waiting.extend(lineage.get(parent, ()))
    return frozenset(found)


def score_tables(results: Iterable[TableResult]) -> tuple[Scores, dict[Stage, Scores]]:
    """Scores of one scenario: of all tables, and of each stage that has any (in stage order)."""
    tables = tuple(results)
    stages = {
        stage: _score([table for table in tables if table.stage == stage])
        for stage in STAGES
        if any(table.stage == stage for table in tables)
    }
    return _score(tables), stages


def score_faults(result: FaultsResult) -> tuple[Scores, dict[Stage, Scores]]:
    """Scores of one scenario of a `data_tests` task, where a seeded fault takes the place of a table.

    CS is the recall, the share of the faults that are caught. CFS is the same, and 0 where a test fails on right data:
    nobody can run a pipeline behind such tests, whatever they catch.
    """

    def score(faults: Sequence[FaultResult]) -> Scores:
        n_caught = sum(fault.is_caught for fault in faults)
        recall = n_caught / len(faults)
        return Scores(
            component_score=recall,
            cascading_failure_score=0.0 if result.false_alarms else recall,
            n_tables=len(faults),
            n_matches=n_caught,
        )

    by_stage = {stage: [fault for fault in result.faults if fault.stage == stage] for stage in STAGES}
    return score(result.faults), {stage: score(faults) for stage, faults in by_stage.items() if faults}


class Summary(NamedTuple):
    """What the scenarios of a trial add up to."""

    success: bool | None
    """SR of the trial: every table matches in every scenario, and the answer is right; None where nothing is scored."""
    extract_load_success: bool | None
    """The same over the raw tables (ELT-Bench's SRDEL)."""
    transform_success: bool | None
    """The same over the other tables (ELT-Bench's SRDT)."""
    scores: Scores | None
    stages: dict[Stage, Scores]


def summarise(scenarios: Sequence[ScenarioResult], answer: AnswerResult | None = None) -> Summary:
    """Add the scenarios of a trial up.

    Scores are means over the scenarios; `n_tables` and `n_matches` are sums over them. The answer counts in the success
    of the trial alone.

    Args:
        scenarios: The trial's.
        answer: None = the task asks for none.
    """
    results = [table for scenario in scenarios for table in scenario.tables]
    loaded = [table for table in results if table.stage in EXTRACT_LOAD_STAGES]
    transformed = [table for table in results if table.stage not in EXTRACT_LOAD_STAGES]
    with_faults = [scenario for scenario in scenarios if scenario.faults is not None]
    is_more_than_tables = bool(with_faults) or any(scenario.definitions or scenario.work for scenario in scenarios)
    success = all(scenario.is_success for scenario in scenarios) if is_more_than_tables else _all_match(results)
    return Summary(
        success=success and answer.is_right if success is not None and answer is not None else success,
        extract_load_success=_all_match(loaded),
        transform_success=_all_match(transformed),
        scores=_mean([scenario.scores for scenario in scenarios]) if results or with_faults else None,
        stages={
            stage: _mean([scenario.stages[stage] for scenario in scenarios if stage in scenario.stages])
            for stage in STAGES
            if any(stage in scenario.stages for scenario in scenarios)
        },
    )


def _all_match(results: Sequence[TableResult]) -> bool | None:
    return all(table.verdict.is_match for table in results) if results else None


def _score(tables: Sequence[TableResult]) -> Scores:
    weights = {table.table: table.weight for table in tables}
    alone = component_score({table.table: table.component.is_match for table in tables}, weights)
    end_to_end = {table.table: table.verdict.is_match for table in tables}
    cascaded = {table.table for table in tables if table.is_cascaded}
    carried = cascading_failure_score(end_to_end, weights, cascaded)
    # A table that counts in CFS was built on gold end to end, and that verdict is its component verdict.
    assert alone is None or carried is None or carried <= alone, f"CFS {carried} is above CS {alone}"
    return Scores(
        component_score=alone,
        cascading_failure_score=carried,
        n_tables=len(tables),
        n_matches=sum(end_to_end.values()),
    )


def _mean(scores: Sequence[Scores]) -> Scores:
    def mean(values: Iterable[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return fmean(known) if known else None

    return Scores(
        component_score=mean(score.component_score for score in scores),
        cascading_failure_score=mean(score.cascading_failure_score for score in scores),
        n_tables=sum(score.n_tables for score in scores),
        n_matches=sum(score.n_matches for score in scores),
    )
