"""`lockgate tasks`, `lockgate runs` and `lockgate doctor`: what there is on this machine."""

from __future__ import annotations

import json

import typer

from orchestration.cli.options import JsonOption, TasksOption
from orchestration.cli.output import console


def list_tasks_command(tasks: TasksOption = None, as_json: JsonOption = False) -> None:
    """List the tasks."""
    from rich import box
    from rich.table import Table

    from benchmark.registry import select_tasks

    chosen = select_tasks(tasks or [])
    if as_json:
        typer.echo(
            json.dumps(
                [
                    task.spec.model_dump(mode="json") | {"world": task.world.id, "max_hint_level": task.max_hint_level}
                    for task in chosen
                ],
                indent=2,
            )
        )
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("task", "kind", "level", "title"):
        table.add_column(name, no_wrap=name != "title")
    for task in chosen:
        spec = task.spec
        table.add_row(task.id, spec.kind, spec.difficulty, spec.title)
    console.print(table)


def list_runs_command(as_json: JsonOption = False) -> None:
    """List the runs on this machine, oldest first."""
    from rich import box
    from rich.table import Table

    from benchmark.run_store import RunStore, list_runs

    rows = []
    for run_id in list_runs():
        store = RunStore(run_id)
        plan = store.read_plan()
        done = sum(store.trial(trial.trial_id).scorecard_path.is_file() for trial in plan.trials)
        agents = sorted({trial.agent for trial in plan.trials})
        rows.append({"run": run_id, "agents": agents, "n_trials": len(plan.trials), "n_done": done})
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("run", "agents", "done"):
        table.add_column(name)
    for row in rows:
        table.add_row(str(row["run"]), ", ".join(map(str, row["agents"])), f"{row['n_done']} of {row['n_trials']}")  # type: ignore[call-overload]
    console.print(table)


def doctor(as_json: JsonOption = False) -> None:
    """Say which sandboxes work on this machine, and how to enable the others; exit code 1 when none does."""
    from rich import box
    from rich.table import Table

    from runtime.sandbox.registry import examine

    findings = examine()
    if as_json:
        typer.echo(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in ("sandbox", "works", "what to know or do"):
            table.add_column(name)
        for finding in findings:
            table.add_row(finding.backend, "[green]yes[/]" if finding.works else "[red]no[/]", finding.advice)
        console.print(table)
    if not any(finding.works and finding.has_walls for finding in findings):
        raise typer.Exit(1)
