"""One dbt invocation on a world's own pipeline, whose JSON files stay and tell of each node; inside a child."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb

from runtime.dbt.clock import parse_pinned, pin_dbt, pin_warehouse
from runtime.jobs.build import lock_where_no_walls


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Run dbt in the current folder; its `target/` holds `manifest.json` and `run_results.json` afterwards.

    Args:
        arguments: `now` and `warehouse` as for `runtime.jobs.build.run`, and `command` (list).

    Returns:
        `is_success` and `error`, what kept dbt as a whole from running.
    """
    from dbt.cli.main import dbtRunner

    now = parse_pinned(arguments["now"])
    with duckdb.connect(arguments["warehouse"]) as connection:
        pin_warehouse(connection, now)
    pin_dbt(now)
    lock_where_no_walls({})
    options = ["--no-use-colors", "--log-level-file", "none", "--profiles-dir", ".", "--project-dir", "."]
    response = dbtRunner().invoke([*arguments["command"], *options])
    error = " ".join(str(response.exception).split())[:2000] if response.exception else ""
    return {"is_success": bool(response.success), "error": error}
