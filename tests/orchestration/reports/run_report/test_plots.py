"""What stands at the axes of a report's plots."""

import re

import pytest

from orchestration.reports.run_report.build import build_report
from orchestration.reports.run_report.plots import plots_of
from orchestration.reports.run_report.read import read_runs
from tests.helpers.made_up_runs import card_of, plan_made_up, store_cards


def labels_of_x(svg: str) -> list[str]:
    """Numbers at the ticks of the first axis that has any."""
    axis = re.search(r'aria-label="X-axis titled.*?(?=aria-label="Y-axis titled)', svg, re.DOTALL)
    assert axis
    labels = re.search(r'class="mark-text role-axis-label".*?</g>', axis.group(), re.DOTALL)
    assert labels
    return [text for text in re.findall(r">([^<>]+)</text>", labels.group()) if text.strip()]


@pytest.mark.parametrize("seconds", [0.004, 0.3, 1.2, 45.0, 900.0, 40_000.0])
def test_ticks_of_the_time_axis_differ(seconds: float) -> None:
    plans = [plan_made_up("r", "a_task", f"agent_{number}", None) for number in range(2)]
    cards = [card_of(plan, seconds=seconds * (number + 1)) for number, plan in enumerate(plans)]
    store_cards("r", plans, cards)
    report = build_report(read_runs(["r"]))
    svg = plots_of(report, {row.label: place for place, row in enumerate(report.competitors, start=1)})["time"]
    labels = labels_of_x(svg)
    assert len(labels) >= 3
    assert len(set(labels)) == len(labels), labels
