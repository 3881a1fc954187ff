"""In-memory databases with the tables of gold, kept from model to model: most models need tables that others loaded."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from evaluators.compare.types import json_value, variant_value

MEMORY_LIMIT = "3GB"
GOLD = "gold_of_run"
"""The schema of gold's tables."""
_KEPT: dict[Path, LoadedGold] = {}
"""Folder of gold -> its database, the one that was used last at the end."""
_most_kept = 0


@dataclass
class LoadedGold:
    """One database; outside of a transaction its tables are gold's."""

    connection: duckdb.DuckDBPyConnection
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    """Table that is loaded -> its columns and their types."""
    checksums: dict[str, tuple[object, ...] | None] = field(default_factory=dict)
    n_users: int = 0


def keep_databases(n: int) -> None:
    """Keep so many that nobody uses, in this process, from now on. Gold's folders must not change meanwhile."""
    global _most_kept
    _most_kept = n


def take_loaded(folder: Path) -> LoadedGold:
    """The database of a folder of gold; who takes it gives it back."""
    loaded = _KEPT.pop(folder, None) or LoadedGold(_opened())
    _KEPT[folder] = loaded
    loaded.n_users += 1
    return loaded


def give_back(folder: Path, *, is_whole: bool) -> None:
    """End the use of a database.

    Args:
        folder: Of the gold.
        is_whole: Whether it is as it was; otherwise nobody else may use it.
    """
    loaded = _KEPT.get(folder)
    if loaded is None:  # somebody else of this gold has given it up
        return
    loaded.n_users -= 1
    if not is_whole:
        del _KEPT[folder]
        loaded.connection.close()
    unused = [name for name, found in _KEPT.items() if not found.n_users]
    for name in unused[: max(len(unused) - _most_kept, 0)]:
        _KEPT.pop(name).connection.close()


def _opened() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(":memory:", config={"threads": 1})  # the order of ties must not depend on threads
    connection.execute(
        f"SET enable_progress_bar = false; SET TimeZone = 'UTC'; SET memory_limit = '{MEMORY_LIMIT}'; "
        f"SET python_enable_replacements = false; CREATE SCHEMA {GOLD}"
    )
    # Here, because a function that is made in a transaction is gone when that is rolled back.
    json_value.register(connection)
    variant_value.register(connection)
    return connection
