"""Running the expectation suites of a scenario in a child; equal tables are checked once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.files import write_json_atomic
from benchmark.paths import cache_dir
from benchmark.scorecard import ExpectationResult
from benchmark.task import Task
from benchmark.versions import tool_versions
from evaluators.expectations.suite import TableSuite, read_suites
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, RuntimeFaultError


def check_expectations(
    task: Task, tables: Path, outcomes: Mapping[str, str | None], runtime: ForkRuntime, log_path: Path
) -> tuple[ExpectationResult, ...]:
    """Check the scored tables that have a suite.

    Args:
        task: Its world has the suites, in `project/expectations/`.
        tables: Folder of exported Parquet files.
        outcomes: Table -> None when exported, or why not.
        runtime: Where Great Expectations runs.
        log_path: For its log.

    Raises:
        SpecError: A suite is not valid.
        RuntimeFaultError: Great Expectations could not finish.
    """
    suites = [
        suite
        for suite in read_suites(task.world.expectations_dir, task.world.tables)
        if suite.table in task.scored_tables
    ]
    cached = {suite.table: _cache_path(suite, tables, outcomes) for suite in suites}
    missing = [suite for suite in suites if not cached[suite.table].is_file()]
    if missing:
        arguments: dict[str, Any] = {
            "suites": [suite.model_dump(mode="json") for suite in missing],
            "tables": str(tables.resolve()),
            "outcomes": dict(outcomes),
        }
        child = runtime.run(
            ChildRequest("evaluators.expectations.suite:run_job", arguments, tables, log_path), profile="judge"
        )
        if child.status != "ok":
            raise RuntimeFaultError(f"The expectations broke: {child.message} (log: {log_path.name})")
        for suite in missing:
            write_json_atomic(cached[suite.table], [item for item in child.value if item["table"] == suite.table])
    return tuple(
        ExpectationResult.model_validate(item)
        for suite in suites
        for item in json.loads(cached[suite.table].read_text(encoding="utf-8"))
    )


def _cache_path(suite: TableSuite, tables: Path, outcomes: Mapping[str, str | None]) -> Path:
    """Where the results of a suite on this very content are kept."""
    digest = hashlib.sha256(suite.model_dump_json().encode())
    digest.update(tool_versions()["great-expectations"].encode())
    path = tables / f"{suite.table}.parquet"
    if path.is_file():
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    else:
        digest.update(str(outcomes.get(suite.table)).encode())
    return cache_dir() / "expectations" / f"{digest.hexdigest()[:32]}.json"
