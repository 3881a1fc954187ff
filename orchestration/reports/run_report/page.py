"""The report as one HTML page that asks for nothing: tables, plots as SVG, and links to the pages of trials."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Template

from benchmark.stages import STAGES
from orchestration.reports.console import number
from orchestration.reports.page_templates import page_environment
from orchestration.reports.run_report.markdown import RANKS_NOTE, behaviour_name, proof_badge
from orchestration.reports.run_report.model import CompetitorReport, Estimate, Report
from orchestration.reports.run_report.plots import plots_of
from orchestration.reports.run_report.shown import count, interval, minutes, signed, usd
from orchestration.reports.run_report.words import percent

_STEPS = 5
"""Shades of the heat map."""


def page_text(report: Report, *, refresh_seconds: int | None = None) -> str:
    """The page. Everything that an agent or a person wrote is escaped.

    Args:
        report: What it shows.
        refresh_seconds: A page that is served while a run goes on loads itself again; None = it stays.
    """
    numbers = {row.label: place for place, row in enumerate(report.competitors, start=1)}
    return _template().render(
        report=report,
        refresh_seconds=refresh_seconds,
        numbers=numbers,
        plots=plots_of(report, numbers),
        stages=STAGES,
        stage_rows=_stage_rows(report),
        scenario_names=list(dict.fromkeys(found.scenario for row in report.competitors for found in row.scenarios)),
        cells={(cell.task, cell.label): cell for cell in report.cells},
        groups=_groups(report),
        failures=_failures(report),
        behaviour_names=_behaviour_names(report),
        ranks_note=RANKS_NOTE,
        only_references=_only_references(report),
        totals=_totals(report),
    )


def trial_path(name: str) -> str:
    """Where the page of a trial lies beside the report: `trials/RUN/TRIAL.html`.

    Args:
        name: `RUN/TRIAL`.
    """
    return f"trials/{name}.html"


@cache
def _template() -> Template:
    environment = page_environment("report")
    environment.filters |= {
        "number": number,
        "interval": interval,
        "signed": signed,
        "usd": usd,
        "minutes": minutes,
        "count": count,
        "percent": percent,
        "trial_link": lambda name: quote(trial_path(name)),
        "shade": _shade,
        "behaviour_name": behaviour_name,
        "proof_badge": proof_badge,
        "place": _place,
    }
    return environment.get_template("report.html")


def _shade(value: float | None) -> str:
    """Class of a cell's colour, `s0` (nothing right) to `s5` (all right)."""
    return "none" if value is None else f"s{int(value * _STEPS + 1e-9)}"


def _place(found: Estimate) -> Mapping[str, float] | None:
    """Where a figure and its interval lie on a line of 100; None = there is no figure."""
    if found.mean is None:
        return None
    low = found.mean if found.low is None else found.low
    high = found.mean if found.high is None else found.high
    return {"mean": found.mean * 100, "low": low * 100, "width": (high - low) * 100}


def _only_references(report: Report) -> str:
    """What stands where reference agents count for nothing; empty where others tried the tasks, too."""
    if any(not row.is_reference for row in report.competitors):
        return ""
    return "Only reference agents tried the tasks; nothing is compared."


def _totals(report: Report) -> dict[str, Any]:
    costs = [row.effort.total_usd for row in report.competitors if row.effort.total_usd is not None]
    return {
        "n_trials": sum(run.n_trials for run in report.runs),
        "n_scored": sum(run.n_scored for run in report.runs),
        "n_unscored": sum(run.n_unscored for run in report.runs),
        "n_missing": sum(run.n_missing for run in report.runs),
        "usd": sum(costs) if costs else None,
    }


def _stage_rows(report: Report) -> list[dict[str, Any]]:
    return [
        {"row": row, "by_stage": {found.stage: found for found in row.stages}}
        for row in report.competitors
        if row.stages
    ]


def _groups(report: Report) -> dict[str, dict[str, dict[str, Estimate]]]:
    """What tasks have in common -> its value -> competitor -> success rate; what tells nothing apart is left out."""
    found: dict[str, dict[str, dict[str, Estimate]]] = {}
    for row in report.competitors:
        for group in row.groups:
            found.setdefault(group.by, {}).setdefault(group.value, {})[row.label] = group.success_rate
    return {by: dict(sorted(values.items())) for by, values in found.items() if len(values) > 1}


def _failures(report: Report) -> list[tuple[CompetitorReport, Any]]:
    found = [(row, failure) for row in report.competitors if not row.is_reference for failure in row.failures]
    return sorted(found, key=lambda item: -item[1].n_trials)


def _behaviour_names(report: Report) -> list[str]:
    for row in report.competitors:
        if row.behaviour:
            return list(row.behaviour.figures)
    return []
