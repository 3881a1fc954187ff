"""Opening a warehouse file, for the jobs that copy from it and to it around dbt."""

from __future__ import annotations

from pathlib import Path

import duckdb

ONE_THREAD = "set threads = 1"
"""DuckDB takes as many threads as the machine has processors. On the tables of a task a second one costs more than it
saves: a build takes a tenth more processor time with it, an export a fifth. A setting, not an option of connecting,
since all that connect to a file in one process must agree on the latter."""


def open_warehouse(path: str | Path, *, read_only: bool = False) -> duckdb.DuckDBPyConnection:
    """Open a warehouse whose queries run on one thread.

    Args:
        path: The file; made where there is none.
        read_only: Whether nothing will be written.
    """
    connection = duckdb.connect(str(path), read_only=read_only)
    connection.execute(ONE_THREAD)
    return connection
