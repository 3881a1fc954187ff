"""The runs of this machine, a line each."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from benchmark.brief_cards import read_briefs
from benchmark.errors import LockgateError
from benchmark.run_store import RunStore, list_runs
from orchestration.reports.console import number


class RunLine(NamedTuple):
    """What a list of runs says of one."""

    run: str
    started: datetime
    """Local time at which its plan was written last."""
    agents: list[str]
    """Competitors, in the order of the plan."""
    n_tasks: int
    n_trials: int
    n_done: int
    """Trials with a scorecard."""
    n_unscored: int
    """Of those."""
    n_passed: int
    cost_usd: float
    """What is known of it."""

    @property
    def success_rate(self) -> str:
        """Passed of scored trials, with two decimals; a dash where none is scored."""
        n_scored = self.n_done - self.n_unscored
        return number(self.n_passed / n_scored if n_scored else None)

    def as_json(self) -> dict[str, Any]:
        """For `--json`."""
        return self._asdict() | {"started": self.started.isoformat(timespec="seconds")}


def list_run_lines() -> tuple[list[RunLine], dict[str, str]]:
    """Describe every run, oldest first.

    Returns:
        The runs, and of each with a damaged file why it is not among them.
    """
    lines, damaged = [], {}
    for run_id in list_runs():
        try:
            lines.append(_describe(run_id))
        except LockgateError as error:
            damaged[run_id] = str(error)
    return lines, damaged


def _describe(run_id: str) -> RunLine:
    store = RunStore(run_id)
    trials = store.read_plan().trials
    cards = read_briefs(store, [trial.trial_id for trial in trials])
    costs = [(card.get("agent") or {}).get("cost_usd") for card in cards]
    return RunLine(
        run=run_id,
        started=datetime.fromtimestamp((store.folder / "run.json").stat().st_mtime).astimezone(),
        agents=list(dict.fromkeys(trial.competitor.name for trial in trials)),
        n_tasks=len({trial.task for trial in trials}),
        n_trials=len(trials),
        n_done=len(cards),
        n_unscored=sum(card["status"] == "unscored" for card in cards),
        n_passed=sum(card["status"] == "scored" and bool(card.get("success")) for card in cards),
        cost_usd=round(sum(cost or 0.0 for cost in costs), 6),
    )
