"""Where the commands print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.cli.visible_console import visible_console

if TYPE_CHECKING:
    from rich.table import Table

console = visible_console()
"""Results: standard output."""
errors = visible_console(stderr=True)
"""Errors and warnings: standard error."""
notes = visible_console(stderr=True)
"""Progress, and what a command is about to do: standard error; `--quiet` turns it off."""


def be_quiet(is_quiet: bool) -> bool:
    """Turn `notes` off, or on again."""
    notes.quiet = is_quiet
    return is_quiet


def simple_table(*headings: str) -> Table:
    """Make an empty table with these columns."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    return table
