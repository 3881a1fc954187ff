"""Reading what a report is made of: the trials of runs, and which runs can be averaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.behaviour import Behaviour
from agents.registry import is_reference
from agents.trajectory import read_trajectory
from benchmark.errors import LockgateError
from benchmark.run_store import RunPlan, RunStore, TrialPlan, TrialStore
from benchmark.scorecard import Competitor, Scorecard
from orchestration.reports.trajectory import behaviour_of


@dataclass(frozen=True)
class TrialRecord:
    """A trial that is done."""

    store: TrialStore
    card: Scorecard
    behaviour: Behaviour | None
    """None = the agent keeps no trajectory."""

    @property
    def name(self) -> str:
        """`RUN/TRIAL`."""
        return f"{self.card.trial.run_id}/{self.card.trial.trial_id}"


@dataclass(frozen=True)
class RunRecord:
    """A run with its trials that are done."""

    plan: RunPlan
    planned_at: str
    trials: tuple[TrialRecord, ...]
    n_missing: int


@dataclass
class Entrant:
    """A competitor in the runs of one setting."""

    label: str
    competitor: Competitor
    setting: int
    trials: list[TrialRecord] = field(default_factory=list)

    @property
    def cards(self) -> list[Scorecard]:
        """Its scorecards."""
        return [trial.card for trial in self.trials]

    @property
    def is_reference(self) -> bool:
        """Whether it is one of ours, that shows floor and ceiling."""
        return is_reference(self.competitor.agent)


def read_runs(run_ids: Sequence[str]) -> list[RunRecord]:
    """Read the trials of runs that are done, the oldest run first.

    Raises:
        LockgateError: There is no such run, a file is damaged, or no trial has a verdict.
    """
    return read_stores([RunStore(run_id) for run_id in dict.fromkeys(run_ids)])


def read_stores(stores: Sequence[RunStore]) -> list[RunRecord]:
    """Read runs wherever they lie, as `read_runs` does."""
    runs = [_read_run(store) for store in stores]
    if not any(trial.card.status == "scored" for run in runs for trial in run.trials):
        listed = ", ".join(run.plan.run_id for run in runs)
        n_done = sum(len(run.trials) for run in runs)
        advice = f"`lockgate show {runs[0].plan.run_id}` says why." if n_done else "Run it first."
        what = f"none of its {n_done} trials has a verdict" if n_done else "no trial is done yet"
        raise LockgateError(f"Nothing to report of run {listed}: {what}. {advice}")
    return sorted(runs, key=lambda run: (run.planned_at, run.plan.run_id))


def _read_run(store: RunStore) -> RunRecord:
    plan = store.read_plan()
    found = [_read_trial(store.trial(trial.trial_id)) for trial in plan.trials]
    trials = tuple(trial for trial in found if trial is not None)
    return RunRecord(plan, store.planned_at(plan), trials, len(found) - len(trials))


def _read_trial(store: TrialStore) -> TrialRecord | None:
    card = store.read_scorecard()
    if card is None:
        return None
    path = store.trajectory_path
    behaviour = behaviour_of(store, read_trajectory(path), card) if path.is_file() else None
    return TrialRecord(store, card, behaviour)


def group_settings(runs: Sequence[RunRecord]) -> list[list[RunRecord]]:
    """Group the runs that can be averaged: the same tools, and the same data and scenarios of every common task."""
    groups: list[list[RunRecord]] = []
    for run in runs:
        fitting = next((group for group in groups if all(differences(run, other) == [] for other in group)), None)
        if fitting is None:
            groups.append([run])
        else:
            fitting.append(run)
    return groups


def differences(first: RunRecord, second: RunRecord) -> list[str]:
    """Why two runs cannot be averaged, one phrase a reason; empty = they can."""
    reasons = []
    names = sorted(first.plan.versions.keys() | second.plan.versions.keys())
    for name in names:
        ours, theirs = first.plan.versions.get(name, "none"), second.plan.versions.get(name, "none")
        if ours != theirs:
            reasons.append(f"{name} {ours} against {theirs}")
    settings = [{trial.task: _setting(trial) for trial in run.plan.trials} for run in (first, second)]
    for task in sorted(settings[0].keys() & settings[1].keys()):
        ours_of, theirs_of = settings[0][task], settings[1][task]
        changed = [
            f"{name} {ours_of[name]} against {theirs_of[name]}" for name in ours_of if ours_of[name] != theirs_of[name]
        ]
        if changed:
            reasons.append(f"{task}: {', '.join(changed)}")
    versions = [task_versions(run) for run in (first, second)]
    for task in sorted(versions[0].keys() & versions[1].keys()):
        if versions[0][task] != versions[1][task]:
            reasons.append(f"{task}: version {versions[0][task]} against {versions[1][task]}")
    return reasons


def task_versions(run: RunRecord) -> dict[str, str]:
    """Task -> its version in a run; one that changed meanwhile has several. Those of old runs are not known."""
    found: dict[str, set[str]] = {}
    for trial in run.trials:
        identity = trial.card.trial
        if identity.task_state:
            found.setdefault(identity.task, set()).add(identity.task_state.version)
    return {task: " and ".join(sorted(versions)) for task, versions in found.items()}


def _setting(trial: TrialPlan) -> dict[str, object]:
    """What decides the data and the verdicts of a trial, beside who competes and the holdout seed."""
    return {
        "days": trial.days,
        "scale": trial.scale,
        "visible seed": trial.visible_seed,
        "scenarios": " ".join(trial.scenarios),
    }


def find_entrants(groups: Sequence[Sequence[RunRecord]]) -> list[Entrant]:
    """Who competed, in each setting; a label says the runs where there are several settings."""
    entrants: list[Entrant] = []
    for setting, runs in enumerate(groups):
        where = f" [{', '.join(run.plan.run_id for run in runs)}]" if len(groups) > 1 else ""
        found: dict[Competitor, Entrant] = {}
        for run in runs:
            for trial in run.trials:
                competitor = trial.card.trial.competitor
                entrant = found.setdefault(competitor, Entrant(competitor.name + where, competitor, setting))
                entrant.trials.append(trial)
        entrants += found.values()
    return entrants
