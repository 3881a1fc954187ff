"""Locked connections to a warehouse: SQL that a submission wrote reaches the files it may, and no settings."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb


def lock(connection: duckdb.DuckDBPyConnection, directories: Sequence[Path]) -> None:
    """Let a DuckDB instance read and write files in some folders only, and let nobody change that."""
    if connection.execute("select current_setting('lock_configuration')").fetchone() == (True,):
        return  # the instance that dbt has open in this process, and has locked
    listed = ", ".join("'" + f"{path.resolve()}/".replace("'", "''") + "'" for path in directories)
    connection.execute(
        "set autoinstall_known_extensions = false; set autoload_known_extensions = false; "
        f"set allowed_directories = [{listed}]; set enable_external_access = false; set lock_configuration = true"
    )


def lock_dbt(directories: Sequence[Path]) -> None:
    """Lock every warehouse connection that dbt opens in this process, once its own set-up is done.

    Settings of the profile are applied for the whole instance before: dbt-duckdb would set them again on each cursor.
    """
    from dbt.adapters.duckdb.environments import Environment

    original = Environment.initialize_db.__func__

    def initialize_db(cls: Any, creds: Any, plugins: Any = None) -> duckdb.DuckDBPyConnection:
        connection: duckdb.DuckDBPyConnection = original(cls, creds, plugins)
        for name, value in (creds.settings or {}).items():
            text = str(value).replace("'", "''")
            connection.execute(f"set global {name} = '{text}'")
        creds.settings = None
        lock(connection, directories)
        return connection

    Environment.initialize_db = classmethod(initialize_db)


def is_one_query(text: str) -> bool:
    """Whether a text is one SELECT statement and nothing more."""
    try:
        statements = duckdb.extract_statements(text)
    except duckdb.Error:
        return False
    return len(statements) == 1 and statements[0].type == duckdb.StatementType.SELECT
