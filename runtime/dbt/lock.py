"""Locked connections to a warehouse: SQL that a submission wrote reaches the files it may, and opens no way to others.

Settings that open no way (time zone, threads, memory, search path ...) stay free, because a pipeline may set them in a
hook. Inside walls nothing is locked at all: there the file system holds only what the job may see, and what works for
an agent in its sandbox works in evaluation.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from benchmark.duckdb_sql import literal
from benchmark.errors import LockgateError

_OPENS_A_WAY = re.compile(
    r"allow|auto(install|load)|external_access|extension|secret|lock_configuration|filesystem|_directory$|profil\w*_output"
    r"|^(access_mode|enable_logging|logging_|log_|http_|file_search_path|user$|username$|password$|python_)"
)
"""Settings through which SQL reaches files, extensions, secrets, the network, objects of Python, or the lock itself."""


def opens_a_way(setting: str) -> bool:
    """Whether SQL could reach something outside its folders by changing a setting."""
    return _OPENS_A_WAY.search(setting.lower()) is not None


def lock(connection: duckdb.DuckDBPyConnection, directories: Sequence[Path]) -> None:
    """Let a DuckDB instance read and write files in some folders only, and let nobody change that."""
    if connection.execute("select current_setting('lock_configuration')").fetchone() == (True,):
        return  # the instance that dbt has open in this process, and has locked
    names = [str(row[0]) for row in connection.execute("select name from system.main.duckdb_settings()").fetchall()]
    free = ", ".join(literal(name) for name in names if not opens_a_way(name))
    listed = ", ".join(literal(f"{path.resolve()}/") for path in directories)
    connection.execute(
        "set autoinstall_known_extensions = false; set autoload_known_extensions = false; "
        f"set allowed_directories = [{listed}]; set enable_external_access = false; "
        f"set allowed_configs = [{free}]; set lock_configuration = true"
    )


def lock_dbt(directories: Sequence[Path]) -> None:
    """Lock every warehouse connection that dbt opens in this process, once its own set-up is done.

    Raises:
        LockgateError: When it connects: the profile changes a setting that opens a way.
    """
    from dbt.adapters.duckdb.environments import Environment

    original = Environment.initialize_db.__func__

    def initialize_db(cls: Any, creds: Any, plugins: Any = None) -> duckdb.DuckDBPyConnection:
        refused = sorted(name for name in creds.settings or {} if opens_a_way(str(name)))
        if refused:
            raise LockgateError(
                f"profiles.yml changes the setting '{refused[0]}', which is possible inside a sandbox only. "
                "Take it out of `settings`, or run with --sandbox bubblewrap."
            )
        connection: duckdb.DuckDBPyConnection = original(cls, creds, plugins)
        lock(connection, directories)
        return connection

    Environment.initialize_db = classmethod(initialize_db)
