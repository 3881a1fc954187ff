"""What the commands say of tasks that are broken (each with its reason, and exit code 1) or not proven."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from orchestration.cli.output import errors, notes
from orchestration.counted import counted

if TYPE_CHECKING:
    from benchmark.registry import Broken
    from benchmark.task import Task

MAX_NAMES = 5
"""Tasks that one line names."""


def print_broken(broken: Sequence[Broken]) -> None:
    """Say which tasks and worlds are left out, and why."""
    for entry in broken:
        errors.print(f"Broken: {entry.name}: {entry.reason}", style="yellow", markup=False, highlight=False)
    if broken:
        errors.print("`lockgate check` lists everything that is wrong.", style="yellow", markup=False)


def print_not_proven(tasks: Sequence[Task]) -> None:
    """Say which tasks are not proven as they are now; their results count, and say so."""
    from evaluators.proof_record.state import proof_states

    names = [name for name, state in proof_states(tasks).items() if not state.is_proven]
    if names:
        listed = ", ".join(names[:MAX_NAMES]) + (" ..." if len(names) > MAX_NAMES else "")
        text = f"{len(names)} of {counted(len(tasks), 'task')} not proven: {listed}. `lockgate tasks` says why."
        notes.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)


def refuse_broken(broken: Sequence[Broken]) -> None:
    """End a command that left tasks out.

    Raises:
        typer.Exit: With code 1 when there is one.
    """
    if broken:
        names = ", ".join(entry.name for entry in broken)
        errors.print(f"Left out, broken, scored for nobody: {names}.", style="yellow", markup=False)
        raise typer.Exit(1)
