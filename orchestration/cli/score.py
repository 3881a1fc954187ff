"""`lockgate score`: the stored submissions of a run, scored again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.errors import LockgateError
from orchestration.cli.completion import complete_results
from orchestration.cli.gate import end_by_verdict
from orchestration.cli.options import JsonOption, ParallelOption, QuietOption
from orchestration.cli.output import notes
from orchestration.cli.trials import print_results, read_scorecards, unscore_broken

if TYPE_CHECKING:
    from benchmark.run_store import TrialPlan


def score(
    name: Annotated[
        str,
        typer.Argument(
            metavar="RUN|TRIAL", autocompletion=complete_results, help="Whose submissions are scored again."
        ),
    ],
    parallel: ParallelOption = 2,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Score the stored submissions of a run, or of one trial, again, without the agent."""
    from concurrent.futures import ThreadPoolExecutor

    from benchmark.run_store import RunStore
    from evaluators.preflight import check_variables
    from orchestration.planning.stored_runs import tasks_of
    from orchestration.reports.lookup import find_trials
    from orchestration.reports.progress import TrialProgress
    from orchestration.trial import run_trial
    from runtime.fork_client import ForkRuntime

    check_variables()
    plan, chosen = find_trials(name)
    store = RunStore(plan.run_id)
    trials = [trial for trial in chosen if store.trial(trial.trial_id).patch_path.is_file()]
    if not trials:
        raise LockgateError(
            f"'{name}' has no stored submission yet. Go on with its run: lockgate run --run-id {plan.run_id}"
        )
    tasks_of(trials)  # raises here, before servers start
    with (
        store.lock(),
        ForkRuntime() as runtime,
        TrialProgress(notes, n_total=len(trials)) as progress,
        ThreadPoolExecutor(parallel) as pool,
    ):
        runtime.warm("judge")

        def again(trial: TrialPlan) -> None:
            progress.done(trial, run_trial(trial, runtime, lambda step: progress.step(trial, step), score_again=True))

        list(pool.map(again, trials))
        scorecards = unscore_broken(store, read_scorecards(store, trials))
    print_results(store, scorecards, as_json)
    end_by_verdict(scorecards, None)
