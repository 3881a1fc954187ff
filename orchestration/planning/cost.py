"""What a run would do and may cost, before it starts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from statistics import fmean

from rich import box
from rich.table import Table

from agents.prices import prices_for, read_prices
from benchmark.run_store import RunPlan, RunStore, TrialPlan, list_runs, readable_plans
from benchmark.scorecard import Competitor
from orchestration.counted import counted
from orchestration.planning.ceiling import CostCeiling, worst_usd


class PastCosts:
    """Costs in USD of the trials on this machine that called an LLM, at today's prices."""

    def __init__(self) -> None:
        self._costs: dict[tuple[Competitor, str], list[float]] = defaultdict(list)
        for run_id, run in readable_plans(list_runs()):
            store = RunStore(run_id)
            for plan in run.trials:
                card = store.trial(plan.trial_id).read_scorecard() if plan.model else None
                if plan.model and card and card.agent and card.agent.usage:
                    cost = prices_for(plan.model).cost_usd(plan.model.name, card.agent.usage)
                    if cost is not None:
                        self._costs[_who(plan), plan.task].append(cost)

    def of(self, competitor: Competitor) -> list[float]:
        """All costs of a competitor; its label and its budget do not count."""
        return [cost for (who, _), costs in self._costs.items() if who == _bare(competitor) for cost in costs]

    def expected(self, plan: TrialPlan) -> float | None:
        """The mean of the same competitor on the same task, else on all tasks; None = it was never tried here."""
        known = self._costs.get((_who(plan), plan.task)) or self.of(plan.competitor)
        return fmean(known) if known else None


def _who(plan: TrialPlan) -> Competitor:
    return _bare(plan.competitor)


def _bare(competitor: Competitor) -> Competitor:
    return competitor.model_copy(update={"budget_changes": (), "model_label": None})


def estimate_table(plan: RunPlan, max_run_usd: float | None = None) -> Table:
    """Trials by agent and model, with what past ones cost and the most that budgets allow.

    Args:
        plan: The run.
        max_run_usd: Its ceiling; None = it has none.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("agent", "model", "trials", "expected USD", "at most USD"):
        table.add_column(name, justify="left" if name in ("agent", "model") else "right")
    past = PastCosts()
    for (agent, model), trials in _groups(plan).items():
        expected = _expected(past, trials)
        shown = "-" if expected is None else f"{expected:.2f}"
        table.add_row(agent, model or "-", str(len(trials)), shown, f"{most_usd(trials):.2f}")
    table.caption = (
        f"{counted(len(plan.trials), 'trial')}, {counted(len({trial.task for trial in plan.trials}), 'task')}. "
        f"Expected: the mean of past trials here, of the same task where there are any; -: there is none. "
        f"Prices of {read_prices().as_of}.{_ceiling(plan, max_run_usd)}"
    )
    return table


def most_usd(trials: Iterable[TrialPlan]) -> float:
    """What trials may cost at most, in USD: the budgets of those that use an LLM."""
    return sum(worst_usd(trial) for trial in trials)


def estimate_json(plan: RunPlan) -> dict[str, object]:
    """The same as `estimate_table`, for `--json`, with the names of the trials."""
    past = PastCosts()
    rows = [
        {
            "agent": agent,
            "model": model or None,
            "n_trials": len(trials),
            "expected_usd": _expected(past, trials),
            "at_most_usd": most_usd(trials),
        }
        for (agent, model), trials in _groups(plan).items()
    ]
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
        groups.setdefault((trial.agent, _model(trial)), []).append(trial)
    return groups


def _model(trial: TrialPlan) -> str:
    """How tables call the model with what is asked of it."""
    bare = trial.competitor.model_copy(update={"budget_changes": (), "hint_level": 0})
    return bare.name.partition("@")[2]


def _expected(past: PastCosts, trials: Iterable[TrialPlan]) -> float | None:
    """What trials cost on average before; None = it is not known of each."""
    costs = [past.expected(trial) if worst_usd(trial) else 0.0 for trial in trials]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def _ceiling(plan: RunPlan, usd: float | None) -> str:
    if usd is None:
        return ""
    spent = CostCeiling(plan, usd).spent_usd
    cheapest = min((worst for trial in plan.trials if (worst := worst_usd(trial))), default=0.0)
    room = (
        f"a trial may cost {cheapest:.2f}"
        if cheapest <= usd - spent
        else f"none fits, since one may cost {cheapest:.2f}"
    )
    return f" Ceiling: {usd:.2f} USD, {spent:.2f} spent; {room}; what could exceed it is not started."
