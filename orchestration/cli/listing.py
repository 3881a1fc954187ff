"""`lockgate tasks`, `lockgate agents` and `lockgate runs`: what there is on this machine."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import typer
from rich.markup import escape

from orchestration.cli.broken import print_broken
from orchestration.cli.collection import no_collection
from orchestration.cli.options import JsonOption, TasksOption
from orchestration.cli.output import console, errors, simple_table
from orchestration.counted import counted
from orchestration.task_counts import count_tasks

MOST_IN_TABLE = 100
"""Tasks. More are listed by their titles alone."""

if TYPE_CHECKING:
    from rich.table import Table

    from benchmark.task import Task
    from evaluators.proof_record.state import ProofState
    from orchestration.reports.run_list import RunLine


def list_tasks_command(tasks: TasksOption = None, as_json: JsonOption = False) -> None:
    """List the tasks, and those that are broken with the reason; where nothing else is there, with exit code 1."""
    with no_collection():
        _list_tasks(tasks, as_json)


def _list_tasks(tasks: list[str] | None, as_json: bool) -> None:
    from evaluators.broken_tasks import known_fault
    from evaluators.proof_record.state import proof_states
    from orchestration.planning.usable_tasks import broken_entry, choose_tasks

    selection = choose_tasks(tasks or [])
    found = [(task, known_fault(task)) for task in selection.tasks]
    chosen = [task for task, fault in found if not fault]
    broken = [*selection.broken, *(broken_entry(task, fault) for task, fault in found if fault)]
    states = proof_states(chosen)
    if as_json:
        typer.echo(
            json.dumps(
                [
                    task.spec.model_dump(mode="json")
                    | {"world": task.world.id, "max_hint_level": task.max_hint_level}
                    | {"proof": states[task.id].as_json()}
                    for task in chosen
                ]
                + [{"id": entry.name, "world": entry.world, "broken": entry.reason} for entry in broken],
                indent=2,
            )
        )
    else:
        if chosen:
            _print_list(chosen, states)
        print_broken(broken)
    if broken and not chosen:
        raise typer.Exit(1)


def _print_list(chosen: Sequence[Task], states: Mapping[str, ProofState]) -> None:
    if len(chosen) > MOST_IN_TABLE:
        lines = [*_in_lines(chosen, states), ""]
        console.print("\n".join(lines), markup=False, highlight=False)
    else:
        console.print(_in_table(chosen, states))
    for line in _proofs(states.values()):
        console.print(line, style="yellow", highlight=False, soft_wrap=True)
    for line in _counts(chosen):
        console.print(line, highlight=False)
    if len(chosen) > MOST_IN_TABLE:
        console.print("What is scored, hints, budget and tags: choose fewer of them with -t, or take --json.")
    console.print("Choose by id, glob, tag or kind: lockgate run -t 'flights_*' -t tag:demo -t kind:repair")


def _in_table(tasks: Sequence[Task], states: Mapping[str, ProofState]) -> Table:
    table = simple_table("task", "kind", "level", "title, what is scored, tags")
    for column in table.columns[:-1]:
        column.no_wrap = True
    for task in tasks:
        spec = task.spec
        about = f"{spec.title}\n[dim]{_what_is_scored(task)}[/]{_proof(states[task.id])}"
        table.add_row(task.id, spec.kind, spec.difficulty, about)
    return table


def _in_lines(tasks: Sequence[Task], states: Mapping[str, ProofState]) -> Iterator[str]:
    """What each task is called, without what is scored: hundreds are long to look through, and as a table to make."""
    cells = [("task", "kind", "level")]
    cells += [(task.id, str(task.spec.kind), str(task.spec.difficulty)) for task in tasks]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    titles = ["title", *(_title(task, states[task.id]) for task in tasks)]
    room = max(console.width - sum(widths) - len(widths), 20)
    for row, title in zip(cells, titles, strict=True):
        first, *more = textwrap.wrap(title, room)
        yield " ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=True)), first])
        yield from (" " * (sum(widths) + len(widths)) + line for line in more)


def _title(task: Task, state: ProofState) -> str:
    return task.spec.title if state.is_proven else f"{task.spec.title} (not proven: {state.reason})"


def _counts(tasks: Sequence[Task]) -> Iterable[str]:
    yield f"{counted(len(tasks), 'task')}, by"
    for by in ("world", "kind", "origin", "difficulty"):
        yield f"  {by}: {', '.join(f'{name} {n}' for name, n in count_tasks(tasks, by).items())}"


def _proof(state: ProofState) -> str:
    """That a task is not proven, and why; of one that is, nothing."""
    return "" if state.is_proven else f"\n[yellow]not proven: {escape(state.reason)}[/]"


def _proofs(states: Collection[ProofState]) -> Iterator[str]:
    """What the proofs of all tasks together want from a person."""
    n_not_proven = sum(not state.is_proven for state in states)
    if n_not_proven:
        yield f"{n_not_proven} of {counted(len(states), 'task')} not proven: `lockgate prove --changed`."
    for tools in sorted({state.other_tools for state in states if state.other_tools}):
        yield f"Proven with {tools}. `lockgate prove` proves with the versions that are here."


def _what_is_scored(task: Task) -> str:
    """Tables or faults, scenarios, hints, the most that a trial may cost, who made it; then the tags."""
    spec = task.spec
    scored = counted(len(task.faults.faults), "fault") if task.faults else counted(_n_tables(task), "table")
    hints = f", {counted(task.max_hint_level, 'hint')}" if task.max_hint_level else ""
    figures = f"{scored}, {counted(len(spec.scenarios), 'scenario')}{hints}, {spec.budget.cost_usd:g} USD"
    figures += ", generated" if spec.origin == "generated" else ""
    return figures + (f"\n{' '.join(spec.tags)}" if spec.tags else "")


def _n_tables(task: Task) -> int:
    return sum(len(tables) for tables in task.spec.scored.values())


def list_agents_command(as_json: JsonOption = False) -> None:
    """List the agents by short name: what each is, what it needs, and what of that is missing here."""
    from agents.catalogue import list_agents

    agents = list_agents()
    if as_json:
        typer.echo(json.dumps([agent._asdict() for agent in agents], indent=2))
        return
    table = simple_table("agent", "what it is", "needs")
    table.columns[0].no_wrap = True
    for agent in agents:
        missing = f"\n[yellow]missing: {agent.missing}[/]" if agent.missing else ""
        table.add_row(agent.name, agent.summary, (agent.needs or "nothing") + missing)
    console.print(table)
    console.print("Your own: --agent package.module:Class or --agent FILE.yaml (docs/agents.md);")
    console.print("replay:RUN gives the submissions of a run again.")


def list_runs_command(as_json: JsonOption = False) -> None:
    """List the runs on this machine, oldest first, and those with a damaged file, with the reason and exit code 1."""
    from orchestration.reports.run_list import list_run_lines

    with no_collection():
        lines, damaged = list_run_lines()
    if as_json:
        listed = [line.as_json() for line in lines]
        listed += [{"run": run, "damaged": reason} for run, reason in damaged.items()]
        typer.echo(json.dumps(listed, indent=2))
    elif lines:
        console.print(_runs_table(lines))
    elif not damaged:
        console.print("No runs yet. Start one: lockgate run --tasks tag:demo")
    for run, reason in damaged.items():
        errors.print(f"Damaged: {run}: {reason}", style="yellow", markup=False, highlight=False, soft_wrap=True)
    if damaged:
        raise typer.Exit(1)


def _runs_table(lines: Sequence[RunLine]) -> Table:
    table = simple_table("run", "date", "agents", "tasks", "done", "SR", "USD")
    for column in table.columns[3:]:
        column.justify = "right"
    table.columns[0].no_wrap = True  # it is there to be copied
    table.columns[1].no_wrap = table.columns[4].no_wrap = True
    table.columns[2].overflow = "fold"
    for line in lines:
        unscored = f"\n[yellow]{line.n_unscored} unscored[/]" if line.n_unscored else ""
        table.add_row(
            line.run,
            f"{line.started:%Y-%m-%d %H:%M}",
            ", ".join(line.agents),
            str(line.n_tasks),
            f"{line.n_done} of {line.n_trials}{unscored}",
            line.success_rate,
            f"{line.cost_usd:.2f}" if line.cost_usd else "-",
        )
    return table
