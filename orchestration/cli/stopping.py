"""What a long command says when it is stopped by Ctrl-C."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from orchestration.cli.output import errors


@contextmanager
def told_when_stopped(sentence: str) -> Iterator[None]:
    """Say a sentence at Ctrl-C, and end with exit code 130. DuckDB makes a RuntimeError of Ctrl-C."""
    try:
        yield
    except (KeyboardInterrupt, RuntimeError) as stop:
        if isinstance(stop, RuntimeError) and not isinstance(stop.__cause__, KeyboardInterrupt):
            raise
        errors.print(sentence)
        raise typer.Exit(130) from stop
