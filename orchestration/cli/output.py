"""Where the commands print."""

from orchestration.cli.visible_console import visible_console

console = visible_console()
"""Results: standard output."""
errors = visible_console(stderr=True)
"""Errors, warnings and progress: standard error."""
