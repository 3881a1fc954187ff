"""`lockgate score`: the stored submissions of a run, scored again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.errors import LockgateError
from orchestration.cli.options import JsonOption, ParallelOption
from orchestration.cli.output import errors
from orchestration.cli.trials import print_results, read_scorecards, unscore_broken

if TYPE_CHECKING:
    from benchmark.run_store import TrialPlan


def score(
    run_id: Annotated[str, typer.Argument(help="A run whose submissions are scored again, without the agent.")],
    parallel: ParallelOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Score the stored submissions of a run again."""
    from concurrent.futures import ThreadPoolExecutor

    from benchmark.run_store import RunStore
    from orchestration.reports.progress import TrialProgress
    from orchestration.trial import run_trial
    from runtime.fork_client import ForkRuntime

    store = RunStore(run_id)
    plan = store.read_plan()
    trials = [trial for trial in plan.trials if store.trial(trial.trial_id).patch_path.is_file()]
    if not trials:
        raise LockgateError(f"Run {run_id} has no stored submission yet. Start it: lockgate run --run-id {run_id} …")
    with (
        store.lock(),
        ForkRuntime() as runtime,
        TrialProgress(errors, n_total=len(trials)) as progress,
        ThreadPoolExecutor(parallel) as pool,
    ):
        runtime.warm("judge")

        def again(trial: TrialPlan) -> None:
            progress.done(trial, run_trial(trial, runtime, lambda step: progress.step(trial, step), score_again=True))

        list(pool.map(again, trials))
        scorecards = unscore_broken(store, read_scorecards(store, trials))
    print_results(store, scorecards, as_json)
