"""Lint: sqlfluff findings of a submission's models per 100 lines, beside those of the solution.

The rules are those of the world's own `.sqlfluff` and of nothing else: configuration files anywhere in the submission,
of any tool, are not read, and comments in its files change nothing. Linting renders Jinja, so it runs in a child.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.files import hash_folder, project_files, scratch_folder, write_json_atomic
from benchmark.paths import cache_dir
from benchmark.scorecard import LintResult
from benchmark.task import Task
from benchmark.versions import tool_versions
from benchmark.workspace import lay_solution
from runtime.interface import ChildRequest, Limits, Runtime

CONFIG = ".sqlfluff"
FOLDERS = ("models", "snapshots", "tests")
LIMITS = Limits(wall_seconds=300)


def lint_submission(task: Task, project: Path, runtime: Runtime, logs: Path) -> LintResult | None:
    """Lint a submission and its solution; files that were linted before are not linted again.

    Args:
        task: Whose solution is compared with.
        project: The submitted pipeline; only read.
        runtime: Where sqlfluff runs.
        logs: Folder for its log.

    Returns:
        None where the world has no `.sqlfluff` or sqlfluff could not finish.
    """
    config = task.world.project_dir / "dbt" / CONFIG
    if not config.is_file():
        return None
    with scratch_folder("solution") as scratch:
        solution = scratch / "solution"
        lay_solution(task, solution)
        found = lint_project(project / "dbt", config, runtime, logs)
        gold = lint_project(solution / "dbt", config, runtime, logs)
    if found is None or gold is None:
        return None
    by_rule: dict[str, int] = {}
    for result in found.values():
        for rule, count in result["rules"].items():
            by_rule[rule] = by_rule.get(rule, 0) + count
    return LintResult(
        n_lines=sum(result["n_lines"] for result in found.values()),
        n_findings=sum(by_rule.values()),
        findings_per_100_lines=round(_per_100_lines(found), 2),
        gold_findings_per_100_lines=round(_per_100_lines(gold), 2),
        by_rule=dict(sorted(by_rule.items())),
    )


def lint_project(dbt: Path, config: Path, runtime: Runtime, logs: Path) -> dict[str, dict[str, Any]] | None:
    """Lint a dbt project's SQL files.

    Returns:
        File -> `n_lines` and `rules` (rule code -> findings); None when sqlfluff could not finish.
    """
    files = [path for path in project_files(dbt) if path.parts[0] in FOLDERS and path.suffix == ".sql"]
    common = hashlib.sha256(
        (hash_folder(dbt / "macros") + config.read_text(encoding="utf-8") + tool_versions()["sqlfluff"]).encode()
    ).hexdigest()
    cached = {
        path.as_posix(): cache_dir()
        / "lint"
        / f"{hashlib.sha256(common.encode() + (dbt / path).read_bytes()).hexdigest()[:32]}.json"
        for path in files
    }
    missing = [name for name, entry in cached.items() if not entry.is_file()]
    if missing:
        with scratch_folder("lint") as scratch:
            copy = scratch / "dbt"
            shutil.copytree(dbt, copy, ignore=shutil.ignore_patterns("target", "logs"))
            (copy / "macros").mkdir(exist_ok=True)  # sqlfluff refuses to lint where a folder of its settings is missing
            shutil.copyfile(config, copy / CONFIG)
            request = ChildRequest(
                "runtime.jobs.lint:run",
                {"files": missing},
                copy,
                logs / "lint.log",
                limits=LIMITS,
                writable={"/workspace": copy},
            )
            result = runtime.run(request, profile="judge")
        if result.status != "ok":
            return None
        for name, linted in result.value.items():
            write_json_atomic(cached[name], linted)
    return {name: json.loads(entry.read_text(encoding="utf-8")) for name, entry in cached.items()}


def _per_100_lines(found: Mapping[str, Mapping[str, Any]]) -> float:
    n_lines = sum(result["n_lines"] for result in found.values())
    n_findings = sum(count for result in found.values() for count in result["rules"].values())
    return 100 * n_findings / n_lines if n_lines else 0.0
