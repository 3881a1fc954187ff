"""One thread for each query that dbt makes, on any machine.

DuckDB takes as many threads as the machine has processors. What floats sum up to, which of several equal rows comes
first, and what a query costs follow their number. Models still run beside one another: that is dbt's own setting.
"""

from __future__ import annotations

from typing import Any

import duckdb

from runtime.warehouse import ONE_THREAD


def use_one_thread() -> None:
    """Have every warehouse that dbt opens in this process begin with one thread; once, before the first invocation.

    A project may ask for another number, in `settings` or `config_options` of its profile or in a hook: that is the
    same on any machine too. Made for dbt-duckdb 1.11, which has no setting of its own for what a profile leaves out.
    """
    from dbt.adapters.duckdb.environments import Environment

    original = Environment.initialize_db.__func__

    def initialize_db(cls: Any, creds: Any, plugins: Any = None) -> duckdb.DuckDBPyConnection:
        options = {str(name).lower(): value for name, value in (creds.config_options or {}).items()}
        if "lock_configuration" in options:  # nothing may be set any more once it is open
            creds.config_options = {"threads": 1, **options}
        connection: duckdb.DuckDBPyConnection = original(cls, creds, plugins)
        if not {"lock_configuration", "threads"} & options.keys():
            connection.execute(ONE_THREAD)
        return connection

    Environment.initialize_db = classmethod(initialize_db)
