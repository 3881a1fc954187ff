"""`lockgate prove`: whether tasks and their scoring are right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.broken import print_broken, refuse_broken
from orchestration.cli.options import JsonOption, PiecesOption, TasksOption
from orchestration.cli.output import console, errors
from orchestration.cli.stopping import told_when_stopped
from orchestration.counted import counted

if TYPE_CHECKING:
    from benchmark.task import Task


def prove(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[TASKS]", help="Globs over task ids, tag:NAME or kind:NAME.")
    ] = None,
    tasks: TasksOption = None,
    parallel: PiecesOption = 2,
    sample: Annotated[int | None, typer.Option(min=1, help="Prove only so many of the tasks, others each day.")] = None,
    turn: Annotated[int | None, typer.Option(min=0, help="With --sample: this turn instead of the day's.")] = None,
    changed: Annotated[
        bool, typer.Option("--changed", help="Leave out tasks that proofs.json has as proven, as they are now.")
    ] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Use no stored proof.")] = False,
    write: Annotated[
        Path | None, typer.Option(help="Write the results into this Markdown page, which keeps those of other tasks.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove tasks: the oracle passes, the idle agent fails, wrong SQL is rejected, equivalent SQL accepted."""
    from benchmark.registry import list_tasks
    from evaluators.proof_record.recorder import Recorder
    from orchestration.marked_page import require_page
    from orchestration.planning.usable_tasks import choose_tasks, require_tasks
    from orchestration.prove import prove_tasks, take_sample
    from orchestration.reports.proof import print_details, proof_table, proofs_json, write_page
    from orchestration.reports.proof_progress import ProofProgress

    if write is not None:
        require_page(write)
    selection = choose_tasks([*(names or []), *(tasks or [])])
    require_tasks(selection)
    print_broken(selection.broken)
    chosen = list(selection.tasks)
    if changed:
        chosen = _not_proven(chosen)
    if sample is not None and chosen:
        chosen = take_sample(chosen, sample, turn)
    recorder = Recorder(chosen)
    stopped = "Stopped. What was proven is kept in the cache: the same command goes on."
    try:
        with told_when_stopped(stopped), ProofProgress(errors, len(chosen), parallel) as progress:
            proofs = prove_tasks(
                chosen,
                parallel,
                progress.pieces,
                progress.done,
                on_answer=progress.answered,
                on_proof=recorder.take,
                is_fresh=fresh,
            )
    finally:
        for sentence in recorder.write():
            errors.print(sentence, highlight=False, markup=False, soft_wrap=True)
    if as_json:
        typer.echo(proofs_json(proofs))
    elif proofs:
        console.print(proof_table(proofs))
        print_details(console, proofs)
    if write is not None:
        write_page(write, proofs, [task.id for task in list_tasks()])
    if not all(proof.is_proven for proof in proofs):
        raise typer.Exit(1)
    refuse_broken(selection.broken)


def _not_proven(tasks: list[Task]) -> list[Task]:
    """Those that are not proven as they are now; says of the others that they are, and with which versions."""
    from evaluators.proof_record.state import proof_states

    states = proof_states(tasks)
    found = [task for task in tasks if not states[task.id].is_proven]
    errors.print(
        f"{len(tasks) - len(found)} of {counted(len(tasks), 'task')} proven, and unchanged since (proofs.json).",
        highlight=False,
    )
    return found
