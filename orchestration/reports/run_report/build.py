"""The report of runs: from stored trials to every figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from benchmark.paths import projects_dirs
from benchmark.scorecard import Competitor, Scorecard
from evaluators.scoring.leaderboard import FIGURES, compare_agents
from orchestration.reports.run_report.figures import estimate, report_competitor
from orchestration.reports.run_report.frontier import Point, pareto_frontier
from orchestration.reports.run_report.model import (
    CompetitorReport,
    Family,
    Report,
    RunFacts,
    Trend,
    TrendPoint,
    UnscoredTrial,
)
from orchestration.reports.run_report.pairs import difference, flips, pair_all, ranks, ratings
from orchestration.reports.run_report.read import (
    Entrant,
    RunRecord,
    differences,
    find_entrants,
    group_settings,
    task_versions,
)
from orchestration.reports.run_report.tasks import make_cells, report_tasks, task_facts
from orchestration.reports.run_report.words import say_result, warn
from orchestration.suites import suite_of

MAX_REASONS = 3
"""Reasons why runs cannot be averaged that are told of each."""


def build_report(runs: Sequence[RunRecord]) -> Report:
    """Compute the report of runs, the oldest first; no two trials of different settings are ever averaged."""
    groups = group_settings(runs)
    entrants = find_entrants(groups)
    facts = task_facts(card for entrant in entrants for card in entrant.cards)
    pairs = pair_all(entrants)
    rank_of, elo_of = ranks(entrants, pairs), ratings(entrants)
    rows = [
        report_competitor(entrant, facts, rank_of.get(entrant.label), elo_of.get(entrant.label)) for entrant in entrants
    ]
    competitors = sorted(_mark_frontiers(rows), key=_order)
    order = {row.label: place for place, row in enumerate(competitors)}
    cells = sorted(make_cells(entrants), key=lambda cell: order[cell.label])
    run_facts = [_run_facts(run, setting) for setting, group in enumerate(groups) for run in group]
    settings = [_say_setting(group, groups[0][0]) for group in groups]
    return Report(
        sentence=say_result(competitors, pairs),
        warnings=tuple(warn(run_facts, settings, competitors, facts)),
        runs=tuple(run_facts),
        settings=tuple(settings),
        competitors=tuple(competitors),
        tasks=tuple(report_tasks(facts, cells, set(rank_of))),
        cells=tuple(cells),
        pairs=tuple(sorted(pairs, key=lambda pair: (order[pair.first], order[pair.second]))),
        families=tuple(_families(competitors)),
        trends=tuple(_trends(runs, entrants)),
        unscored=tuple(_unscored(entrants)),
    )


def _order(row: CompetitorReport) -> tuple[bool, int, float, float, str]:
    success, score = row.figures["success_rate"].mean, row.figures["cascading_failure_score"].mean
    return row.is_reference, row.setting, -(success or 0.0), -(score or 0.0), row.label


def _mark_frontiers(rows: Sequence[CompetitorReport]) -> list[CompetitorReport]:
    cheap: dict[int, dict[str, Point]] = defaultdict(dict)
    quick: dict[int, dict[str, Point]] = defaultdict(dict)
    for row in rows:
        reached = row.figures["success_rate"].mean
        if row.is_reference or reached is None:
            continue
        if row.effort.trial_usd is not None:
            cheap[row.setting][row.label] = Point(row.effort.trial_usd, reached)
        if row.effort.agent_seconds is not None:
            quick[row.setting][row.label] = Point(row.effort.agent_seconds, reached)
    on_cost = {label for points in cheap.values() for label in pareto_frontier(points)}
    on_time = {label for points in quick.values() for label in pareto_frontier(points)}
    return [
        row.model_copy(
            update={"is_on_cost_frontier": row.label in on_cost, "is_on_time_frontier": row.label in on_time}
        )
        for row in rows
    ]


def _run_facts(run: RunRecord, setting: int) -> RunFacts:
    n_scored = sum(trial.card.status == "scored" for trial in run.trials)
    return RunFacts(
        run_id=run.plan.run_id,
        planned_at=run.planned_at,
        n_trials=len(run.plan.trials),
        n_scored=n_scored,
        n_unscored=len(run.trials) - n_scored,
        n_missing=run.n_missing,
        setting=setting,
        suite=suite_of(task_versions(run), projects_dirs()) or "",
        versions=run.plan.versions,
    )


def _say_setting(group: Sequence[RunRecord], first: RunRecord) -> str:
    names = ", ".join(run.plan.run_id for run in group)
    reasons = [] if group[0] is first else differences(group[0], first)
    more = f" and {len(reasons) - MAX_REASONS} more" if len(reasons) > MAX_REASONS else ""
    return f"{names} ({'; '.join(reasons[:MAX_REASONS])}{more})" if reasons else names


def _families(rows: Sequence[CompetitorReport]) -> list[Family]:
    """Competitors that differ in one thing: agent, model or effort."""
    found: dict[tuple[str, str], list[CompetitorReport]] = defaultdict(list)
    for row in rows:
        who = row.competitor
        if who.model_name:
            found["same model, several agents", who.model_name].append(row)
            found["same agent, several models", who.agent].append(row)
            found["same agent and model, several efforts", f"{who.agent}@{who.model_name}"].append(row)
    differs = {
        "same model, several agents": lambda row: row.competitor.agent,
        "same agent, several models": lambda row: row.competitor.model_name,
        "same agent and model, several efforts": lambda row: row.competitor.effort,
    }
    return [
        Family.model_validate({"what": what, "common": common, "labels": [row.label for row in members]})
        for (what, common), members in sorted(found.items())
        if len({differs[what](row) for row in members}) > 1
    ]


def _trends(runs: Sequence[RunRecord], entrants: Sequence[Entrant]) -> list[Trend]:
    """Each competitor that has results in several runs; those of different settings too, as no mean is over both."""
    found: dict[Competitor, dict[str, list[Scorecard]]] = {}
    for entrant in entrants:
        if not entrant.is_reference:
            runs_of = found.setdefault(entrant.competitor, {run.plan.run_id: [] for run in runs})
            for card in entrant.cards:
                runs_of[card.trial.run_id].append(card)
    result = []
    for competitor, cards_of in found.items():
        cards = {name: some for name, some in cards_of.items() if any(card.status == "scored" for card in some)}
        if len(cards) < 2:
            continue
        first, *_, last = cards.values()
        if not {card.trial.task for card in first} & {card.trial.task for card in last}:
            continue
        better, worse = flips(last, first)
        score = FIGURES["cascading_failure_score"]
        result.append(
            Trend(
                competitor=competitor.name,
                points=tuple(
                    TrendPoint(
                        run_id=name,
                        success_rate=estimate(some, "success_rate", FIGURES["success_rate"]),
                        cascading_failure_score=estimate(some, "cascading_failure_score", score),
                    )
                    for name, some in cards.items()
                ),
                change=difference(compare_agents(last, first)["cascading_failure_score"]),
                worse_tasks=worse,
                better_tasks=better,
            )
        )
    return result


def _unscored(entrants: Sequence[Entrant]) -> list[UnscoredTrial]:
    return [
        UnscoredTrial(
            trial=trial.name,
            label=entrant.label,
            task=trial.card.trial.task,
            reason=trial.card.unscored_reason or "no reason is stored",
        )
        for entrant in entrants
        for trial in entrant.trials
        if trial.card.status == "unscored"
    ]
