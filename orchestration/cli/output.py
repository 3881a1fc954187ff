"""Where the commands print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.cli.visible_console import visible_console

if TYPE_CHECKING:
    from rich.table import Table

console = visible_console()
"""Results: standard output."""
errors = visible_console(stderr=True)
"""Errors, warnings and progress: standard error."""


def simple_table(*headings: str) -> Table:
    """Make an empty table with these columns."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in headings:
        table.add_column(heading)
    return table
