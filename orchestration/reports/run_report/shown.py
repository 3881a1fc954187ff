"""Figures as people read them; a dash is a figure that nobody has."""

from __future__ import annotations

from orchestration.reports.console import number
from orchestration.reports.run_report.model import Estimate


def interval(found: Estimate) -> str:
    """A figure with its interval, `0.41 (0.28-0.55)`."""
    return number(found.mean) + ("" if found.low is None else f" ({number(found.low)}-{number(found.high)})")


def signed(found: Estimate) -> str:
    """A difference with its interval, `+0.03 (-0.06 to +0.12)`."""
    if found.mean is None:
        return "-"
    ends = "" if found.low is None else f" ({found.low:+.2f} to {found.high:+.2f})"
    return f"{found.mean:+.2f}{ends}"


def usd(value: float | None) -> str:
    """US dollars; small sums keep two digits that say something."""
    if value is None:
        return "-"
    return f"{value:.2f}" if value >= 0.1 or value == 0 else f"{value:.2g}"


def minutes(seconds: float | None) -> str:
    """A time in minutes, or in seconds below two minutes."""
    if seconds is None:
        return "-"
    return f"{seconds / 60:.1f} min" if seconds >= 120 else f"{seconds:.1f} s"


def count(value: float | None) -> str:
    """A large number in short: 950, 12k, 1.2M."""
    if value is None:
        return "-"
    if value >= 999_500:
        return f"{value / 1_000_000:.1f}M"
    return f"{value / 1_000:.0f}k" if value >= 9_950 else f"{value:,.1f}".removesuffix(".0")
