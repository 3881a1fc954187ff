"""`lockgate tasks`, `lockgate runs` and `lockgate doctor`: what there is on this machine."""

from __future__ import annotations

import json

import typer

from orchestration.cli.broken import print_broken
from orchestration.cli.options import JsonOption, TasksOption
from orchestration.cli.output import console, simple_table


def list_tasks_command(tasks: TasksOption = None, as_json: JsonOption = False) -> None:
    """List the tasks, and those that are broken with the reason."""
    from evaluators.broken_tasks import known_fault
    from orchestration.planning.usable_tasks import broken_entry, choose_tasks

    selection = choose_tasks(tasks or [])
    found = [(task, known_fault(task)) for task in selection.tasks]
    chosen = [task for task, fault in found if not fault]
    broken = [*selection.broken, *(broken_entry(task, fault) for task, fault in found if fault)]
    if as_json:
        typer.echo(
            json.dumps(
                [
                    task.spec.model_dump(mode="json") | {"world": task.world.id, "max_hint_level": task.max_hint_level}
                    for task in chosen
                ]
                + [{"id": entry.name, "world": entry.world, "broken": entry.reason} for entry in broken],
                indent=2,
            )
        )
        return
    table = simple_table("task", "kind", "level", "title")
    for column in table.columns[:-1]:
        column.no_wrap = True
    for task in chosen:
        spec = task.spec
        table.add_row(task.id, spec.kind, spec.difficulty, spec.title)
    if chosen:
        console.print(table)
    print_broken(broken)


def list_runs_command(as_json: JsonOption = False) -> None:
    """List the runs on this machine, oldest first."""
    from benchmark.run_store import RunStore, list_runs

    runs = []
    for run_id in list_runs():
        store = RunStore(run_id)
        trials = store.read_plan().trials
        n_done = sum(store.trial(trial.trial_id).scorecard_path.is_file() for trial in trials)
        runs.append((run_id, sorted({trial.agent for trial in trials}), len(trials), n_done))
    if as_json:
        typer.echo(
            json.dumps([dict(zip(("run", "agents", "n_trials", "n_done"), run, strict=True)) for run in runs], indent=2)
        )
        return
    table = simple_table("run", "agents", "done")
    for run_id, agents, n_trials, n_done in runs:
        table.add_row(run_id, ", ".join(agents), f"{n_done} of {n_trials}")
    console.print(table)


def doctor(as_json: JsonOption = False) -> None:
    """Say which sandboxes and databases work on this machine, and how to enable the others; exit code 1: no sandbox."""
    from runtime.sandbox.registry import examine
    from sources.systems.mysql_programs import find_problem

    findings, no_mysql = examine(), find_problem()
    if as_json:
        system = {"backend": "mysql", "works": no_mysql is None, "has_walls": False, "advice": no_mysql or ""}
        typer.echo(json.dumps([*(finding._asdict() for finding in findings), system], indent=2))
    else:
        table = simple_table("sandbox", "works", "what to know or do")
        for finding in findings:
            table.add_row(finding.backend, "[green]yes[/]" if finding.works else "[red]no[/]", finding.advice)
        console.print(table)
        systems = simple_table("source system", "works", "what to know or do")
        says = no_mysql or "Worlds may have MySQL databases."
        systems.add_row("mysql", "[red]no[/]" if no_mysql else "[green]yes[/]", says)
        console.print(systems)
    if not any(finding.works and finding.has_walls for finding in findings):
        raise typer.Exit(1)
