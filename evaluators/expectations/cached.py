"""Running the expectation suites of a scenario in a child; equal tables are checked once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmark.cache import read_entry, write_entry
from benchmark.errors import LockgateError
from benchmark.paths import cache_dir
from benchmark.scorecard import ExpectationResult
from benchmark.task import Task
from benchmark.versions import tool_versions
from evaluators.expectations.suite import TableSuite, failed_suite, read_suites
from evaluators.pipeline.run_keys import code_hash
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, Limits

CODE = ("evaluators/expectations",)
"""Our code that results depend on."""
LIMITS = Limits(wall_seconds=600)


def check_expectations(
    task: Task, tables: Path, unreadable: Mapping[str, str], runtime: ForkRuntime, log_path: Path
) -> tuple[ExpectationResult, ...]:
    """Check the scored tables that have a suite; arguments and errors as `check_suites`.

    Args:
        task: Its world has the suites, in `project/expectations/`.
        tables: Folder of exported Parquet files.
        unreadable: Table -> why it could not be written.
        runtime: Where Great Expectations runs.
        log_path: For its log.
    """
    suites = [
        suite
        for suite in read_suites(task.world.expectations_dir, task.world.tables)
        if suite.table in task.scored_tables
    ]
    return check_suites(suites, tables, unreadable, runtime, log_path)


def check_suites(
    suites: Sequence[TableSuite], tables: Path, unreadable: Mapping[str, str], runtime: ForkRuntime, log_path: Path
) -> tuple[ExpectationResult, ...]:
    """Check tables against their suites.

    Args:
        suites: The suites.
        tables: Folder of exported Parquet files.
        unreadable: Table -> why it could not be written; the others have a file or were not built.
        runtime: Where Great Expectations runs.
        log_path: For its log.

    Raises:
        SpecError: A suite is not valid.
        RuntimeFaultError: The runtime broke. A table with which Great Expectations does not finish has failed.
    """
    cached = {suite.table: _cache_path(suite, tables, unreadable) for suite in suites}
    found: dict[str, list[dict[str, Any]] | str] = {
        table: json.loads(text) for table, path in cached.items() if (text := read_entry(path)) is not None
    }
    if missing := [suite for suite in suites if suite.table not in found]:
        found |= _check(missing, tables, unreadable, runtime, log_path)
        for suite in missing:
            if isinstance(found[suite.table], list):
                write_entry(cached[suite.table], json.dumps(found[suite.table], sort_keys=True, ensure_ascii=False))
    results: list[ExpectationResult] = []
    for suite in suites:
        items = found[suite.table]
        if isinstance(items, str):
            results += failed_suite(suite, items)
        else:
            results += [ExpectationResult.model_validate(item) for item in items]
    return tuple(results)


def _check(
    suites: Sequence[TableSuite],
    tables: Path,
    unreadable: Mapping[str, str],
    runtime: ForkRuntime,
    log_path: Path,
) -> dict[str, list[dict[str, Any]] | str]:
    """Dumped results by table, or why its check did not finish; then each suite is tried in a child of its own."""
    arguments = {
        "suites": [suite.model_dump(mode="json") for suite in suites],
        "tables": str(tables.resolve()),
        "unreadable": dict(unreadable),
    }
    request = ChildRequest("evaluators.expectations.run:run_in_child", arguments, tables, log_path, limits=LIMITS)
    child = runtime.run(request, profile="judge")
    if child.status == "ok" and isinstance(child.value, str):
        raise LockgateError(child.value)
    if child.status == "ok":
        return {suite.table: [item for item in child.value if item["table"] == suite.table] for suite in suites}
    if len(suites) == 1:
        return {suites[0].table: f"It could not be checked to the end. {child.message}"}
    found: dict[str, list[dict[str, Any]] | str] = {}
    for suite in suites:
        found |= _check([suite], tables, unreadable, runtime, log_path)
    return found


def _cache_path(suite: TableSuite, tables: Path, unreadable: Mapping[str, str]) -> Path:
    """Where the results of a suite on this very content are kept."""
    digest = hashlib.sha256(suite.model_dump_json().encode())
    digest.update(f"{tool_versions()['great-expectations']} {code_hash(CODE)}".encode())
    path = tables / f"{suite.table}.parquet"
    if path.is_file():
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    else:
        digest.update(str(unreadable.get(suite.table)).encode())
    return cache_dir() / "expectations" / f"{digest.hexdigest()[:32]}.json"
