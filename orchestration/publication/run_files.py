"""The files of a run as they are published: what the store has, without paths of this machine and without secrets."""

from __future__ import annotations

import hashlib
from pathlib import Path

from benchmark.files import write_atomic
from benchmark.machine_paths import find_machine_path, hide_machine_paths
from benchmark.redact import redact, redact_bytes
from benchmark.run_store import CHECKSUMS_NAME, RunPlan, RunStore, TrialPlan, TrialStore
from orchestration.publication.broken_rules import BrokenRule

_TEXTS = ("collected.json", "agent.json", "scorecard.json", "trajectory.jsonl")
"""Files of a trial that are published as texts. Logs stay: they are large, and every scoring makes them again."""


def write_run(store: RunStore, plan: RunPlan, planned_at: str, folder: Path) -> RunPlan:
    """Write the published files of a run into a new folder; the same run gives the same bytes.

    Args:
        store: The run in the store.
        plan: Its plan.
        planned_at: When it was planned, ISO 8601.
        folder: Must not exist yet; named as the run.

    Returns:
        The plan as it is published.
    """
    trials = tuple(_publish_plan(trial) for trial in plan.trials)
    published = plan.model_copy(update={"trials": trials, "planned_at": planned_at})
    target = RunStore(plan.run_id, folder.parent)
    write_atomic(target.plan_path, _clean(published.model_dump_json(indent=2)) + "\n")
    for trial in trials:
        _write_trial(store.trial(trial.trial_id), trial, target.trial(trial.trial_id))
    write_atomic(folder / CHECKSUMS_NAME, checksums_text(folder))
    return published


def checksums_text(folder: Path) -> str:
    """A line for each file of a published run but this one, sorted, as `sha256sum` writes them."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return "".join(
        f"{hashlib.sha256((folder / name).read_bytes()).hexdigest()}  {name}\n"
        for name in names
        if name != CHECKSUMS_NAME
    )


def read_checksums(folder: Path) -> dict[str, str]:
    """File -> hash, as a published run lists them; a line that is none is left out."""
    path = folder / CHECKSUMS_NAME
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []
    found = (line.partition("  ") for line in lines)
    return {name: digest for digest, separator, name in found if separator}


def check_patches(store: RunStore, plan: RunPlan) -> list[BrokenRule]:
    """Say which submissions hold a secret or a path of this machine: what is scored is the patch as it is."""
    rules = []
    for trial in plan.trials:
        path = store.trial(trial.trial_id).patch_path
        if not path.is_file():
            continue
        content = path.read_bytes()
        what = "a secret of this machine" if redact_bytes(content) != content else _path_in(content)
        if what:
            place = f"{plan.run_id}/{trial.trial_id}"
            rules.append(BrokenRule(place, f"submission.patch holds {what}, and cannot be published. Run it again"))
    return rules


def _path_in(content: bytes) -> str:
    found = find_machine_path(content.decode(errors="replace"))
    return f"a path of this machine ({found})" if found else ""


def _publish_plan(trial: TrialPlan) -> TrialPlan:
    """A trial's plan without where its agent's file lies and where its model is reached."""
    model = trial.model.model_copy(update={"base_url": None}) if trial.model else None
    return trial.model_copy(update={"agent_source": Path(trial.agent_source).name, "model": model})


def _write_trial(source: TrialStore, plan: TrialPlan, target: TrialStore) -> None:
    write_atomic(target.plan_path, _clean(plan.model_dump_json(indent=2)) + "\n")
    target.patch_path.write_bytes(source.patch_path.read_bytes())
    for name in _TEXTS:
        path = source.folder / name
        if path.is_file():
            write_atomic(target.folder / name, _clean(path.read_text(encoding="utf-8", errors="replace")))


def _clean(text: str) -> str:
    return hide_machine_paths(redact(text))
