"""The plots of a report, drawn by altair and written as SVG that reads on light and on dark pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from benchmark.stages import STAGES
from orchestration.reports.run_report.frontier import Point, pareto_frontier
from orchestration.reports.run_report.model import CompetitorReport, Report
from orchestration.reports.run_report.shown import interval, minutes, usd

if TYPE_CHECKING:
    import altair as alt

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999933", "#882255")
"""Okabe and Ito's colours without black and yellow, and two of Tol's: told apart by all eyes, on light and dark."""
_INK, _FAINT = "#010203", "#040506"
"""Stand for the page's own colours, which differ by theme."""
_WIDTH = 560
_MAX_LINES = 8
"""Competitors with a line of their own in a plot; more could not be told apart."""


def plots_of(report: Report, numbers: dict[str, int]) -> dict[str, str]:
    """Name of a plot -> SVG; those that would be empty are left out.

    Args:
        report: The report.
        numbers: Label of a competitor -> its line in the standings, by which the plots call it.
    """
    made: dict[str, Callable[[], Any]] = {
        "cost": lambda: _scatter(report, numbers, "cost"),
        "time": lambda: _scatter(report, numbers, "time"),
        "stages": lambda: _stages(report, numbers),
        "reliability": lambda: _reliability(report, numbers),
        "trend": lambda: _trend(report),
    }
    found = {}
    for name, make in made.items():
        chart = make()
        if chart is not None:
            found[name] = _svg(chart, name)
    return found


def _effort(row: CompetitorReport, what: str) -> float | None:
    return row.effort.trial_usd if what == "cost" else row.effort.agent_seconds


def _scatter(report: Report, numbers: dict[str, int], what: str) -> Any:
    """Success rate against cost or time, with intervals and the frontier as a step line; None = there is no point."""
    import altair as alt

    rows: list[dict[str, Any]] = []
    points: dict[str, Point] = {}
    for row in report.competitors:
        taken, solved = _effort(row, what), row.figures["success_rate"]
        if row.is_reference or taken is None or taken <= 0 or solved.mean is None or row.setting != 0:
            continue
        said = usd(taken) + " USD" if what == "cost" else minutes(taken)
        points[row.label] = Point(taken, solved.mean)
        rows.append(
            {
                "label": str(numbers[row.label]),
                "x": taken,
                "rate": solved.mean,
                "low": solved.mean if solved.low is None else solved.low,
                "high": solved.mean if solved.high is None else solved.high,
                "is_best": row.is_on_cost_frontier if what == "cost" else row.is_on_time_frontier,
                "said": f"{row.label}: SR {interval(solved)}, {said} a trial",
            }
        )
    if not rows:
        return None
    if what == "cost":
        scale, title, axis = alt.Scale(type="log", nice=True), "USD a trial (log)", alt.Axis(format="~g", tickCount=5)
    else:
        scale, title, axis = alt.Scale(zero=True, nice=True), "agent's seconds a trial", alt.Axis(tickCount=5)
    x = alt.X("x:Q", title=title, scale=scale, axis=axis)
    y = alt.Y("rate:Q", title="success rate", scale=alt.Scale(domain=[0, 1]))
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=x, description="said:N")
    best = sorted((point.taken, point.reached) for label, point in points.items() if label in pareto_frontier(points))
    line = (
        alt.Chart(alt.InlineData(values=[{"x": cost, "rate": score} for cost, score in best]))
        .mark_line(interpolate="step-after", color=COLOURS[1], strokeWidth=2)
        .encode(x=x, y=y)
    )
    bars = base.mark_rule(color=_FAINT, strokeWidth=1.5).encode(y=alt.Y("low:Q", title="success rate"), y2="high:Q")
    dots = base.mark_point(size=90, color=COLOURS[0], strokeWidth=2).encode(
        y=y, fill=alt.condition("datum.is_best", alt.value(COLOURS[0]), alt.value("transparent"))
    )
    names = base.mark_text(align="left", dx=9, dy=-7, color=_INK, fontSize=12).encode(y=y, text="label:N")
    return alt.layer(line, bars, dots, names).properties(width=_WIDTH, height=300)


def _named(report: Report, numbers: dict[str, int]) -> list[tuple[CompetitorReport, str]]:
    rows = [row for row in report.competitors if not row.is_reference and row.n_scored]
    return [(row, f"{numbers[row.label]} {_short(row.label)}") for row in rows[:_MAX_LINES]]


def _short(label: str, limit: int = 30) -> str:
    return label if len(label) <= limit else label[: limit - 1] + "…"


def _stages(report: Report, numbers: dict[str, int]) -> Any:
    """Share of pipelines that are right up to each stage, from raw to marts."""
    import altair as alt

    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "stage": found.stage,
            "share": found.right_up_to.mean,
            "said": f"{row.label}, right up to {found.stage}: {interval(found.right_up_to)}",
        }
        for row, name in _named(report, numbers)
        for found in row.stages
        if found.right_up_to.mean is not None
    ]
    if not rows:
        return None
    names = list(dict.fromkeys(row["name"] for row in rows))
    return (
        alt.Chart(alt.InlineData(values=rows))
        .mark_bar(cornerRadiusEnd=2)
        .encode(
            x=alt.X("stage:N", sort=list(STAGES), title=None, axis=alt.Axis(labelAngle=0)),
            xOffset=alt.XOffset("name:N", sort=names),
            y=alt.Y("share:Q", title="right up to here", scale=alt.Scale(domain=[0, 1])),
            color=_colour(names),
            description="said:N",
        )
        .properties(width=_WIDTH, height=260)
    )


def _reliability(report: Report, numbers: dict[str, int]) -> Any:
    """pass^1 to pass^k."""
    import altair as alt

    rows: list[dict[str, Any]] = [
        {"name": name, "k": k, "value": found.mean, "said": f"{row.label}: pass^{k} {interval(found)}"}
        for row, name in _named(report, numbers)
        for k, found in enumerate(row.pass_hat_curve, start=1)
        if len(row.pass_hat_curve) > 1 and found.mean is not None
    ]
    if not rows:
        return None
    names = list(dict.fromkeys(row["name"] for row in rows))
    return (
        alt.Chart(alt.InlineData(values=rows))
        .mark_line(point=True, strokeWidth=2)
        .encode(
            x=alt.X("k:O", title="k attempts, all of them right", axis=alt.Axis(labelAngle=0)),
            y=alt.Y("value:Q", title="pass^k", scale=alt.Scale(domain=[0, 1])),
            color=_colour(names),
            description="said:N",
        )
        .properties(width=_WIDTH, height=220)
    )


def _trend(report: Report) -> Any:
    """Success rate of each competitor from run to run."""
    import altair as alt

    order = [run.run_id for run in report.runs]
    rows: list[dict[str, Any]] = [
        {
            "name": _short(trend.competitor),
            "run": point.run_id,
            "rate": point.success_rate.mean,
            "low": point.success_rate.low,
            "high": point.success_rate.high,
            "said": f"{trend.competitor} in {point.run_id}: SR {interval(point.success_rate)}",
        }
        for trend in report.trends[:_MAX_LINES]
        for point in trend.points
    ]
    if not rows:
        return None
    names = list(dict.fromkeys(str(row["name"]) for row in rows))
    base = alt.Chart(alt.InlineData(values=rows)).encode(
        x=alt.X("run:N", sort=order, title=None, axis=alt.Axis(labelAngle=0)),
        color=_colour(names),
        description="said:N",
    )
    y = alt.Y("rate:Q", title="success rate", scale=alt.Scale(domain=[0, 1]))
    lines = base.mark_line(point=True, strokeWidth=2).encode(y=y)
    bars = base.transform_filter("datum.low != null").mark_rule().encode(y="low:Q", y2="high:Q")
    return alt.layer(bars, lines).properties(width=_WIDTH, height=220)


def _colour(names: Sequence[str]) -> alt.Color:
    import altair as alt

    scale = alt.Scale(domain=list(names), range=list(COLOURS[: len(names)]))
    return alt.Color("name:N", title=None, scale=scale, legend=alt.Legend(orient="bottom", columns=2, labelLimit=250))


def _svg(chart: Any, name: str) -> str:
    """A chart as SVG whose ink is the page's, whose marks say what they are, and whose names are its own."""
    import vl_convert

    grey = {
        "labelColor": _INK,
        "titleColor": _INK,
        "labelFontSize": 12,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    }
    chart = (
        chart.configure(background="transparent", font="system-ui, sans-serif", padding=6)
        .configure_axis(**grey, gridColor=_FAINT, gridOpacity=0.35, domainColor=_FAINT, tickColor=_FAINT)
        .configure_legend(labelColor=_INK, labelFontSize=12, symbolStrokeWidth=2)
        .configure_view(stroke=None)
    )
    svg = vl_convert.vegalite_to_svg(chart.to_dict())
    svg = svg.replace(_INK, "currentColor").replace(_FAINT, "#8a94a3")
    for place, own in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', svg))):  # they count on from plot to plot
        svg = re.sub(rf'(\bid="|url\(#){own}\b', rf"\g<1>{name}-{place}", svg)
    # What a screen reader hears of a mark is shown to others as the tooltip of a browser.
    return re.sub(r'<(path|text)([^>]* aria-label="([^"]*)"[^>]*?)/>', r"<\1\2><title>\3</title></\1>", svg)
