"""A trial as one HTML page that asks for nothing: verdicts with rows, lineage, patch, what the agent did, logs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Template
from markdown_it import MarkdownIt
from markupsafe import Markup

from agents.prices import read_prices
from agents.trajectory import read_trajectory
from benchmark.border import cut_text, visible_text
from benchmark.errors import LockgateError
from benchmark.files import write_atomic
from benchmark.run_store import TrialStore
from benchmark.scorecard import Scorecard
from benchmark.stages import STAGES
from benchmark.task import Task
from orchestration.reports.console import number
from orchestration.reports.page_templates import page_environment
from orchestration.reports.trajectory import behaviour_of, figures_of
from orchestration.reports.trial_page.answer import expected_text
from orchestration.reports.trial_page.heading import budget_of, duration, read_heading, read_trial_plan, usd
from orchestration.reports.trial_page.lineage import BOX_HEIGHT, BOX_WIDTH, draw_lineage
from orchestration.reports.trial_page.logs import read_logs
from orchestration.reports.trial_page.patch import read_patch
from orchestration.reports.trial_page.timeline import MAX_STEPS, MAX_TEXT, read_timeline
from orchestration.reports.trial_page.verdicts import (
    MEANINGS,
    WORDS,
    named_scenarios,
    read_failed_steps,
    read_faults,
    read_verdicts,
    sample_columns,
)


@dataclass(frozen=True)
class Links:
    """Addresses of other pages, relative to this one; empty = there is none."""

    report: str = ""
    previous: str = ""
    following: str = ""


def write_page(store: TrialStore, path: Path) -> None:
    """Write the page of a trial.

    Args:
        store: The trial's folder.
        path: The HTML file; replaced where it exists.

    Raises:
        LockgateError: It has neither scorecard nor trajectory, or the file cannot be written.
    """
    text = trial_page(store, store.read_scorecard())
    try:
        write_atomic(path, text)
    except OSError as error:
        raise LockgateError(f"{path} cannot be written: {error.strerror}.") from error


def trial_page(store: TrialStore, card: Scorecard | None, links: Links = Links()) -> str:
    """The page of a trial as text. Everything that an agent wrote is escaped, and bounded.

    Args:
        store: The trial's folder.
        card: Its scorecard; None = it is not scored yet.
        links: Pages that it leads to.

    Raises:
        LockgateError: It has neither scorecard nor trajectory.
    """
    trajectory = read_trajectory(store.trajectory_path) if store.trajectory_path.is_file() else None
    if card is None and trajectory is None:
        raise LockgateError(f"Trial {store.name} has neither a scorecard nor a trajectory yet. Run it first.")
    plan = read_trial_plan(store)
    faults = read_faults(card) if card else []
    heading = read_heading(store, card, trajectory, plan, faults)
    verdicts = read_verdicts(card) if card else None
    return _template().render(
        name=store.name,
        links=links,
        card=card,
        heading=heading,
        ticket=_ticket(heading.task, card.trial.hint_level if card else 0),
        keys={name: spec.key for name, spec in heading.task.scored_tables.items()} if heading.task else {},
        stages=[stage for stage in STAGES if card and stage in card.stages],
        faults=faults,
        verdicts=verdicts,
        failed_steps=read_failed_steps(card) if card else [],
        picture=draw_lineage(card.trial.task, verdicts.tables) if card and verdicts else None,
        patch=read_patch(store),
        behaviour=figures_of(behaviour_of(store, trajectory, card)) if trajectory else {},
        trajectory=trajectory,
        steps=read_timeline(trajectory, budget_of(plan, heading.task)) if trajectory else [],
        logs=read_logs(store),
    )


def _ticket(task: Task | None, hint_level: int) -> Markup:
    """What the task asks, as HTML."""
    if task is None:
        return Markup()
    return _as_html(task.with_hints(min(hint_level, task.max_hint_level)).instruction)


@cache
def _as_html(text: str) -> Markup:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    return Markup(markdown.render(text))


@cache
def _template() -> Template:
    environment = page_environment("trial")
    environment.filters |= {"number": number, "duration": duration, "usd": usd, "cell": _cell, "told": _told}
    environment.globals |= {
        "words": WORDS,
        "meanings": MEANINGS,
        "sample_columns": sample_columns,
        "expected_text": expected_text,
        "named_scenarios": named_scenarios,
        "box_width": BOX_WIDTH,
        "box_height": BOX_HEIGHT,
        "max_steps": MAX_STEPS,
        "prices_of": read_prices().as_of,
    }
    return environment.get_template("trial.html")


def _cell(value: str | None) -> str:
    """A value of a sample row."""
    return "NULL" if value is None else value


def _told(text: str) -> str:
    """A message of an agent's choosing, bounded."""
    return cut_text(visible_text(text), MAX_TEXT)
