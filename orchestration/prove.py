"""Proof that a task can be trusted, as far as running agents can show it.

The oracle must succeed with several holdout seeds, the null agent must fail, and the saboteur must land strictly
between 0 and 1. Mutants and equivalents of the solution's SQL are not part of it yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rich import box
from rich.table import Table

from benchmark.run_store import RunPlan, TrialPlan
from benchmark.scorecard import Scorecard
from benchmark.task import Task
from benchmark.versions import tool_versions
from evaluators.preflight import check_task
from orchestration.plan import plan_trial
from orchestration.report import number

HOLDOUT_SEEDS = (101, 202, 303)
"""The oracle is run with each of them."""


class TaskProof(NamedTuple):
    """What was found out about one task."""

    task: str
    oracle_successes: int
    oracle_trials: int
    null_fails: bool | None
    saboteur_score: float | None
    problems: tuple[str, ...]

    @property
    def is_proven(self) -> bool:
        """Nothing speaks against the task."""
        return not self.problems


def plan_proof(tasks: Sequence[Task], run_id: str) -> RunPlan:
    """The trials that a proof needs: the oracle per holdout seed, the null agent, the saboteur."""
    trials: list[TrialPlan] = []
    for task in tasks:
        check_task(task)
        for attempt, seed in enumerate(HOLDOUT_SEEDS, start=1):
            trials.append(plan_trial(task, "oracle", run_id=run_id, attempt=attempt, holdout_seed=seed))
        for agent in ("null", "saboteur"):
            trials.append(plan_trial(task, agent, run_id=run_id, holdout_seed=HOLDOUT_SEEDS[0]))
    return RunPlan(run_id=run_id, trials=tuple(trials), versions=tool_versions())


def judge_proof(task: Task, scorecards: Sequence[Scorecard]) -> TaskProof:
    """Read the scorecards of one task's trials."""
    by_agent: dict[str, list[Scorecard]] = {}
    for card in scorecards:
        if card.trial.task == task.id:
            by_agent.setdefault(card.trial.agent, []).append(card)
    problems = [
        f"{card.trial.trial_id} is unscored: {card.unscored_reason}"
        for cards in by_agent.values()
        for card in cards
        if card.status == "unscored"
    ]
    oracle = by_agent.get("oracle", [])
    successes = sum(card.success is True for card in oracle)
    problems += [
        f"the oracle fails with holdout seed {card.trial.holdout_seed}: {_first_mismatch(card)}"
        for card in oracle
        if card.success is False
    ]
    null = by_agent.get("null", [])
    null_fails = all(card.success is False for card in null) if null else None
    if null_fails is False:
        problems.append("the null agent succeeds: the start is already right")
    saboteur = [card.scores.component_score for card in by_agent.get("saboteur", []) if card.scores]
    score = saboteur[0] if saboteur else None
    if score is not None and not 0 < score < 1:
        problems.append(f"the saboteur's CS is {score:g}, not strictly between 0 and 1")
    return TaskProof(task.id, successes, len(oracle), null_fails, score, tuple(problems))


def proof_table(proofs: Sequence[TaskProof]) -> Table:
    """One line per task."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("task", "oracle", "null fails", "saboteur CS", "proven"):
        table.add_column(name, justify="left" if name == "task" else "right")
    for proof in proofs:
        table.add_row(
            proof.task,
            f"{proof.oracle_successes} of {proof.oracle_trials}",
            "-" if proof.null_fails is None else ("yes" if proof.null_fails else "[red]no[/]"),
            number(proof.saboteur_score),
            "[green]yes[/]" if proof.is_proven else "[red]no[/]",
        )
    return table


def proof_json(proofs: Sequence[TaskProof]) -> list[dict[str, Any]]:
    """The same for `--json`."""
    return [proof._asdict() | {"is_proven": proof.is_proven} for proof in proofs]


def _first_mismatch(card: Scorecard) -> str:
    for scenario in card.scenarios:
        for result in scenario.tables:
            if not result.verdict.is_match:
                return f"{scenario.scenario}, {result.table}: {result.verdict.summary}"
        if scenario.faults is not None and not scenario.is_success:
            missed = ", ".join(fault.fault for fault in scenario.faults.faults if not fault.is_caught) or "none"
            alarms = "; ".join(scenario.faults.false_alarms) or "none"
            return f"{scenario.scenario}: faults missed: {missed}; false alarms: {alarms}"
    return "no table is wrong"
