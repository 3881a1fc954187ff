"""`lockgate show --trajectory`: what an agent did, and figures of its behaviour."""

from __future__ import annotations

import json

from rich.console import Console
from rich.markup import escape

from agents.behaviour import Behaviour, measure
from agents.exports import export
from agents.prices import read_prices, trajectory_cost_usd
from agents.trajectory import Step, Trajectory, read_trajectory
from benchmark.run_store import TrialStore
from benchmark.scorecard import Scorecard
from orchestration.reports.lookup import find_trial

MAX_LINES = 8
"""Lines of a text that are printed; `--json` has all that is kept."""


def export_json(name: str, form: str) -> str:
    """A trajectory in another format."""
    return json.dumps(export(read_trajectory(find_trial(name).trajectory_path), form), indent=2, ensure_ascii=False)


def print_trajectory(console: Console, name: str, as_json: bool) -> None:
    """Print the steps of a trial's agent and figures of its behaviour.

    Args:
        console: Where to.
        name: `RUN/TRIAL`, or `TRIAL` of the latest run that has it.
        as_json: Print the whole trajectory as JSON instead.

    Raises:
        LockgateError: There is no such trial, or its agent keeps no trajectory.
    """
    store = find_trial(name)
    trajectory = read_trajectory(store.trajectory_path)
    behaviour = behaviour_of(store, trajectory, store.read_scorecard())
    cost = trajectory_cost_usd(trajectory)
    if as_json:
        content = trajectory.model_dump(mode="json") | {"behaviour": behaviour.model_dump(), "cost_usd": cost}
        console.print_json(json.dumps(content))
        return
    for step in trajectory.steps:
        _print_step(console, step)
    end = trajectory.end
    console.print(f"[bold]end[/] {end.status}: {escape(end.message)}" if end else "[bold]no end[/]: it was killed")
    usage = trajectory.usage
    console.print(
        f"Tokens: input {usage.input}, cached {usage.cached_input}, cache writes {usage.cache_write}, "
        f"output {usage.output} (reasoning {usage.reasoning}). "
        f"Cost: {'no price is known' if cost is None else f'{cost:.4f} USD'} (prices of {read_prices().as_of})."
    )
    for figure, value in figures_of(behaviour).items():
        console.print(f"  {figure}: {value}", highlight=False)


def figures_of(behaviour: Behaviour) -> dict[str, str]:
    """Figures of behaviour as people read them: name -> value."""
    figures = {}
    for name, value in behaviour.model_dump().items():
        shown = ", ".join(f"{tool} {count}" for tool, count in value.items()) if isinstance(value, dict) else value
        figures[name.removeprefix("n_").removeprefix("is_").replace("_", " ")] = str(shown)
    return figures


def behaviour_of(store: TrialStore, trajectory: Trajectory, card: Scorecard | None) -> Behaviour:
    """Figures of how the agent of a trial worked; `card` is the trial's scorecard, None = there is none yet."""
    patch = store.patch_path.read_text(encoding="utf-8", errors="replace") if store.patch_path.is_file() else ""
    edits = card.submission.protected_edits if card and card.submission else ()
    return measure(trajectory, patch, edits, sum(planted.is_followed for planted in card.planted) if card else 0)


def _print_step(console: Console, step: Step) -> None:
    name = " ".join(filter(None, (step.role, step.part, step.model, step.tool)))
    code = f" exit {step.exit_code}" if step.exit_code is not None else ""
    tokens = f" {step.usage.total} tokens" if step.usage else ""
    console.print(f"[bold]{step.index} {escape(name)}[/]{code}{tokens}", highlight=False)
    lines = step.text.splitlines()
    for line in lines[:MAX_LINES]:
        console.print(f"  {escape(line)}", highlight=False)
    if len(lines) > MAX_LINES:
        console.print(f"  … {len(lines) - MAX_LINES} more lines, {step.n_characters} characters in all", style="dim")
    for call in step.calls:
        text = call.arguments if isinstance(call.arguments, str) else json.dumps(call.arguments, ensure_ascii=False)
        console.print(f"  → {escape(call.tool)} {escape(text[:200])}", highlight=False)
