"""The figures of a competitor as evaluation results: overall, by stage, by scenario."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from benchmark.scorecard import ScenarioResult, Scorecard
from benchmark.stages import STAGES, Stage
from bridges.every_eval_ever.records import (
    ConfidenceInterval,
    EvaluationResult,
    GenerationConfig,
    MetricConfig,
    ScoreDetails,
    SourceData,
    Uncertainty,
)
from evaluators.scoring.leaderboard import FIGURES, SHARES, Value, agent_standing, over_tasks, values_by_task
from evaluators.scoring.metrics import Mean

N_RESAMPLES = 2_000
"""Of the bootstrap in `evaluators.scoring.metrics`."""
OVERALL = "lockgate"
"""Name of the evaluation over everything."""

_MEANINGS = {
    "success_rate": "Share of trials in which every scored table equals gold in every scenario (SR).",
    "extract_load_success_rate": "Share of trials in which every scored raw table equals gold (EL).",
    "transform_success_rate": "Share of trials in which every scored table that dbt builds equals gold (T).",
    "component_score": "Weighted share of tables that equal gold when each is built on gold upstream tables (CS).",
    "cascading_failure_score": "Weighted share of tables that equal gold end to end; one below a mismatch is 0 (CFS).",
    "pass_at_k": "Chance that at least one of k attempts succeeds.",
    "pass_hat_k": "Chance that all of k attempts succeed.",
}


def evaluation_results(
    cards: Sequence[Scorecard], data: SourceData, generation: GenerationConfig
) -> tuple[EvaluationResult, ...]:
    """All figures of one competitor that have a value, each a mean over tasks of the means over attempts.

    Args:
        cards: Its scorecards in one run, unscored ones too.
        data: What it ran on.
        generation: How the model was used.
    """
    found = [*_overall(cards), *_by_stage(cards), *_by_scenario(cards)]
    return tuple(
        EvaluationResult(
            evaluation_result_id=f"{name}:{figure}",
            evaluation_name=name,
            source_data=data,
            metric_config=_metric(figure, k),
            score_details=_score(figure, mean, cards),
            generation_config=generation,
        )
        for name, figure, mean, k in found
        if mean.mean is not None
    )


_Found = tuple[str, str, Mean, int | None]
"""Name of the evaluation, figure, its mean, and k where it has one."""


def _overall(cards: Sequence[Scorecard]) -> Iterator[_Found]:
    standing = agent_standing(cards[0].trial.competitor, cards)
    for figure, mean in standing.figures.items():
        yield OVERALL, figure, mean, None
    yield OVERALL, "pass_at_k", standing.pass_at_k, standing.k
    yield OVERALL, "pass_hat_k", standing.pass_hat_k, standing.k


def _by_stage(cards: Sequence[Scorecard]) -> Iterator[_Found]:
    for stage in STAGES:
        for figure in ("component_score", "cascading_failure_score"):
            values = values_by_task(cards, _stage_value(stage, figure))
            yield f"{OVERALL}.stage.{stage}", figure, over_tasks(figure, values), None


def _stage_value(stage: Stage, figure: str) -> Value:
    return lambda card: getattr(card.stages[stage], figure) if stage in card.stages else None


def _by_scenario(cards: Sequence[Scorecard]) -> Iterator[_Found]:
    readers: dict[str, Callable[[ScenarioResult], float | bool | None]] = {
        "success_rate": lambda scenario: scenario.is_success,
        "cascading_failure_score": lambda scenario: scenario.scores.cascading_failure_score,
    }
    for name in dict.fromkeys(scenario.scenario for card in cards for scenario in card.scenarios):
        for figure, reader in readers.items():
            values = values_by_task(cards, _scenario_value(name, reader))
            yield f"{OVERALL}.scenario.{name}", figure, over_tasks(figure, values), None


def _scenario_value(name: str, reader: Callable[[ScenarioResult], float | bool | None]) -> Value:
    def value(card: Scorecard) -> float | bool | None:
        found = next((scenario for scenario in card.scenarios if scenario.scenario == name), None)
        return None if found is None else reader(found)

    return value


def _metric(figure: str, k: int | None) -> MetricConfig:
    return MetricConfig(
        evaluation_description=_MEANINGS[figure],
        metric_id="pass_at_k" if figure == "pass_at_k" else f"lockgate.{figure}",
        metric_name=figure.replace("_", " "),
        metric_kind="score" if figure not in _SHARES else "pass_rate",
        metric_parameters=None if k is None else {"k": k},
    )


_SHARES = SHARES | (_MEANINGS.keys() - FIGURES.keys())


def _score(figure: str, mean: Mean, cards: Sequence[Scorecard]) -> ScoreDetails:
    is_share = figure in _SHARES
    interval = None
    if mean.low is not None and mean.high is not None:
        method = "wilson over tasks" if is_share else "percentile bootstrap over tasks"
        interval = ConfidenceInterval(lower=mean.low, upper=mean.high, method=method)
    n_scored = sum(card.status == "scored" for card in cards)
    return ScoreDetails(
        score=mean.mean or 0.0,
        details={
            "n_tasks": str(mean.n_scored),
            "n_tasks_without_value": str(mean.n_unscored),
            "n_trials_scored": str(n_scored),
            "n_trials_unscored": str(len(cards) - n_scored),
        },
        uncertainty=Uncertainty(
            confidence_interval=interval,
            num_samples=mean.n_scored,
            num_bootstrap_samples=None if is_share or interval is None else N_RESAMPLES,
        ),
    )
