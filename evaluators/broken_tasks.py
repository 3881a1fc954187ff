"""Tasks that a trial found broken: the solution does not build, the oracle does not pass, or the idle agent does.

Such a task is scored for nobody. What was found is kept on this machine, for the files of the task and its world as
they were: a changed file, or a later trial with the right end, takes it back.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.files import hash_folder, write_json_atomic
from benchmark.paths import home_dir
from benchmark.task import Task

if TYPE_CHECKING:
    from benchmark.run_store import TrialPlan
    from benchmark.scorecard import Scorecard
    from evaluators.pipeline.gold import GoldBrokenError

WITNESSES = ("oracle", "idle")
"""Agents whose result is known beforehand, so that another one says something of the task."""
_GOLD = "gold"


def learn_from(plan: TrialPlan, task: Task, card: Scorecard) -> None:
    """Keep what a trial says of its task; one of another agent, or on other data than the task's own, says nothing.

    Args:
        plan: The trial.
        task: Its task.
        card: Its result.
    """
    world = task.world.spec
    is_usual = plan.dials(plan.visible_seed) == world.dials()
    if card.status == "scored":
        _path(task, _GOLD).unlink(missing_ok=True)
    if plan.agent not in WITNESSES or card.status == "unscored" or not is_usual:
        return
    is_whole = set(task.spec.scenarios) <= set(plan.scenarios)
    path = _path(task, plan.agent)
    place = f"{plan.run_id}/{plan.trial_id}"
    if plan.agent == "oracle" and not card.success:
        from evaluators.scoring.first_mismatch import first_mismatch

        _keep(path, task, f"the oracle does not pass ({place}: {first_mismatch(card)})")
    elif plan.agent == "idle" and card.success and is_whole:
        _keep(path, task, f"the idle agent passes, so the start is right already ({place})")
    elif is_whole:
        path.unlink(missing_ok=True)


def learn_from_gold(task: Task, error: GoldBrokenError) -> None:
    """Keep that a task's solution does not build."""
    _keep(_path(task, _GOLD), task, str(error))


def known_fault(task: Task) -> str:
    """What trials found of a task; empty = nothing."""
    if not _folder().is_dir():
        return ""
    found = [_read(_path(task, witness), task) for witness in (_GOLD, *WITNESSES)]
    return "; ".join(filter(None, found))


def broken_reason(fault: str, task: Task) -> str:
    """Why a trial on a broken task has no verdict, and what to do."""
    return f"The task is broken: {fault.rstrip('.')}. Mend it; `lockgate check --level trial {task.id}` tries it again."


def _path(task: Task, witness: str) -> Path:
    return _folder() / f"{task.id}.{witness}.json"


def _folder() -> Path:
    return home_dir() / "broken_tasks"


def _keep(path: Path, task: Task, fault: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json_atomic(path, {"fault": fault, "files": _fingerprint(task)})


def _read(path: Path, task: Task) -> str:
    if not path.is_file():
        return ""
    content = json.loads(path.read_text(encoding="utf-8"))
    return str(content["fault"]) if content["files"] == _fingerprint(task) else ""


def _fingerprint(task: Task) -> str:
    """Changes with every file that decides what the task is."""
    from sources.generated_cache import fingerprint  # both import duckdb
    from sources.registry import load_sources

    world = task.world
    parts = [hash_folder(task.folder), hash_folder(world.project_dir), fingerprint(load_sources(world.id))]
    parts += [(world.folder / name).read_text(encoding="utf-8") for name in ("world.yaml", "tables.yaml")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
