"""A trial as one HTML page, without other files: scores, every verdict with its evidence, and what the agent did."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from agents.prices import read_prices, trajectory_cost_usd
from agents.trajectory import Trajectory, read_trajectory
from benchmark.errors import LockgateError
from benchmark.files import write_atomic
from benchmark.run_store import TrialStore
from benchmark.scorecard import ScenarioResult, Scorecard, TableResult
from benchmark.stages import STAGES
from orchestration.reports.console import number
from orchestration.reports.lookup import find_trial
from orchestration.reports.trajectory import behaviour_of, figures_of

_TEMPLATES = Path(__file__).parent / "templates"


def write_page(name: str, path: Path) -> None:
    """Write the page of a trial.

    Args:
        name: `RUN/TRIAL`, or `TRIAL` of the latest run that has it.
        path: The HTML file; replaced where it exists.

    Raises:
        LockgateError: There is no such trial, it has neither scorecard nor trajectory, or the file cannot be written.
    """
    store = find_trial(name)
    text = trial_page(store, store.read_scorecard())
    try:
        write_atomic(path, text)
    except OSError as error:
        raise LockgateError(f"{path} cannot be written: {error.strerror}.") from error


def trial_page(store: TrialStore, card: Scorecard | None) -> str:
    """The page of a trial as text.

    Args:
        store: The trial's folder.
        card: Its scorecard; None = it is not scored yet.

    Raises:
        LockgateError: It has neither scorecard nor trajectory.
    """
    trajectory = read_trajectory(store.trajectory_path) if store.trajectory_path.is_file() else None
    if card is None and trajectory is None:
        raise LockgateError(f"Trial {store.name} has neither a scorecard nor a trajectory yet. Run it first.")
    return render(store, card, trajectory)


def render(store: TrialStore, card: Scorecard | None, trajectory: Trajectory | None) -> str:
    """Return the page as text. Everything that an agent wrote is escaped.

    Args:
        store: The trial's folder.
        card: None = the trial is not scored yet.
        trajectory: None = the agent keeps none.
    """
    return _template().render(
        trial_id=store.folder.name,
        card=card,
        stages=[stage for stage in STAGES if card and stage in card.stages],
        tables=_tables(card),
        trajectory=trajectory,
        behaviour=figures_of(behaviour_of(store, trajectory)) if trajectory else {},
        cost=trajectory_cost_usd(trajectory) if trajectory else None,
        most_tokens=max((step.usage.total for step in trajectory.steps if step.usage), default=0) if trajectory else 0,
        prices_of=read_prices().as_of,
    )


@cache
def _template() -> Template:
    environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined)
    environment.filters |= {"number": number, "arguments": _arguments}
    return environment.get_template("trial.html")


def _tables(card: Scorecard | None) -> list[dict[str, Any]]:
    """Each scored table with its result in every scenario, upstream first."""
    rows: dict[str, list[tuple[ScenarioResult, TableResult]]] = {}
    for scenario in card.scenarios if card else ():
        for result in scenario.tables:
            rows.setdefault(result.table, []).append((scenario, result))
    return [
        {
            "table": table,
            "stage": results[0][1].stage,
            "built_by": next((result.built_by for _, result in results if result.built_by), None),
            "results": results,
            "wrong": _wrong(results),
        }
        for table, results in rows.items()
    ]


def _wrong(results: list[tuple[ScenarioResult, TableResult]]) -> list[tuple[str, TableResult]]:
    """Mismatches as (scenarios, result); those that say the same stand together."""
    alike: dict[tuple[str, bool], list[tuple[str, TableResult]]] = {}
    for scenario, result in results:
        if not result.verdict.is_match:
            alike.setdefault((result.verdict.summary, result.is_cascaded), []).append((scenario.scenario, result))
    return [(", ".join(name for name, _ in group), group[0][1]) for group in alike.values()]


def _arguments(value: Any) -> str:
    return value if isinstance(value, str) else "\n".join(f"{key}: {_text(item)}" for key, item in value.items())


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
