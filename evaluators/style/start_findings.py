"""Which findings of a policy a submission added; those that its start has too are only counted.

dbt reads the start, which is the task's own, without walls and once for each state of its files.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.cache import one_at_a_time, read_entry, write_entry
from benchmark.files import hash_folder, scratch_folder
from benchmark.paths import cache_dir
from benchmark.scorecard import PolicyFinding, PolicyResult
from benchmark.task import Task
from benchmark.versions import tool_versions
from benchmark.workspace import lay_start
from evaluators.pipeline.parsed_projects import parse_request
from evaluators.pipeline.run_keys import code_hash
from evaluators.style.graph_rules import check_policy
from runtime.dbt.clock import clock_environment
from runtime.interface import Runtime
from runtime.jobs.schemas import checked

MAX_LISTED = 50
"""Findings that a scorecard lists; all are counted."""
CODE = ("runtime/jobs/build.py", "runtime/dbt/noted_manifest.py", "runtime/jobs/graph.py")
"""Our code that makes the graph of a start."""


class _Start(NamedTuple):
    """What dbt says of a start."""

    graph: Any
    error: str
    """Why dbt cannot read it; empty = it can."""


def since_start(found: PolicyResult, task: Task, now: datetime, runtime: Runtime, logs: Path) -> PolicyResult:
    """Leave out the findings that the start of a task has too: the same rule, model and sentence.

    Args:
        found: What the rules found in the submission's graph.
        task: Whose start is compared with.
        now: The pinned instant at which dbt reads the start.
        runtime: Where dbt runs; not used where nothing was found, or where the start's graph is kept.
        logs: Folder for dbt's log.

    Returns:
        At most `MAX_LISTED` findings. Where dbt cannot read the start, none is left out, and `start_error` says why.

    Raises:
        RuntimeFaultError: The runtime broke.
    """
    if not found.n_findings:
        return found if found.error else found.model_copy(update={"n_in_start": 0})
    start = _read_start(task, now, runtime, logs)
    if start.error:
        return found.model_copy(update={"findings": found.findings[:MAX_LISTED], "start_error": start.error})
    known = _identities(check_policy(start.graph, task.policy, task.world.tables | task.spec.tables).findings)
    in_start = [item for item in found.findings if _identity(item) in known]
    added = [item for item in found.findings if _identity(item) not in known]
    return found.model_copy(
        update={
            "n_findings": found.n_findings - len(in_start),
            "by_rule": dict(Counter(found.by_rule) - Counter(item.rule for item in in_start)),
            "findings": tuple(added[:MAX_LISTED]),
            "n_in_start": len(in_start),
        }
    )


def _identities(findings: Sequence[PolicyFinding]) -> set[tuple[str, str, str]]:
    return {_identity(item) for item in findings}


def _identity(finding: PolicyFinding) -> tuple[str, str, str]:
    return finding.rule, finding.model, finding.message


def _read_start(task: Task, now: datetime, runtime: Runtime, logs: Path) -> _Start:
    """What is kept of dbt's reading of a start, or dbt reads it now."""
    with scratch_folder("start") as scratch:
        start = scratch / "start"
        lay_start(task, start)
        key = _key(start, now)
        entry = cache_dir() / "start_graphs" / f"{key}.json"
        with one_at_a_time("start_graphs", key):
            if (text := read_entry(entry)) is not None:
                return _Start(**json.loads(text))
            found, is_certain = _parse(start / "dbt", now, runtime, logs)
            if is_certain:
                write_entry(entry, json.dumps(found._asdict(), sort_keys=True, ensure_ascii=False))
            return found


def _key(start: Path, now: datetime) -> str:
    content = {
        "start": hash_folder(start),
        "now": clock_environment(now),
        "code": code_hash(CODE),
        "versions": tool_versions(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


def _parse(dbt: Path, now: datetime, runtime: Runtime, logs: Path) -> tuple[_Start, bool]:
    """Have dbt read a project; also whether it would say the same again."""
    if not dbt.is_dir():
        return _Start(None, "there is no folder dbt/"), True
    request = parse_request(dbt, clock_environment(now), logs / "start-parse.log")
    result = checked(runtime.run(request), "build")
    if result.status != "ok":
        return _Start(None, result.message or result.status), False
    if not result.value["is_success"]:
        return _Start(None, result.value["error"].replace(f"{dbt.resolve()}/", "dbt/") or "dbt parse fails"), True
    return _Start(result.value["graph"], ""), True
