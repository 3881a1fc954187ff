"""A run of many competitors on many made-up tasks, stored as a real one would be; the same arguments, the same run."""

import random
from collections.abc import Mapping, Sequence

from benchmark.llm import ModelSpec
from benchmark.run_store import RunPlan, RunStore, TrialPlan
from benchmark.scorecard import (
    AgentResult,
    ColumnDifference,
    RowDifference,
    ScenarioResult,
    Scorecard,
    StepResult,
    SubmissionSummary,
    TableResult,
    TrialIdentity,
    Verdict,
    VerdictKind,
)
from benchmark.stages import STAGES, Stage
from benchmark.usage import TokenUsage
from evaluators.scoring.root_cause import find_root_cause
from evaluators.scoring.scores import score_tables, summarise

SCENARIOS = ("visible", "holdout", "rerun", "day2")
KINDS = ("repair", "impl", "evol", "load")
AGENTS = ("toolloop", "codeact", "planner", "claude-code", "codex")
MODELS = ("openai/gpt-5", "anthropic/claude-sonnet-4-5", "google/gemini-2.5-pro", "openai/gpt-5-mini")
MATCH = Verdict(is_match=True, kind="match", summary="Equal: 90 rows.", n_rows_gold=90, n_rows_output=90)
_FAULTS: tuple[tuple[Stage, VerdictKind, str], ...] = (
    ("raw", "types", "amount"),
    ("staging", "nulls", "country"),
    ("intermediate", "grain", "n_lines"),
    ("marts", "values", "revenue"),
)
WRONG: dict[Stage, Verdict] = {
    stage: Verdict(
        is_match=False,
        kind=kind,
        summary=f"Column {column} differs in 3 of 90 rows.",
        n_rows_gold=90,
        n_rows_output=90,
        n_rows_compared=90,
        columns=(ColumnDifference(column=column, kind=kind, n_rows=3, fraction=1 / 30),),
        sample=(
            RowDifference(kind="differs", gold={"id": "7", column: "12"}, output={"id": "7", column: "13"}),
        ),
    )
    for stage, kind, column in _FAULTS
}  # fmt: skip


def competitor(number: int) -> tuple[str, ModelSpec]:
    """The agent and model of a competitor; no two of the first twenty are the same."""
    return AGENTS[number % len(AGENTS)], ModelSpec(name=MODELS[number // len(AGENTS) % len(MODELS)])


def plan_made_up(
    run_id: str, task: str, agent: str, model: ModelSpec | None, attempt: int = 1, days: int = 14
) -> TrialPlan:
    return TrialPlan(
        run_id=run_id,
        task=task,
        agent=agent,
        attempt=attempt,
        model=model,
        days=days,
        visible_seed=0,
        holdout_seed=7,
        scenarios=SCENARIOS,
    )


def card_of(
    plan: TrialPlan,
    wrong: Mapping[str, Stage] | None = None,
    *,
    kind: str = "repair",
    cost_usd: float | None = 0.5,
    seconds: float = 60.0,
    usage: TokenUsage | None = None,
    n_steps: int = 10,
) -> Scorecard:
    """A scorecard; `wrong` says at which stage each scenario first goes wrong, all others are right."""
    scenarios = tuple(_scenario(name, (wrong or {}).get(name)) for name in plan.scenarios)
    summary = summarise(scenarios)
    return Scorecard(
        trial=_identity(plan, kind),
        status="scored",
        success=summary.success,
        extract_load_success=summary.extract_load_success,
        transform_success=summary.transform_success,
        scores=summary.scores,
        stages=summary.stages,
        root_cause=find_root_cause(scenarios),
        agent=AgentResult(status="finished", n_steps=n_steps, usage=usage, cost_usd=cost_usd),
        submission=SubmissionSummary(sha256="0" * 64, n_files_changed=1, files_changed=("dbt/models/marts/m.sql",)),
        scenarios=scenarios,
        timing_seconds={"solve": seconds, "total": seconds + 30},
    )


def unscored_card(plan: TrialPlan, reason: str, kind: str = "repair") -> Scorecard:
    return Scorecard(trial=_identity(plan, kind), status="unscored", unscored_reason=reason)


def store_cards(run_id: str, plans: Sequence[TrialPlan], cards: Sequence[Scorecard], **versions: str) -> None:
    """Store a run whose first trials have these scorecards; the others are not done."""
    store = RunStore(run_id)
    store.write_plan(RunPlan(run_id=run_id, trials=tuple(plans), versions=versions or {"lockgate": "0.1.0"}))
    for plan, card in zip(plans, cards, strict=False):
        path = store.trial(plan.trial_id).scorecard_path
        path.parent.mkdir(parents=True)
        path.write_text(card.model_dump_json(indent=2))


def store_made_up_run(
    run_id: str, n_competitors: int, n_tasks: int, n_attempts: int = 1, seed: int = 0, references: bool = True
) -> list[Scorecard]:
    """A run of competitors that differ in how often, where and how dearly they fail."""
    draw = random.Random(seed)
    plans, cards = [], []
    for number in range(n_tasks):
        task, kind, hardness = f"task_{number:03d}", KINDS[number % len(KINDS)], draw.random()
        for agent in ("oracle", "idle") if references else ():
            plans.append(plan_made_up(run_id, task, agent, None))
            wrong: dict[str, Stage] = {} if agent == "oracle" else dict.fromkeys(SCENARIOS, "raw")
            cards.append(card_of(plans[-1], wrong, kind=kind, cost_usd=0.0, seconds=0.1, n_steps=0))
        for one in range(n_competitors):
            agent, model = competitor(one)
            for attempt in range(1, n_attempts + 1):
                plan = plan_made_up(run_id, task, agent, model, attempt)
                plans.append(plan)
                if draw.random() < 0.01:
                    cards.append(unscored_card(plan, "The provider answered 503 for ten minutes.", kind))
                    continue
                strength = 0.95 - one / (n_competitors * 1.2)
                first = _first_failure(draw, strength, hardness)
                usd = draw.lognormvariate(one % 7 / 3 - 1.5, 0.4)
                usage = TokenUsage(input=int(usd * 90_000), cached_input=int(usd * 400_000), output=int(usd * 20_000))
                cards.append(
                    card_of(
                        plan,
                        first,
                        kind=kind,
                        cost_usd=usd,
                        seconds=draw.uniform(60, 900),
                        usage=usage,
                        n_steps=draw.randint(5, 60),
                    )
                )
    store_cards(run_id, plans, cards)
    return cards


def _first_failure(draw: random.Random, strength: float, hardness: float) -> dict[str, Stage]:
    chance = draw.random()
    if chance < strength * (1 - hardness * 0.6):
        return {}
    stage = STAGES[min(3, int(draw.random() ** 0.6 * 4))]
    if draw.random() < 0.2:
        return {"holdout": stage}
    return dict.fromkeys(SCENARIOS, stage) if draw.random() < 0.7 else {"rerun": "marts", "day2": stage}


def _identity(plan: TrialPlan, kind: str) -> TrialIdentity:
    return TrialIdentity(
        run_id=plan.run_id,
        trial_id=plan.trial_id,
        world="market",
        task=plan.task,
        task_kind=kind,
        agent=plan.agent,
        model_name=plan.model.name if plan.model else None,
        attempt=plan.attempt,
        days=plan.days,
        visible_seed=plan.visible_seed,
        holdout_seed=plan.holdout_seed,
        hint_level=plan.hint_level,
        effort=plan.competitor.effort,
        budget_changes=plan.budget_changes,
    )


def _scenario(name: str, first_wrong: Stage | None) -> ScenarioResult:
    tables = tuple(_table(stage, first_wrong) for stage in STAGES)
    scores, stages = score_tables(tables)
    return ScenarioResult(
        scenario=name,
        seed=7 if name == "holdout" else 0,
        days=14,
        day=2 if name == "day2" else 1,
        is_success=first_wrong is None,
        steps=(StepResult(name="load", status="ok"), StepResult(name="build", status="ok")),
        tables=tables,
        scores=scores,
        stages=stages,
    )


def _table(stage: Stage, first_wrong: Stage | None) -> TableResult:
    """One table a stage, each made of the one before: below the first wrong one all are wrong, and right alone."""
    is_wrong = first_wrong is not None and STAGES.index(stage) >= STAGES.index(first_wrong)
    return TableResult(
        table=f"{stage}.t",
        stage=stage,
        weight=1.0,
        verdict=WRONG[stage] if is_wrong else MATCH,
        component=WRONG[stage] if stage == first_wrong else MATCH,
        is_cascaded=is_wrong and stage != first_wrong,
        built_by=f"dbt/models/{stage}/t.sql",
    )
