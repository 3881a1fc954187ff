"""What the trials of a run may cost together: one that could exceed it does not start."""

from __future__ import annotations

import json
from collections.abc import Iterable

from agents.preflight import is_solved
from agents.prices import prices_for
from agents.trajectory import read_trajectory
from benchmark.errors import LockgateError
from benchmark.files import write_json_atomic
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore, TrialPlan


class CostCeiling:
    """Counts what the trials of a run have cost, also those that were tried again, and holds back what could exceed it.

    Args:
        plan: The run. What its trials cost before counts.
        usd: The most that they may cost together; None = there is no limit.
    """

    def __init__(self, plan: RunPlan, usd: float | None) -> None:
        self.usd = usd
        self.not_started: list[TrialPlan] = []
        """Trials that were held back."""
        self._reserved: dict[str, float] = {}
        self._store = RunStore(plan.run_id)
        self._path = self._store.folder / "costs.json"
        self._costs: dict[str, float] = json.loads(self._path.read_bytes()) if self._path.is_file() else {}
        if usd is not None and sum(map(self._count, plan.trials)):
            self._write()

    @property
    def spent_usd(self) -> float:
        """What trials that have ended cost."""
        return sum(self._costs.values())

    def reserve(self, trial: TrialPlan) -> None:
        """Set aside the most that a trial may cost, as it starts."""
        self._reserved[trial.trial_id] = worst_usd(trial)

    def settle(self, trial: TrialPlan) -> None:
        """Count what a trial that has ended cost, in place of what was set aside."""
        self._reserved.pop(trial.trial_id, None)
        if self._count(trial):
            self._write()

    def allows(self, trial: TrialPlan) -> bool:
        """Whether a trial stays below the ceiling whatever it and those that run now come to."""
        if self.usd is None:
            return True
        worst = worst_usd(trial)
        return not worst or self.spent_usd + sum(self._reserved.values()) + worst <= self.usd * (1 + 1e-9)

    def told(self) -> str:
        """Say which trials were not started and how the run goes on; empty where none was held back."""
        if not self.not_started:
            return ""
        names = ", ".join(trial.trial_id for trial in self.not_started)
        n = len(self.not_started)
        plural = f"{n} trial" if n == 1 else f"{n} trials"
        least = min(map(worst_usd, self.not_started))
        return (
            f"{plural} not started: ceiling. {self.spent_usd:.2f} of {self.usd or 0:.2f} USD "
            f"are spent, and the next may cost {least:.2f} (its budget): {names}. Go on with the same options, "
            f"--run-id {self._store.run_id} and a higher --max-run-usd, or with a lower --max-usd in another run."
        )

    def _write(self) -> None:
        write_json_atomic(self._path, self._costs)

    def _count(self, trial: TrialPlan) -> bool:
        """Note what the latest try of a trial cost; whether it was not noted before."""
        store = self._store.trial(trial.trial_id)
        if trial.model is None or not store.folder.is_dir():
            return False
        try:
            trajectory = read_trajectory(store.trajectory_path)
            began, cost = trajectory.header.time, sum(step.cost_usd or 0.0 for step in trajectory.steps)
        except LockgateError:  # the agent keeps none
            card = store.read_scorecard()
            began, cost = "", (card.agent.cost_usd or 0.0) if card and card.agent else 0.0
        before = self._costs.get(f"{trial.trial_id} {began}")
        self._costs[f"{trial.trial_id} {began}"] = cost
        return before != cost


def worst_usd(trial: TrialPlan) -> float:
    """The most that a trial may cost: its budget, or nothing where no model is called any more."""
    if trial.model is None or is_solved(trial):
        return 0.0
    return (trial.budget or get_task(trial.task).spec.budget).cost_usd


def models_without_price(trials: Iterable[TrialPlan]) -> list[str]:
    """Models of trials that are still to run of which no price is known: no limit in dollars holds for them."""
    models = {trial.model for trial in trials if trial.model and worst_usd(trial)}
    return sorted({model.name for model in models if prices_for(model).find(model.name) is None})


def check_prices(trials: Iterable[TrialPlan]) -> None:
    """Refuse a ceiling for models of which no price is known: it could not hold.

    Raises:
        LockgateError: Names them.
    """
    if unknown := models_without_price(trials):
        raise LockgateError(
            f"--max-run-usd cannot hold: no price is known of {', '.join(unknown)}. Give a `price` in the run's file, "
            "or leave the ceiling out."
        )
