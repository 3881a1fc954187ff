"""`lockgate publish`: runs in a leaderboard, a folder of static files that a pull request can carry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.errors import LockgateError
from orchestration.cli.completion import complete_runs
from orchestration.cli.gate import UNSCORED
from orchestration.cli.options import JsonOption, ParallelOption, QuietOption
from orchestration.cli.output import console, errors, notes
from orchestration.counted import counted

if TYPE_CHECKING:
    from orchestration.publication.outcome import Outcome


def publish(
    directory: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of the leaderboard; a new one is made.", show_default=False)
    ],
    runs: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[RUN]...",
            autocompletion=complete_runs,
            help="Runs that are added. Without one, the pages of DIR are made again.",
        ),
    ] = None,
    suite: Annotated[
        str | None,
        typer.Option(
            metavar="TAG", help="Tag of the tasks. Default: DIR's; in a new DIR the tag of exactly the runs' tasks."
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing: may RUN be added? Without RUN: is DIR whole and right?"),
    ] = False,
    score_again: Annotated[
        bool, typer.Option("--score-again", help="With --check of DIR: score every submission in it again.")
    ] = False,
    parallel: ParallelOption = 2,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Add runs to a leaderboard, after their submissions were scored again with the same verdicts."""
    from evaluators.preflight import check_variables
    from orchestration.publication.check import check_leaderboard
    from orchestration.publication.publish import publish as publish_runs
    from orchestration.reports.lookup import find_run
    from orchestration.reports.progress import TrialProgress

    check_variables()
    names = runs or []
    if suite and not names:
        raise LockgateError("--suite is for adding runs: lockgate publish DIR RUN --suite TAG.")
    if score_again and (names or not check):
        raise LockgateError("--score-again is for --check of a folder: lockgate publish DIR --check --score-again.")

    def watch(n_trials: int) -> TrialProgress:
        return TrialProgress(notes, n_total=n_trials)

    directory = directory.absolute()
    if check and not names:
        outcome = check_leaderboard(directory, score_again=score_again, n_parallel=parallel, watch=watch)
    else:
        stores = list({store.run_id: store for store in map(find_run, names)}.values())
        outcome = publish_runs(
            directory, stores, suite=suite, is_check=check, n_parallel=parallel, watch=watch
        )  # fmt: skip
    if as_json:
        typer.echo(json.dumps(outcome.as_json(), indent=2, ensure_ascii=False))
    elif not outcome.broken:
        console.print(
            "\n".join(_say(outcome, directory, is_check=check)), markup=False, highlight=False, soft_wrap=True
        )
    for rule in outcome.broken:
        errors.print(f"- {rule}.", style="red", markup=False, highlight=False, soft_wrap=True)
    if outcome.broken:
        what = f"{counted(len(outcome.broken), 'rule')} {'is' if len(outcome.broken) == 1 else 'are'} broken"
        errors.print(f"{what}. Nothing was written.", highlight=False)
        raise typer.Exit(UNSCORED if any(rule.is_unscored for rule in outcome.broken) else 1)


def _say(outcome: Outcome, directory: Path, *, is_check: bool) -> list[str]:
    """What was done, a sentence a line."""
    lines = []
    if outcome.n_scored_again:
        lines.append(f"{counted(outcome.n_scored_again, 'submission')} scored again: the same verdicts.")
    if outcome.added:
        lines.append(f"Added to the leaderboard of suite {outcome.suite}: {', '.join(outcome.added)}.")
    elif outcome.is_written:
        lines.append("The pages were made again.")
    elif is_check:
        lines.append("Every rule holds. Nothing was written.")
    if outcome.unchanged and not outcome.is_written and not is_check:
        lines.append(f"Already there, with the same content: {', '.join(outcome.unchanged)}. Nothing was written.")
    if outcome.n_files:
        lines.append(f"{directory}: {counted(outcome.n_files, 'file')}, {outcome.size_bytes / 1e6:.1f} MB.")
    if outcome.is_written:
        lines.append(f"Open {directory / 'index.html'}, and commit the folder.")
    return lines
