"""The head of a trial's page: what it is called, how it ended in words, and its figures."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from agents.prices import trajectory_cost_usd
from agents.trajectory import Trajectory
from benchmark.border import plain_text
from benchmark.budget import Budget
from benchmark.errors import LockgateError
from benchmark.registry import get_task
from benchmark.run_store import TrialPlan, TrialStore
from benchmark.scorecard import Scorecard, TaskState
from benchmark.task import Task
from orchestration.planning.trials import task_state
from orchestration.reports.trial_page.verdicts import FaultRow

UI_URL = "http://127.0.0.1:3000"
"""Where `lockgate ui` serves unless it is told another port."""
_RUN_ID = re.compile(r"[0-9a-fA-F-]{8,64}")


@dataclass(frozen=True)
class Heading:
    """What is said of a trial before its verdicts."""

    title: str
    """Of the task; its id where the task is not here."""
    competitor: str
    status: str
    """How it ended, in a few words: `solved`, `failed at marts`."""
    tone: str
    """Class of the status: good, bad or warn."""
    task: Task | None
    proof: TaskState | None
    """The task and its proof, when the trial was scored or, before that, now; None = nobody knows."""
    facts: tuple[tuple[str, str], ...]
    figures: tuple[tuple[str, str], ...]
    dagster_run: str
    """Address of the Dagster run in the UI; empty = not known."""


def read_heading(
    store: TrialStore,
    card: Scorecard | None,
    trajectory: Trajectory | None,
    plan: TrialPlan | None,
    faults: list[FaultRow],
) -> Heading:
    """Read the head of a page; what is not known is left out.

    Args:
        store: The trial's folder.
        card: None = it is not scored yet.
        trajectory: None = the agent keeps none.
        plan: None = it is not stored.
        faults: From `read_faults`.
    """
    name = card.trial.task if card else plan.task if plan else trajectory.header.task if trajectory else ""
    task = find_task(name)
    status, tone = status_of(card, faults)
    return Heading(
        title=task.spec.title if task else name,
        competitor=_competitor(store, card, plan, trajectory),
        status=status,
        tone=tone,
        task=task,
        proof=card.trial.task_state if card else task_state(task) if task else None,
        facts=tuple(_facts(store, card, trajectory, plan, task)),
        figures=tuple(_figures(card, trajectory)),
        dagster_run=_dagster_run(store),
    )


def read_trial_plan(store: TrialStore) -> TrialPlan | None:
    """The stored plan of a trial; None where there is none, or one of another version."""
    if not store.plan_path.is_file():
        return None
    try:
        return TrialPlan.model_validate_json(store.plan_path.read_bytes())
    except ValueError:
        return None


def find_task(name: str) -> Task | None:
    """A task as it is today; None where it is not here (any more), or broken."""
    try:
        return get_task(name)
    except LockgateError:
        return None


def budget_of(plan: TrialPlan | None, task: Task | None) -> Budget | None:
    """The limits of a trial; None = not known."""
    if plan and plan.budget:
        return plan.budget
    return task.spec.budget if task else None


def status_of(card: Scorecard | None, faults: list[FaultRow]) -> tuple[str, str]:
    """How a trial ended in a few words, and their tone: good, bad or warn."""
    if card is None:
        return "not scored yet", "warn"
    if card.status == "unscored":
        return "no verdict", "warn"
    if card.success:
        return "solved", "good"
    if faults:
        n_caught = sum(not row.n_missed for row in faults)
        return f"caught {n_caught} of {len(faults)} faults", "bad"
    if card.submission and card.submission.refused:
        return "submission refused", "bad"
    if card.root_cause:
        return f"failed at {card.root_cause.stage}", "bad"
    if card.over_limit:
        return "right, at too high a cost", "bad"
    return ("failed at the answer" if card.answer and not card.answer.is_right else "failed"), "bad"


def duration(seconds: float | None) -> str:
    """Seconds as people say them: `0.4 s`, `3 min 20 s`, `1 h 5 min`."""
    if seconds is None:
        return "–"
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"


def usd(value: float | None) -> str:
    """An amount, or that no price is known."""
    return "no price known" if value is None else f"{value:.4f} USD" if 0 < value < 0.1 else f"{value:.2f} USD"


def _competitor(
    store: TrialStore, card: Scorecard | None, plan: TrialPlan | None, trajectory: Trajectory | None
) -> str:
    if card:
        return card.trial.competitor.name
    if plan:
        return plan.competitor.name
    return trajectory.header.agent if trajectory else store.folder.name


def _facts(
    store: TrialStore,
    card: Scorecard | None,
    trajectory: Trajectory | None,
    plan: TrialPlan | None,
    task: Task | None,
) -> list[tuple[str, str]]:
    """What the trial was made of: name -> text."""
    facts = [("run", store.folder.parent.parent.name)]
    if date := _date(store, trajectory):
        facts.append(("date", date))
    if card:
        trial = card.trial
        hints = f", hints to level {trial.hint_level}" if trial.hint_level else ""
        scale = f", scale {trial.scale}" if trial.scale != 1 else ""
        facts += [
            ("task", f"{trial.task} ({trial.task_kind}{f', {task.spec.difficulty}' if task else ''}), {trial.world}"),
            ("attempt", f"{trial.attempt}{hints}"),
            ("data", f"{trial.days} days{scale}, seeds {trial.visible_seed} (seen) and {trial.holdout_seed} (unseen)"),
        ]
    if budget := budget_of(plan, task):
        facts.append(
            (
                "budget",
                f"{duration(budget.wall_seconds)}, {budget.steps} steps, {budget.tokens:,} tokens, "
                f"{budget.cost_usd:g} USD",
            )
        )
    if card and (sandbox := card.versions.get("sandbox")):
        facts.append(("sandbox", sandbox))
    if card and (version := card.versions.get("lockgate")):
        facts.append(("lockgate", version))
    return [(name, plain_text(text, 400)) for name, text in facts]


def _figures(card: Scorecard | None, trajectory: Trajectory | None) -> list[tuple[str, str]]:
    """Effort of the agent: name -> text."""
    agent = card.agent if card else None
    usage = agent.usage if agent and agent.usage else trajectory.usage if trajectory else None
    cost = agent.cost_usd if agent else trajectory_cost_usd(trajectory) if trajectory else None
    figures = []
    if card and "solve" in card.timing_seconds:
        figures.append(("agent's time", duration(card.timing_seconds["solve"])))
    if agent or trajectory:
        figures.append(("cost", usd(cost)))
    if usage:
        figures.append(("tokens", f"{usage.total:,}"))
    if agent:
        figures.append(("steps", f"{agent.n_steps:,}"))
    return figures


def _date(store: TrialStore, trajectory: Trajectory | None) -> str:
    """When the agent started; of one without a trajectory when it was scored. Empty = not known."""
    if trajectory:
        return trajectory.header.time[:16].replace("T", " ")
    if store.is_published or not store.scorecard_path.is_file():
        return ""
    scored = datetime.fromtimestamp(store.scorecard_path.stat().st_mtime, UTC)
    return f"{scored:%Y-%m-%d %H:%M}"


def _dagster_run(store: TrialStore) -> str:
    if not store.dagster_run_path.is_file():
        return ""
    run_id = store.dagster_run_path.read_text(encoding="utf-8", errors="replace").strip()
    return f"{UI_URL}/runs/{run_id}" if _RUN_ID.fullmatch(run_id) else ""
