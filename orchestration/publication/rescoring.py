"""Scoring stored submissions a second time, beside what is stored, and what differs then."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmark.cache import find_entry, in_use
from benchmark.paths import cache_dir
from benchmark.run_store import RunPlan, RunStore, TrialPlan, TrialStore
from benchmark.scorecard import Scorecard
from benchmark.versions import tool_versions
from evaluators.pipeline.run_keys import code_hash
from orchestration.publication.broken_rules import BrokenRule
from orchestration.publication.outcome import Watch
from orchestration.trial import run_trial
from runtime.fork_client import ForkRuntime
from runtime.sandbox.registry import DEFAULT

_CODE = ("benchmark", "evaluators", "runtime", "sources", "orchestration/trial.py")
"""Our code that a verdict depends on. After a change there, submissions are scored again."""
_BESIDE = ("timing_seconds", "versions")
"""Parts of a scorecard that two scorings need not have in common."""
MAX_DIFFERENCES = 3
"""Differences of one scorecard that are told."""


def check_verdicts(
    runs: Sequence[tuple[RunStore, RunPlan]],
    versions: Mapping[str, str],
    *,
    n_parallel: int,
    is_foreign: bool,
    watch: Watch,
) -> list[BrokenRule]:
    """Score the stored submissions of runs again and compare; what was scored again earlier is not done twice.

    Args:
        runs: The runs; nothing in them is written. Each trial has a scorecard with a verdict, and a submission.
        versions: Version of each task.
        n_parallel: Trials at once, from 1.
        is_foreign: Whether the files come from somebody else: then nobody's submission is trusted, whoever it says
            that it is of.
        watch: Shows how it goes on.

    Returns:
        A rule for each trial that has another verdict now, or none.
    """
    trials = [(store, trial) for store, plan in runs for trial in plan.trials]
    with (
        in_use("a second scoring"),
        watch(len(trials)) as watcher,
        ForkRuntime() as runtime,
        ThreadPoolExecutor(n_parallel) as pool,
    ):
        runtime.warm("judge")

        def again(item: tuple[RunStore, TrialPlan]) -> BrokenRule | None:
            store, stored = item
            trial = _behind_walls(stored) if is_foreign else stored
            copy = _copy_of(store.trial(trial.trial_id), trial, versions[trial.task])
            card = run_trial(trial, runtime, lambda step: watcher.step(trial, step), elsewhere=copy)
            watcher.done(trial, card)
            return _compare(store, trial, card)

        rules = list(pool.map(again, trials))
    return [rule for rule in rules if rule is not None]


def differences(stored: Scorecard, again: Scorecard) -> list[str]:
    """Where two scorecards of one submission differ, one phrase each; times and versions of tools do not count."""
    before, after = (card.model_dump(mode="json", exclude=set(_BESIDE)) for card in (stored, again))
    return list(_differences("", before, after))


def _differences(place: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in [*before, *(name for name in after if name not in before)]:
            yield from _differences(f"{place}.{name}" if place else name, before.get(name), after.get(name))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(f"{place}[{_label(one, number)}]", one, other)
    elif before != after:
        yield f"{place} is {_short(before)}, scored again {_short(after)}"


def _label(item: Any, number: int) -> str:
    """What a record of a list is called: its scenario, table or fault, else its place."""
    names = (item.get(name) for name in ("scenario", "table", "fault", "name")) if isinstance(item, dict) else ()
    return str(next((name for name in names if name), number))


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _compare(store: RunStore, trial: TrialPlan, again: Scorecard) -> BrokenRule | None:
    place = f"{store.run_id}/{trial.trial_id}"
    stored = store.trial(trial.trial_id).read_scorecard()
    if stored is None:
        return BrokenRule(place, "has lost its scorecard meanwhile")
    if again.status == "unscored":
        return BrokenRule(place, f"could not be scored again: {again.unscored_reason}", is_unscored=True)
    found = differences(stored, again)
    if not found:
        return None
    more = f" and {len(found) - MAX_DIFFERENCES} more differences" if len(found) > MAX_DIFFERENCES else ""
    return BrokenRule(
        place,
        f"has another verdict when it is scored again: {'; '.join(found[:MAX_DIFFERENCES])}{more}{_tools(stored)}",
    )


def _tools(stored: Scorecard) -> str:
    """Say which tools have other versions now, since that may be why a verdict differs."""
    now = tool_versions()
    changed = [
        f"{name} {version} (now {now[name]})"
        for name, version in sorted(stored.versions.items())
        if now.get(name, version) != version
    ]
    return f" (scored with {', '.join(changed)})" if changed else ""


def _behind_walls(trial: TrialPlan) -> TrialPlan:
    is_walled = trial.sandbox not in (None, "none")
    return trial if is_walled else trial.model_copy(update={"sandbox": DEFAULT})


def _copy_of(trial: TrialStore, plan: TrialPlan, version: str) -> TrialStore:
    """A copy of a submission in the cache, by everything that its verdict depends on; it keeps the second scorecard."""
    parts = [plan.model_dump_json(), version, str(tool_versions()), code_hash(_CODE)]
    files = [path for path in (trial.patch_path, trial.agent_path, trial.collected_path) if path.is_file()]
    parts += [f"{path.name} {hashlib.sha256(path.read_bytes()).hexdigest()}" for path in files]
    key = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
    copy = TrialStore(cache_dir() / "rescored" / key)
    copy.folder.mkdir(parents=True, exist_ok=True)
    find_entry(copy.folder)  # marks it as used
    for path in files:
        if not (copy.folder / path.name).is_file():
            staged = copy.folder / f".{path.name}.tmp"
            shutil.copyfile(path, staged)
            staged.replace(copy.folder / path.name)
    return copy
