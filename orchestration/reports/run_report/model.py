"""Every figure of a report, typed: the content of `report.json`. Nothing is computed here."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmark.scorecard import Competitor, VerdictKind
from benchmark.stages import Stage
from benchmark.usage import TokenUsage
from evaluators.scoring.metrics import Mean


class Part(BaseModel):
    """A part of the report."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Estimate(Part):
    """A mean over tasks with its 95 % interval."""

    mean: float | None = None
    """None = no task has a value."""
    low: float | None = None
    """None = there are too few tasks for an interval, or all have the same value."""
    high: float | None = None
    n_tasks: int = 0
    """Tasks that the mean is over."""
    n_left_out: int = 0
    """Tasks without a value: unscored, or without this figure."""

    @classmethod
    def of(cls, mean: Mean) -> Estimate:
        """The same, as a part of the report."""
        return cls(mean=mean.mean, low=mean.low, high=mean.high, n_tasks=mean.n_scored, n_left_out=mean.n_unscored)


class Effort(Part):
    """What the trials of a competitor took, unscored ones too."""

    total_usd: float | None
    """At the prices of the day of the trial; None = no price is known."""
    trial_usd: float | None
    """Mean over the trials whose price is known."""
    success_usd: float | None
    """`total_usd` over the number of successes; None = there is none."""
    n_unpriced: int
    """Trials whose price nobody knows: their cost is in no figure."""
    tokens: TokenUsage | None
    """Sum over the trials that counted them."""
    trial_tokens: float | None
    """Mean of prompt and output over the trials that counted them."""
    agent_seconds: float | None
    """Mean wall time of the agent alone."""
    trial_calls: float | None
    """Mean number of calls of the model."""


class StageFigures(Part):
    """How far pipelines are right."""

    stage: Stage
    right_up_to: Estimate
    """Share of pipelines whose tables are all right from raw up to this stage, in every scenario."""
    component_score: Estimate
    cascading_failure_score: Estimate


class ScenarioFigures(Part):
    """One competitor in one scenario."""

    scenario: str
    success_rate: Estimate
    cascading_failure_score: Estimate


class FailureExample(Part):
    """A trial that goes wrong there first."""

    trial: str
    table: str
    scenario: str
    built_by: str | None
    summary: str


class Failure(Part):
    """Trials of a competitor whose first mismatch has the same stage and kind."""

    stage: Stage
    kind: VerdictKind
    n_trials: int
    examples: tuple[FailureExample, ...]
    """At most three."""


class GroupFigures(Part):
    """One competitor on the tasks that have something in common."""

    by: Literal["world", "kind", "difficulty", "origin"]
    value: str
    success_rate: Estimate
    cascading_failure_score: Estimate


class BehaviourFigures(Part):
    """Means over the trials that have a trajectory; beside the score, never in it."""

    n_trials: int
    figures: dict[str, float]
    """Figure of `lockgate show --trajectory` -> its mean."""
    ends: dict[str, int]
    """How the agent ended -> trials: finished, limit, failed."""


class CompetitorReport(Part):
    """One competitor."""

    label: str
    """Its name; with the runs, where runs cannot be averaged."""
    competitor: Competitor
    run_ids: tuple[str, ...]
    is_reference: bool
    """Oracle, idle agent, saboteur: shown as floor and ceiling, and never ranked."""
    setting: int
    """Competitors of one setting can be compared; from 0."""
    rank: int | None
    """1 + the number of competitors that are better beyond doubt; None = a reference."""
    n_tasks: int
    n_scored: int
    """Trials with a verdict."""
    n_unscored: int
    k: int
    """Scored attempts that every scored task has."""
    figures: dict[str, Estimate]
    """success_rate, extract_load_success_rate, transform_success_rate, component_score, cascading_failure_score,
    pass_at_k, pass_hat_k."""
    visible_holdout_gap: Estimate
    """CFS on the data that the agent saw minus CFS on data that it did not see, paired by task."""
    elo: float | None
    """Bradley-Terry rating of CFS, task by task; 1000 = the mean of the setting. None = nobody to compare with."""
    effort: Effort
    is_on_cost_frontier: bool
    """Nobody is as good for less money."""
    is_on_time_frontier: bool
    """Nobody is as good in less time."""
    pass_hat_curve: tuple[Estimate, ...]
    """pass^1, pass^2 ... pass^k."""
    stages: tuple[StageFigures, ...]
    scenarios: tuple[ScenarioFigures, ...]
    failures: tuple[Failure, ...]
    groups: tuple[GroupFigures, ...]
    behaviour: BehaviourFigures | None


class TaskReport(Part):
    """One task, over all competitors that are no references."""

    task: str
    title: str
    world: str
    kind: str
    difficulty: str
    origin: str
    """written, generated or unknown."""
    versions: tuple[str, ...]
    """Of the task in these trials, the latest last; none = their scorecards are of before this was stored."""
    is_proven: bool | None
    """Whether the task was proven, as it was, in every trial; None = no scorecard says it."""
    proof: str
    """What the proof found, or why the task was not proven."""
    n_solved_by: int
    """Competitors that solved it at least once."""
    n_tried_by: int
    mean_score: float | None
    """Mean CFS over the competitors."""


class Cell(Part):
    """One competitor on one task."""

    task: str
    label: str
    n_attempts: int
    n_scored: int
    n_successes: int
    cascading_failure_score: float | None
    component_score: float | None
    n_visible_only: int
    """Attempts that are right on the data that the agent saw, and wrong in another scenario."""
    trials: tuple[str, ...]
    """RUN/TRIAL of each attempt."""


class Pair(Part):
    """Two competitors, paired by task: first minus second."""

    first: str
    second: str
    success_rate: Estimate
    cascading_failure_score: Estimate
    is_distinct: bool
    """Whether the success rates differ beyond doubt."""
    first_only: tuple[str, ...]
    """Tasks that the first solved more often."""
    second_only: tuple[str, ...]


class TrendPoint(Part):
    """One competitor in one run."""

    run_id: str
    success_rate: Estimate
    cascading_failure_score: Estimate


class Trend(Part):
    """One competitor over several runs, by date."""

    competitor: str
    points: tuple[TrendPoint, ...]
    change: Estimate
    """CFS of the last run minus that of the first, paired by task."""
    worse_tasks: tuple[str, ...]
    """Tasks that the last run solved less often than the first."""
    better_tasks: tuple[str, ...]


class Family(Part):
    """Competitors that differ in one thing."""

    what: Literal["same model, several agents", "same agent, several models", "same agent and model, several efforts"]
    common: str
    labels: tuple[str, ...]


class UnscoredTrial(Part):
    """A trial without a verdict, for a reason that is not the agent's."""

    trial: str
    label: str
    task: str
    reason: str


class RunFacts(Part):
    """One run."""

    run_id: str
    planned_at: str
    """When its plan was written, UTC."""
    n_trials: int
    n_scored: int
    n_unscored: int
    n_missing: int
    """Planned trials that are not done yet."""
    setting: int
    suite: str = ""
    """Name and version of the suite whose tasks were tried, in its versions: `core 3`; empty = of none."""
    versions: dict[str, str]


class Report(Part):
    """The content of `report.json`."""

    format_version: Literal[1] = 1
    sentence: str
    """The result in one sentence, with its statistics."""
    warnings: tuple[str, ...]
    runs: tuple[RunFacts, ...]
    settings: tuple[str, ...]
    """What the runs of each setting have in common that the others have not; one entry = all runs can be averaged."""
    competitors: tuple[CompetitorReport, ...]
    """The best first, references last."""
    tasks: tuple[TaskReport, ...]
    """The hardest first."""
    cells: tuple[Cell, ...]
    pairs: tuple[Pair, ...]
    """Every two competitors of a setting that are no references."""
    families: tuple[Family, ...]
    trends: tuple[Trend, ...]
    unscored: tuple[UnscoredTrial, ...]
