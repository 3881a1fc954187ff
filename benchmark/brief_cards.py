"""Scorecards without their evidence: what lists and standings need of a run of thousands of trials.

A scorecard has tens of kilobytes of rows and messages. What is left without them is kept in the cache, for the files as
they were, so that a list need not read a run's hundreds of megabytes each time.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from pydantic_core import from_json

from benchmark.cache import read_entry, write_entry
from benchmark.errors import LockgateError
from benchmark.paths import cache_dir
from benchmark.run_store import RunStore
from benchmark.scorecard import Scorecard

_EVIDENCE = ("scenarios", "lint", "versions", "submission")
"""Left out."""
_FORMAT = 1
"""Counts up when `_EVIDENCE` changes."""


def read_brief_cards(run: RunStore, trial_ids: Iterable[str]) -> list[Scorecard]:
    """As `read_briefs`, as scorecards."""
    return [Scorecard.model_validate(brief) for brief in read_briefs(run, trial_ids)]


def read_briefs(run: RunStore, trial_ids: Iterable[str]) -> list[dict[str, Any]]:
    """Read the scorecards of those trials that are done, as JSON, without scenarios, lint, versions and submission.

    Args:
        run: The run.
        trial_ids: Its trials; the scorecards are in their order.

    Raises:
        LockgateError: A scorecard is damaged.
    """
    entry = cache_dir() / "brief_scorecards" / f"{run.run_id}.json"
    known = _read_known(read_entry(entry))
    found: dict[str, dict[str, Any]] = {}
    has_changed = False
    for trial_id in trial_ids:
        path = f"{run.folder}/trials/{trial_id}/scorecard.json"
        try:
            status = os.stat(path)  # noqa: PTH116 - thousands of them
        except FileNotFoundError:
            continue
        stamp = [status.st_mtime_ns, status.st_size]
        old = known.get(trial_id)
        if old is None or old["stamp"] != stamp:
            has_changed = True
            old = {"stamp": stamp, "card": _read_brief(run, trial_id)}
        found[trial_id] = old
    if has_changed:
        with suppress(OSError):  # a home that cannot be written is read all the same
            write_entry(entry, json.dumps({"format": _FORMAT, "cards": known | found}, ensure_ascii=False))
    return [item["card"] for item in found.values()]


def _read_known(text: str | None) -> dict[str, dict[str, Any]]:
    """Trial -> `stamp` and `card`, as they were written last."""
    with suppress(ValueError, KeyError, TypeError):
        content = from_json(text or "")
        if content["format"] == _FORMAT:
            return dict(content["cards"])
    return {}


def _read_brief(run: RunStore, trial_id: str) -> dict[str, Any]:
    path = run.trial(trial_id).scorecard_path
    try:
        content = from_json(path.read_bytes())
        if not isinstance(content, dict):
            raise ValueError("it is no mapping")
        brief = {name: value for name, value in content.items() if name not in _EVIDENCE}
        Scorecard.model_validate(brief)
    except ValueError as error:
        raise LockgateError(
            f"{path} is not a scorecard of format 1: {error}. Delete it, then `lockgate score`."
        ) from error
    return brief
