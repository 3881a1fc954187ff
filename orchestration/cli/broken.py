"""What the commands say of broken tasks: each with its reason, and an exit code that is not 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from orchestration.cli.output import errors

if TYPE_CHECKING:
    from benchmark.registry import Broken


def print_broken(broken: Sequence[Broken]) -> None:
    """Say which tasks and worlds are left out, and why."""
    for entry in broken:
        errors.print(f"Broken: {entry.name}: {entry.reason}", style="yellow", markup=False, highlight=False)
    if broken:
        errors.print("`lockgate check` lists everything that is wrong.", style="yellow", markup=False)


def refuse_broken(broken: Sequence[Broken]) -> None:
    """End a command that left tasks out.

    Raises:
        typer.Exit: With code 1 when there is one.
    """
    if broken:
        names = ", ".join(entry.name for entry in broken)
        errors.print(f"Left out, broken, scored for nobody: {names}.", style="yellow", markup=False)
        raise typer.Exit(1)
