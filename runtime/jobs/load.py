"""One load of the workspace's connections, inside a child."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runtime.dbt.clock import parse_pinned
from sources.loader import LoadRequest, load


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Load every connection of a folder into a warehouse.

    Args:
        arguments: `el` (folder), `warehouse` (path), `now` (pinned instant), `environment` (what `${NAME}` stands for),
            optional `connections` (names of those to load; default: all).

    Returns:
        `is_success`, `errors` (one sentence each), `records` (`connection.stream` -> number of records read).
    """
    connections = arguments.get("connections")
    report = load(
        LoadRequest(
            el_dir=Path(arguments["el"]),
            warehouse_path=Path(arguments["warehouse"]),
            now=parse_pinned(arguments["now"]),
            environment=arguments["environment"],
            connections=None if connections is None else tuple(connections),
        )
    )
    for line in report.errors:
        print(line)  # noqa: T201 - the log
    return {
        "is_success": report.is_ok,
        "errors": report.errors,
        "records": {f"{stream.connection}.{stream.stream}": stream.n_records for stream in report.streams},
    }
