"""Exports in which one table does not take the others with it."""

from collections.abc import Callable, Sequence

Export = Callable[[list[str]], dict[str, str]]
"""Writes tables to Parquet in one job; gives those that cannot be read, with the reason."""


def export_apart(export: Export, tables: Sequence[str]) -> dict[str, str]:
    """Export tables together; where that fails for all of them, one by one.

    A view that never ends, or needs all memory, ends the job that writes the others, too.

    Args:
        export: Of a pipeline's state.
        tables: Their names.

    Returns:
        Table -> why it cannot be read; one that was not built is not named.
    """
    unreadable = export(list(tables))
    if len(tables) < 2 or not set(tables) <= unreadable.keys():
        return unreadable
    return {name: reason for table in tables for name, reason in export([table]).items()}
