"""`lockgate --version`."""

from __future__ import annotations

import typer


def print_version(is_asked: bool) -> None:
    """Print the versions of Lockgate and Python, and end.

    Args:
        is_asked: Whether `--version` was given; nothing happens without it.

    Raises:
        typer.Exit: With code 0, where it was given.
    """
    if not is_asked:
        return
    import platform
    from importlib.metadata import version

    typer.echo(f"lockgate {version('lockgate')} (Python {platform.python_version()})")
    raise typer.Exit
