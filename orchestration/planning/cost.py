"""What a run would do and may cost, before it starts."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean

from rich import box
from rich.table import Table

from agents.prices import read_prices
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore, TrialPlan, list_runs


def past_costs() -> dict[tuple[str, str], list[float]]:
    """Costs in USD of the trials on this machine that called an LLM, by agent and model, at today's prices."""
    costs: dict[tuple[str, str], list[float]] = {}
    prices = read_prices()
    for run_id in list_runs():
        store = RunStore(run_id)
        for plan in store.read_plan().trials:
            card = store.trial(plan.trial_id).read_scorecard() if plan.model else None
            if plan.model and card and card.agent and card.agent.usage:
                cost = prices.cost_usd(plan.model.name, card.agent.usage)
                if cost is not None:
                    costs.setdefault((plan.agent, plan.model.name), []).append(cost)
    return costs


def estimate_table(plan: RunPlan) -> Table:
    """Trials by agent and model, with the mean cost of past ones and the most that budgets allow."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("agent", "model", "trials", "expected USD", "at most USD"):
        table.add_column(name, justify="left" if name in ("agent", "model") else "right")
    past = past_costs()
    for (agent, model), trials in _groups(plan).items():
        known = past.get((agent, model))
        expected = f"{fmean(known) * len(trials):.2f}" if known else "-"
        table.add_row(
            agent,
            model or "-",
            str(len(trials)),
            expected if model else "0.00",
            f"{most_usd(trials):.2f}",
        )
    table.caption = (
        f"{len(plan.trials)} trials, {len({trial.task for trial in plan.trials})} tasks. "
        f"Expected: the mean of past trials here; -: there is none. Prices of {read_prices().as_of}."
    )
    return table


def most_usd(trials: Iterable[TrialPlan]) -> float:
    """What trials may cost at most, in USD: the budgets of those that use an LLM."""
    return sum((trial.budget or get_task(trial.task).spec.budget).cost_usd for trial in trials if trial.model)


def estimate_json(plan: RunPlan) -> dict[str, object]:
    """The same as `estimate_table`, for `--json`, with the names of the trials."""
    past = past_costs()
    rows = []
    for (agent, model), trials in _groups(plan).items():
        known = past.get((agent, model))
        expected = (fmean(known) * len(trials) if known else None) if model else 0.0
        rows.append(
            {
                "agent": agent,
                "model": model or None,
                "n_trials": len(trials),
                "expected_usd": expected,
                "at_most_usd": most_usd(trials),
            }
        )
    return {
        "run": plan.run_id,
        "trials": [trial.trial_id for trial in plan.trials],
        "cost": rows,
        "prices_as_of": str(read_prices().as_of),
    }


def _groups(plan: RunPlan) -> dict[tuple[str, str], list[TrialPlan]]:
    """Trials by agent and model."""
    groups: dict[tuple[str, str], list[TrialPlan]] = {}
    for trial in plan.trials:
        groups.setdefault((trial.agent, trial.model.name if trial.model else ""), []).append(trial)
    return groups
