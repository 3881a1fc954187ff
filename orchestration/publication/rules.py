"""The rules for a run of a leaderboard that need nothing but its files."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from agents.registry import is_reference
from agents.trajectory import read_trajectory
from benchmark.errors import LockgateError
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore, TrialPlan, TrialStore
from benchmark.scorecard import Scorecard
from orchestration.publication.broken_rules import BrokenRule, listed

MIN_ATTEMPTS = 3
"""Of each competitor on each task: fewer say little of how reliable it is."""


def check_run(store: RunStore, plan: RunPlan, suite: str, tasks: Sequence[str]) -> list[BrokenRule]:
    """Check a run against every rule but the second scoring; all that are broken are told.

    Args:
        store: The run, in the store or in a leaderboard's folder.
        plan: Its plan.
        suite: Name of the suite.
        tasks: All tasks of the suite.

    Raises:
        LockgateError: A file is damaged.
    """
    place = f"run {plan.run_id}"
    if not plan.trials:
        return [BrokenRule(place, "has no trial")]
    return [
        *(BrokenRule(place, message) for message in _check_plan(plan, suite, tasks)),
        *(BrokenRule(place, message) for message in _check_settings(plan, tasks)),
        *_check_trials(store, plan, place),
    ]


def _check_plan(plan: RunPlan, suite: str, tasks: Sequence[str]) -> Iterator[str]:
    """All tasks, no others, often enough."""
    attempts = Counter((trial.competitor.name, trial.task) for trial in plan.trials)
    others = sorted({trial.task for trial in plan.trials} - set(tasks))
    if others:
        yield f"has tasks that are not in the suite {suite}: {listed(others)}. Publish a run of `--tasks tag:{suite}`"
    for name in sorted({name for name, _ in attempts}):
        missing = [task for task in tasks if not attempts[name, task]]
        few = [
            f"{task} ({attempts[name, task]})" for task in tasks if 0 < attempts[name, task] < MIN_ATTEMPTS
        ]  # fmt: skip
        if missing:
            yield (
                f"{name} has no trial of {listed(missing)}; the suite {suite} has {len(tasks)} tasks. "
                f"Add them: lockgate run --run-id {plan.run_id} --tasks tag:{suite}"
            )
        if few:
            yield (
                f"{name} has fewer than {MIN_ATTEMPTS} attempts at {listed(few)}. "
                f"Add them: lockgate run --run-id {plan.run_id} --attempts {MIN_ATTEMPTS}"
            )


def _check_settings(plan: RunPlan, tasks: Sequence[str]) -> Iterator[str]:
    """The data and scenarios are the tasks' own: with easier ones, figures would not be comparable."""
    changed: dict[str, list[str]] = {}
    for trial in plan.trials:
        if trial.task not in tasks:
            continue
        task = get_task(trial.task)
        world = task.world.spec
        settings = {
            "scenarios": (set(trial.scenarios), set(task.spec.scenarios)),
            "days": (trial.days, world.days),
            "scale": (trial.scale, world.scale),
            "visible seed": (trial.visible_seed, world.visible_seed),
        }
        for name, (ours, own) in settings.items():
            if ours != own:
                changed.setdefault(name, []).append(trial.trial_id)
        if trial.holdout_seed == trial.visible_seed:
            changed.setdefault("holdout seed", []).append(trial.trial_id)
    for name, trials in changed.items():
        planned = f"{_trials(trials)} planned with another {name} than the task's own"
        yield f"{planned}: {listed(trials)}. Leave that option out"


def _check_trials(store: RunStore, plan: RunPlan, place: str) -> Iterator[BrokenRule]:
    """Each trial is done, has a verdict, and everything that the verdict rests on."""
    again = f"Go on with it: lockgate run --run-id {plan.run_id}"
    cards = {trial.trial_id: store.trial(trial.trial_id).read_scorecard() for trial in plan.trials}
    if missing := [name for name, card in cards.items() if card is None]:
        yield BrokenRule(place, f"{_trials(missing)} not done yet: {listed(missing)}. {again}")
    if unscored := [name for name, card in cards.items() if card and card.status == "unscored"]:
        yield BrokenRule(place, f"{_trials(unscored)} unscored: {listed(unscored)}. {again}", is_unscored=True)
    scored = [(trial, card) for trial in plan.trials if (card := cards[trial.trial_id]) and card.status == "scored"]
    for rule, message in _RULES:
        if names := [trial.trial_id for trial, card in scored if rule(store.trial(trial.trial_id), trial, card)]:
            yield BrokenRule(place, f"{_trials(names)} {message}: {listed(names)}")


def _trials(names: Sequence[str]) -> str:
    return f"{len(names)} trial is" if len(names) == 1 else f"{len(names)} trials are"


def _lacks_submission(trial: TrialStore, plan: TrialPlan, card: Scorecard) -> bool:
    return not (trial.patch_path.is_file() and trial.agent_path.is_file())


def _has_other_submission(trial: TrialStore, plan: TrialPlan, card: Scorecard) -> bool:
    if not trial.patch_path.is_file():
        return False
    found = hashlib.sha256(trial.patch_path.read_bytes()).hexdigest()
    return card.submission is None or card.submission.sha256 != found


def _lacks_trajectory(trial: TrialStore, plan: TrialPlan, card: Scorecard) -> bool:
    """Ours keep none; of everybody else a reader wants to see what was done."""
    if is_reference(plan.agent):
        return False
    try:
        return read_trajectory(trial.trajectory_path).header.trial_id != plan.trial_id
    except LockgateError:
        return True


def _is_of_another_trial(trial: TrialStore, plan: TrialPlan, card: Scorecard) -> bool:
    same = ("run_id", "trial_id", "task", "agent", "attempt", "days", "scale", "visible_seed", "holdout_seed")
    is_same = all(getattr(card.trial, name) == getattr(plan, name) for name in same)
    return not is_same or card.trial.competitor != plan.competitor


def _lacks_scenarios(trial: TrialStore, plan: TrialPlan, card: Scorecard) -> bool:
    return {scenario.scenario for scenario in card.scenarios} != set(plan.scenarios)


_RULES: tuple[tuple[Callable[[TrialStore, TrialPlan, Scorecard], bool], str], ...] = (
    (_lacks_submission, "without the stored submission (submission.patch, agent.json)"),
    (_has_other_submission, "stored with another submission than the one that was scored (submission.patch)"),
    (_lacks_trajectory, "without a trajectory that can be read (trajectory.jsonl)"),
    (_is_of_another_trial, "stored with the scorecard of another trial"),
    (_lacks_scenarios, "scored in other scenarios than planned"),
)
