"""`lockgate measure`: how hard tasks are for agents that need no model, written into their files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from orchestration.cli.broken import print_broken, refuse_broken
from orchestration.cli.options import JsonOption, runs_argument, tasks_option
from orchestration.cli.output import console, simple_table
from orchestration.counted import counted

if TYPE_CHECKING:
    from authoring.measured import Measurement


def measure(
    runs: Annotated[list[str], runs_argument("Runs of the agents idle or saboteur")],
    tasks: Annotated[list[str] | None, tasks_option()] = None,
    write: Annotated[bool, typer.Option("--write/--check", help="Change the files, or only show the figures.")] = True,
    as_json: JsonOption = False,
) -> None:
    """Write into task.yaml which component score idle and saboteur got on the visible data: `measured.agents`.

    Trials of an earlier version of a task do not count. The new key is no part of a task's version, and its proof
    stays as it is.
    """
    from authoring.measured import measure as measure_tasks
    from authoring.measured import write_measured
    from benchmark.registry import select
    from orchestration.reports.lookup import find_scorecards

    selection = select(tasks or [])
    print_broken(selection.broken)
    chosen = {task.id: task for task in selection.tasks}
    found = measure_tasks([card for name in runs for card in find_scorecards(name)], list(chosen.values()))
    n_changed = sum(write_measured(chosen[task], scores) for task, scores in found.scores.items()) if write else 0
    if as_json:
        typer.echo(json.dumps({"tasks": found.scores, "n_changed": n_changed}, indent=2))
    else:
        _print(found)
        if write:
            console.print(f"{counted(n_changed, 'file')} changed.", highlight=False)
    refuse_broken(selection.broken)


def _print(found: Measurement) -> None:
    agents = sorted({agent for scores in found.scores.values() for agent in scores})
    table = simple_table("task", *(f"CS of {agent}" for agent in agents))
    for task, scores in found.scores.items():
        table.add_row(task, *(f"{scores[agent]:.2f}" if agent in scores else "" for agent in agents))
    console.print(table)
    if found.n_other_version:
        told = counted(found.n_other_version, "trial")
        console.print(f"{told} of earlier versions of tasks did not count.", style="yellow", highlight=False)
