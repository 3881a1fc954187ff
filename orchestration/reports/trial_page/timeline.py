"""The trajectory as a timeline: each step with its time, its first line, and its share of the budget."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agents.trajectory import Call, Step, Trajectory, cut
from benchmark.border import plain_text, visible_text
from benchmark.budget import Budget

MAX_STEPS = 800
"""Steps that are shown; `lockgate show --trajectory` has all."""
MAX_TEXT = 6_000
"""Characters of a text that are shown."""
MAX_ALL = 1_500_000
"""Characters of all texts, about; the steps after that have their first line only."""
_FIRST_LINE = 160
_COMMAND_KEYS = ("command", "cmd", "script", "code", "sql", "query", "path", "file_path")
"""Arguments that say what a call does, the most telling first."""
_WRITERS = re.compile(r"write|edit|patch|create|replace|insert", re.IGNORECASE)
_DBT = re.compile(r"(?:^|[\s;&|(])dbt\s+\w")


@dataclass(frozen=True)
class Entry:
    """A step as it is shown."""

    index: int
    clock: str
    """Since the start, `+mm:ss`; empty where a time cannot be read."""
    who: str
    tool: str
    line: str
    """First line of the text, or of what the call does."""
    exit_code: int | None
    n_tokens: int | None
    cost_usd: float | None
    share: float | None
    """Share of the budget that is used up after it, 0-1, of the limit that is nearest; None = nothing is known."""
    limit: str
    """Which limit that is."""
    kinds: str
    """What it can be filtered by: failed, dbt, write."""
    text: str
    calls: tuple[tuple[str, str], ...]
    """Tool and arguments of each call."""


def read_timeline(trajectory: Trajectory, budget: Budget | None) -> list[Entry]:
    """The steps of an agent.

    Args:
        trajectory: What it did.
        budget: Its limits; None = not known.
    """
    return list(_entries(trajectory, budget))


def _entries(trajectory: Trajectory, budget: Budget | None) -> Iterator[Entry]:
    start = _time(trajectory.header.time)
    spent = {"steps": 0.0, "tokens": 0.0, "cost": 0.0, "time": 0.0}
    limits = _limits(budget)
    n_left = MAX_ALL
    dbt_calls: set[str] = set()
    for step in trajectory.steps[:MAX_STEPS]:
        now = _time(step.time)
        seconds = (now - start).total_seconds() if start and now else None
        spent["time"] = max(spent["time"], seconds or 0.0)
        if step.usage:
            spent["steps"] += 1
            spent["tokens"] += step.usage.total
            spent["cost"] += step.cost_usd or 0.0
        shares = {name: spent[name] / limits[name] for name in limits}
        nearest = max(shares, key=lambda name: shares[name]) if shares else ""
        text = cut(visible_text(step.text), MAX_TEXT)[:n_left]
        calls = tuple((plain_text(c.tool, 80), _arguments(c)[:n_left]) for c in step.calls)
        n_left = max(0, n_left - len(text) - sum(len(arguments) for _, arguments in calls))
        yield Entry(
            index=step.index,
            clock=_clock(seconds),
            who=plain_text(" ".join(filter(None, (step.role, step.part, step.model))), 80),
            tool=plain_text(step.tool or ", ".join(dict.fromkeys(c.tool for c in step.calls)), 80),
            line=_first_line(step),
            exit_code=step.exit_code,
            n_tokens=step.usage.total if step.usage else None,
            cost_usd=step.cost_usd,
            share=shares.get(nearest),
            limit=nearest,
            kinds=_kinds(step, dbt_calls),
            text=text,
            calls=calls,
        )


def _limits(budget: Budget | None) -> dict[str, float]:
    if budget is None:
        return {}
    return {
        "steps": budget.steps, "tokens": budget.tokens, "cost": budget.cost_usd, "time": budget.wall_seconds,
    }  # fmt: skip


def _time(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None


def _clock(seconds: float | None) -> str:
    if seconds is None or not 0 <= seconds < 1e7:
        return ""
    return f"+{int(seconds) // 60:02}:{int(seconds) % 60:02}"


def _first_line(step: Step) -> str:
    """What a person sees of a folded step."""
    first = next((line for line in step.text[:2_000].split("\n") if line.strip()), "")
    said = plain_text(first, _FIRST_LINE)
    does = "; ".join(_command(call) for call in step.calls[:3])
    return " → ".join(filter(None, (said, does)))


def _command(call: Call) -> str:
    if isinstance(call.arguments, str):
        return plain_text(call.arguments, _FIRST_LINE)
    found = next((call.arguments[key] for key in _COMMAND_KEYS if isinstance(call.arguments.get(key), str)), None)
    if found is None:
        found = json.dumps(call.arguments, ensure_ascii=False) if call.arguments else call.tool
    return plain_text(found, _FIRST_LINE)


def _kinds(step: Step, dbt_calls: set[str]) -> str:
    """Filters that show a step; the answer to a call of dbt is dbt's, too."""
    kinds = {"failed"} if step.exit_code else set()
    for call in step.calls:
        if call.tool == "dbt" or _DBT.search(_command(call)):
            kinds.add("dbt")
            dbt_calls.add(call.id)
        if _WRITERS.search(call.tool):
            kinds.add("write")
    if step.tool == "dbt" or (step.call_id and step.call_id in dbt_calls):
        kinds.add("dbt")
    return " ".join(sorted(kinds))


def _arguments(call: Call) -> str:
    if isinstance(call.arguments, str):
        text = call.arguments
    else:
        text = "\n".join(f"{name}: {_text(value)}" for name, value in call.arguments.items())
    return cut(visible_text(text), MAX_TEXT)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
