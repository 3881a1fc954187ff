"""What a long command says when it is stopped by Ctrl-C or SIGTERM."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from orchestration.cli.output import errors


class _Terminated(KeyboardInterrupt):
    """SIGTERM came: everything is put away as at Ctrl-C."""


@contextmanager
def told_when_stopped(sentence: str) -> Iterator[None]:
    """Say a sentence at Ctrl-C or SIGTERM, and end with exit code 130 or 143. DuckDB makes a RuntimeError of either."""
    own = os.getpid()

    def stop_by_signal(number: int, _frame: FrameType | None) -> None:
        if os.getpid() == own:
            raise _Terminated
        signal.signal(number, signal.SIG_DFL)  # a fork of it
        os.kill(os.getpid(), number)

    before = signal.signal(signal.SIGTERM, stop_by_signal)
    try:
        yield
    except (KeyboardInterrupt, RuntimeError) as stop:
        cause = stop.__cause__ if isinstance(stop, RuntimeError) else stop
        if not isinstance(cause, KeyboardInterrupt):
            raise
        errors.print(sentence)
        number = signal.SIGTERM if isinstance(cause, _Terminated) else signal.SIGINT
        raise typer.Exit(128 + number) from stop
    finally:
        signal.signal(signal.SIGTERM, before)
