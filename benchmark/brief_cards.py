"""Scorecards without their evidence: what lists and standings need of a run of thousands of trials.

A scorecard has tens of kilobytes of rows and messages. What is left without them is kept in the cache, for the files as
they were, so that a list need not read a run's hundreds of megabytes each time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from pydantic_core import from_json

from benchmark.cache import read_entry, write_entry
from benchmark.paths import cache_dir
from benchmark.run_store import RunStore, damaged_scorecard
from benchmark.scorecard import IS_BOUNDED, Scorecard

_EVIDENCE = ("scenarios", "lint", "versions", "submission")
"""Left out."""
_FORMAT = 2
"""Counts up when what is kept changes."""


def read_brief_cards(run: RunStore, trial_ids: Iterable[str] | None = None) -> list[Scorecard]:
    """As `read_briefs`, as scorecards."""
    return [Scorecard.model_validate(brief, context=IS_BOUNDED) for brief in read_briefs(run, trial_ids)]


def read_briefs(run: RunStore, trial_ids: Iterable[str] | None = None) -> list[dict[str, Any]]:
    """Read the scorecards of those trials that are done, as JSON, without scenarios, lint, versions and submission.

    Fields that have their default are left out, too.

    Args:
        run: The run.
        trial_ids: Its trials; the scorecards are in their order. None = all of the run's plan.

    Raises:
        LockgateError: There is no such run, or a scorecard is damaged.
    """
    entry = cache_dir() / "brief_scorecards" / f"{run.run_id}.json"
    kept = _read_kept(read_entry(entry))
    has_changed = False
    if trial_ids is None:
        stamp = _stamp(f"{run.plan_path}")
        if stamp is None or kept.plan != stamp:
            has_changed = True
            kept = kept._replace(plan=stamp, trial_ids=[trial.trial_id for trial in run.read_plan().trials])
        trial_ids = kept.trial_ids
    found: dict[str, dict[str, Any]] = {}
    for trial_id in trial_ids:
        stamp = _stamp(f"{run.folder}/trials/{trial_id}/scorecard.json")
        if stamp is None:
            continue
        old = kept.cards.get(trial_id)
        if old is None or old["stamp"] != stamp:
            has_changed = True
            old = {"stamp": stamp, "card": _read_brief(run, trial_id)}
        found[trial_id] = old
    if has_changed:
        content = kept._replace(cards=kept.cards | found)._asdict()
        with suppress(OSError):  # a home that cannot be written is read all the same
            write_entry(entry, json.dumps({"format": _FORMAT, **content}, ensure_ascii=False))
    return [item["card"] for item in found.values()]


class _Kept(NamedTuple):
    """What was read last."""

    cards: dict[str, Any]
    """Trial -> `stamp` of its scorecard, and `card`."""
    plan: list[int] | None
    """Stamp of the run's plan; None = it was not read."""
    trial_ids: list[str]
    """In the order of the plan."""


def _read_kept(text: str | None) -> _Kept:
    with suppress(ValueError, KeyError, TypeError):
        content = from_json(text or "")
        if content["format"] == _FORMAT:
            return _Kept(dict(content["cards"]), content["plan"], list(content["trial_ids"]))
    return _Kept({}, None, [])


def _stamp(path: str) -> list[int] | None:
    """What changes with a file; None = there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 - thousands of them
    except FileNotFoundError:
        return None
    return [status.st_mtime_ns, status.st_size]


def _read_brief(run: RunStore, trial_id: str) -> dict[str, Any]:
    path = run.trial(trial_id).scorecard_path
    try:
        content = from_json(path.read_bytes())
        if not isinstance(content, dict):
            raise ValueError("it is no mapping")
        brief = {name: value for name, value in content.items() if name not in _EVIDENCE}
        card = Scorecard.model_validate(brief)
    except ValueError as error:
        raise damaged_scorecard(path, error) from error
    return card.model_dump(mode="json", exclude_defaults=True)
