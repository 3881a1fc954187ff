"""Holding the scorecards of runs of the same trials against each other."""

from __future__ import annotations

import json
from typing import Any

from benchmark.run_store import RunStore


def compare_runs(run_ids: list[str]) -> tuple[int, list[str]]:
    """Hold the trials of runs against each other.

    Args:
        run_ids: Runs of the same trials.

    Returns:
        How many trials the first run has, and a line for each that is not the same in all of them.

    Raises:
        LockgateError: There is no such run.
    """
    stores = [RunStore(run_id) for run_id in run_ids]
    trials = [plan.trial_id for plan in stores[0].read_plan().trials]
    problems = []
    for trial in trials:
        first, *others = (_told(store, trial) for store in stores)
        for run_id, other in zip(run_ids[1:], others, strict=True):
            if problem := _problem(first, other):
                problems.append(f"{trial}, {run_ids[0]} and {run_id}: {problem}")
    return len(trials), problems


def _told(store: RunStore, trial: str) -> dict[str, Any] | None:
    """What a scorecard says, without wall times and the run; None = the trial has none."""
    path = store.trial(trial).scorecard_path
    if not path.is_file():
        return None
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    content.pop("timing_seconds", None)
    content["trial"].pop("run_id")
    return content


def _problem(first: dict[str, Any] | None, other: dict[str, Any] | None) -> str:
    """Why two scorecards do not stand for the same verdict; empty = they do."""
    if first is None or other is None:
        return "one has not run"
    if reasons := [card["unscored_reason"] for card in (first, other) if card["status"] != "scored"]:
        return f"unscored: {reasons[0]}"
    return ", ".join(_differences(first, other))


def _differences(first: Any, other: Any, where: str = "") -> list[str]:
    """The places at which two contents of JSON differ."""
    if type(first) is type(other):
        if isinstance(first, dict):
            keys = sorted(first.keys() | other.keys())
            return [found for key in keys for found in _differences(first.get(key), other.get(key), f"{where}/{key}")]
        if isinstance(first, list) and len(first) == len(other):
            pairs = enumerate(zip(first, other, strict=True))
            return [found for number, pair in pairs for found in _differences(*pair, f"{where}/{number}")]
    return [] if type(first) is type(other) and first == other else [f"{where}: {first!r} and {other!r}"]
