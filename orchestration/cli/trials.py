"""What `run`, `score` and `prove` share: the trials of a run, executed, read and printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from benchmark.errors import LockgateError
from orchestration.cli.output import console, errors, notes

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmark.run_store import RunPlan, RunStore, TrialPlan
    from benchmark.scorecard import Scorecard
    from orchestration.planning.ceiling import CostCeiling


def execute(
    store: RunStore,
    plan: RunPlan,
    n_parallel: int,
    n_by_provider: Mapping[str, int] | None = None,
    ceiling: CostCeiling | None = None,
) -> list[Scorecard]:
    """Run the trials that are not scored yet, with a progress bar.

    Args:
        store: The run, whose lock the caller holds.
        plan: All trials of the run.
        n_parallel: Trials at once, from 1.
        n_by_provider: Provider of an LLM -> trials at once that use it; one that is not named has no limit.
        ceiling: What the run may cost; it notes the trials that it holds back.

    Returns:
        The scorecards of all trials that were not held back, in the order of the plan.

    Raises:
        typer.Exit: Ctrl-C; finished trials are kept.
        LockgateError: A trial ended without a scorecard.
    """
    from orchestration.pool.dispatch import execute_trials
    from orchestration.reports.progress import TrialProgress

    todo = [trial for trial in plan.trials if not store.trial(trial.trial_id).has_verdict()]
    if todo:
        try:
            with TrialProgress(notes, n_total=len(plan.trials), n_done=len(plan.trials) - len(todo)) as progress:
                execute_trials(
                    todo,
                    n_parallel=n_parallel,
                    n_by_provider=n_by_provider,
                    on_done=progress.done,
                    on_step=progress.step,
                    on_note=progress.note,
                    ceiling=ceiling,
                )
        except KeyboardInterrupt as stop:
            errors.print("Stopped. Finished trials are kept. Go on:")
            errors.print(f"  lockgate run --run-id {store.run_id}", markup=False, highlight=False, soft_wrap=True)
            raise typer.Exit(130) from stop
    held_back = ceiling.not_started if ceiling else []
    return read_scorecards(store, [trial for trial in plan.trials if trial not in held_back])


def read_scorecards(store: RunStore, trials: Sequence[TrialPlan]) -> list[Scorecard]:
    """Read the scorecards of trials that have ended, in their order.

    Raises:
        LockgateError: A trial has none.
    """
    cards = [store.trial(trial.trial_id).read_scorecard() for trial in trials]
    missing = [trial.trial_id for trial, card in zip(trials, cards, strict=True) if card is None]
    if missing:
        listed = ", ".join(missing)
        raise LockgateError(f"{len(missing)} trials ended without a scorecard: {listed}. Run the same command again.")
    return [card for card in cards if card is not None]


def unscore_broken(store: RunStore, scorecards: Sequence[Scorecard]) -> list[Scorecard]:
    """Take the verdicts of tasks that trials found broken, in this run too: their evidence stays, their figures go.

    Args:
        store: The run; the scorecards that change are stored.
        scorecards: Of its trials.

    Returns:
        All of them, in their order. The next `lockgate run` or `lockgate score` of the run scores those again.
    """
    from benchmark.registry import get_task
    from evaluators.broken_tasks import broken_reason, known_fault

    tasks = [get_task(name) for name in dict.fromkeys(card.trial.task for card in scorecards)]
    reasons = {task.id: broken_reason(fault, task) for task in tasks if (fault := known_fault(task))}
    kept = []
    for card in scorecards:
        reason = reasons.get(card.trial.task)
        if reason and card.status == "scored":
            card = card.without_verdict(reason)
            store.trial(card.trial.trial_id).write_scorecard(card)
        kept.append(card)
    return kept


def print_results(store: RunStore, scorecards: list[Scorecard], as_json: bool, *, not_started: str = "") -> None:
    """Print the results of a run.

    Args:
        store: The run.
        scorecards: Of its trials; at least one, unless some were not started.
        as_json: JSON on standard output instead of tables.
        not_started: Which were not started, in a sentence.
    """
    from evaluators.scoring.leaderboard import standings
    from orchestration.reports.console import LEGEND, print_scorecards, scorecards_json

    totals = standings(scorecards)
    if as_json:
        typer.echo(scorecards_json(scorecards, totals))
    elif scorecards:
        print_scorecards(console, scorecards, totals)
        console.print("\n".join(LEGEND))
        console.print(f"Run {store.run_id}. Explain one:")
        console.print(f"  lockgate show {store.run_id}/{scorecards[-1].trial.trial_id}", soft_wrap=True)
    for card in scorecards:
        if card.status == "unscored":
            errors.print(f"{card.trial.trial_id} is unscored: {card.unscored_reason}", style="yellow", markup=False)
    if not_started:
        errors.print(not_started, style="yellow", markup=False, soft_wrap=True)
