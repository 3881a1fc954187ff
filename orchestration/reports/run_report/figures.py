"""The figures of one competitor."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import fmean

from benchmark.scorecard import ScenarioResult, Scorecard
from benchmark.stages import STAGES, Stage
from benchmark.usage import TokenUsage
from evaluators.scoring.leaderboard import (
    FIGURES,
    AgentStanding,
    Value,
    agent_standing,
    outcomes_by_task,
    over_tasks,
    values_by_task,
)
from evaluators.scoring.metrics import paired_difference, pass_hat_k_by_task, share_over_tasks
from orchestration.reports.run_report.model import (
    BehaviourFigures,
    CompetitorReport,
    Effort,
    Estimate,
    Failure,
    FailureExample,
    GroupFigures,
    ScenarioFigures,
    StageFigures,
)
from orchestration.reports.run_report.read import Entrant, TrialRecord
from orchestration.reports.run_report.tasks import TaskFacts

MAX_EXAMPLES = 3
"""Trials that stand for a kind of failure."""


def report_competitor(
    entrant: Entrant, tasks: Mapping[str, TaskFacts], rank: int | None, elo: float | None
) -> CompetitorReport:
    """Compute everything about one competitor but its place on the frontiers.

    Args:
        entrant: Who, with all trials.
        tasks: Facts of each task.
        rank: From `pairs.ranks`.
        elo: From `pairs.ratings`.
    """
    cards = entrant.cards
    standing = agent_standing(entrant.competitor, cards)
    return CompetitorReport(
        label=entrant.label,
        competitor=entrant.competitor,
        run_ids=tuple(dict.fromkeys(card.trial.run_id for card in cards)),
        is_reference=entrant.is_reference,
        setting=entrant.setting,
        rank=rank,
        n_tasks=standing.n_tasks,
        n_scored=standing.n_scored,
        n_unscored=standing.n_unscored,
        k=standing.k,
        figures=_figures(standing),
        visible_holdout_gap=_gap(cards),
        elo=elo,
        effort=_effort(cards),
        is_on_cost_frontier=False,
        is_on_time_frontier=False,
        pass_hat_curve=_pass_hat_curve(cards, standing.k),
        stages=_stages(cards),
        scenarios=_scenarios(cards),
        failures=_failures(entrant.trials, standing),
        groups=_groups(cards, tasks),
        behaviour=_behaviour(entrant.trials),
    )


def estimate(cards: Sequence[Scorecard], name: str, value: Value) -> Estimate:
    """A figure over tasks; `name` decides its kind of interval."""
    return Estimate.of(over_tasks(name, values_by_task(cards, value)))


def _figures(standing: AgentStanding) -> dict[str, Estimate]:
    means = {**standing.figures, "pass_at_k": standing.pass_at_k, "pass_hat_k": standing.pass_hat_k}
    return {name: Estimate.of(mean) for name, mean in means.items()}


def _pass_hat_curve(cards: Sequence[Scorecard], k: int) -> tuple[Estimate, ...]:
    attempts = outcomes_by_task(cards)
    return tuple(Estimate.of(share_over_tasks(pass_hat_k_by_task(attempts, n))) for n in range(1, k + 1))


def _find(card: Scorecard, name: str) -> ScenarioResult | None:
    return next((scenario for scenario in card.scenarios if scenario.scenario == name), None)


def _scenario_value(name: str, value: Callable[[ScenarioResult], float | None]) -> Value:
    def read(card: Scorecard) -> float | None:
        found = _find(card, name)
        return None if found is None else value(found)

    return read


def _cascading(scenario: ScenarioResult) -> float | None:
    return scenario.scores.cascading_failure_score


def _gap(cards: Sequence[Scorecard]) -> Estimate:
    seen, unseen = (values_by_task(cards, _scenario_value(name, _cascading)) for name in ("visible", "holdout"))
    return Estimate.of(paired_difference(seen, unseen))


def _scenarios(cards: Sequence[Scorecard]) -> tuple[ScenarioFigures, ...]:
    names = dict.fromkeys(scenario.scenario for card in cards for scenario in card.scenarios)
    return tuple(
        ScenarioFigures(
            scenario=name,
            success_rate=estimate(cards, "success_rate", _scenario_value(name, lambda found: found.is_success)),
            cascading_failure_score=estimate(cards, "cascading_failure_score", _scenario_value(name, _cascading)),
        )
        for name in names
    )


def _right_up_to(stage: Stage) -> Value:
    last = STAGES.index(stage)

    def read(card: Scorecard) -> bool | None:
        tables = [table for scenario in card.scenarios for table in scenario.tables]
        reached = [table for table in tables if STAGES.index(table.stage) <= last]
        if not reached:  # nothing is scored so far up, or there is no pipeline, as with data tests
            return None
        return all(table.verdict.is_match for table in reached)

    return read


def _stages(cards: Sequence[Scorecard]) -> tuple[StageFigures, ...]:
    def score(stage: Stage, name: str) -> Value:
        return lambda card: getattr(card.stages[stage], name) if stage in card.stages else None

    return tuple(
        StageFigures(
            stage=stage,
            right_up_to=estimate(cards, "success_rate", _right_up_to(stage)),
            component_score=estimate(cards, "component_score", score(stage, "component_score")),
            cascading_failure_score=estimate(cards, "cascading_failure_score", score(stage, "cascading_failure_score")),
        )
        for stage in STAGES
        if any(stage in card.stages for card in cards)
    )


def _effort(cards: Sequence[Scorecard]) -> Effort:
    agents = [card.agent for card in cards if card.agent is not None]
    costs = [agent.cost_usd for agent in agents if agent.cost_usd is not None]
    usages = [agent.usage for agent in agents if agent.usage is not None]
    seconds = [card.timing_seconds["solve"] for card in cards if "solve" in card.timing_seconds]
    n_successes = sum(card.success is True for card in cards)
    return Effort(
        total_usd=sum(costs) if costs else None,
        trial_usd=fmean(costs) if costs else None,
        success_usd=sum(costs) / n_successes if costs and n_successes else None,
        n_unpriced=len(agents) - len(costs),
        tokens=sum(usages, TokenUsage()) if usages else None,
        trial_tokens=fmean(usage.total for usage in usages) if usages else None,
        agent_seconds=fmean(seconds) if seconds else None,
        trial_calls=fmean(agent.n_steps for agent in agents) if agents else None,
    )


def _failures(trials: Sequence[TrialRecord], standing: AgentStanding) -> tuple[Failure, ...]:
    examples: dict[tuple[str, str], list[FailureExample]] = defaultdict(list)
    for trial in trials:
        if cause := trial.card.root_cause:
            examples[cause.stage, cause.kind].append(
                FailureExample(
                    trial=trial.name,
                    table=cause.table,
                    scenario=cause.scenario,
                    built_by=cause.built_by,
                    summary=cause.summary,
                )
            )
    return tuple(
        Failure.model_validate({**count, "examples": examples[str(count["stage"]), str(count["kind"])][:MAX_EXAMPLES]})
        for count in standing.root_causes
    )


def _groups(cards: Sequence[Scorecard], tasks: Mapping[str, TaskFacts]) -> tuple[GroupFigures, ...]:
    result = []
    for by in ("world", "kind", "difficulty", "origin"):
        members: dict[str, list[Scorecard]] = defaultdict(list)
        for card in cards:
            members[getattr(tasks[card.trial.task], by)].append(card)
        result += [
            GroupFigures(
                by=by,
                value=value,
                success_rate=estimate(found, "success_rate", FIGURES["success_rate"]),
                cascading_failure_score=estimate(found, "cascading_failure_score", FIGURES["cascading_failure_score"]),
            )
            for value, found in sorted(members.items())
        ]
    return tuple(result)


def _behaviour(trials: Sequence[TrialRecord]) -> BehaviourFigures | None:
    found = [trial.behaviour for trial in trials if trial.behaviour is not None]
    if not found:
        return None
    rows = [{name: value for name, value in one.model_dump().items() if name != "tools"} for one in found]
    ends = Counter(trial.card.agent.status for trial in trials if trial.card.agent)
    return BehaviourFigures(
        n_trials=len(found),
        figures={name: fmean(float(row[name]) for row in rows) for name in rows[0]},
        ends=dict(sorted(ends.items())),
    )
