"""Lint: sqlfluff findings of a submission's models per 100 lines, beside those of the solution.

The rules are those of the world's own `.sqlfluff` and of nothing else: configuration files anywhere in the submission,
of any tool, are not read, and comments in its files change nothing. Linting renders Jinja, so it runs in a child.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmark.border import reading
from benchmark.cache import read_entry, write_entry
from benchmark.errors import SubmissionError
from benchmark.files import scratch_folder
from benchmark.hostile_tree import remove_tree
from benchmark.paths import cache_dir
from benchmark.scorecard import LintResult
from benchmark.task import Task
from benchmark.versions import tool_versions
from benchmark.workspace import lay_solution
from runtime.interface import ChildRequest, ChildResult, Limits, Runtime
from runtime.jobs.schemas import checked

CONFIG = ".sqlfluff"
NOT_OURS = ("dbt_packages", "target", "logs")
"""Folders of a dbt project that hold what others wrote, or what dbt did."""
LIMITS = Limits(wall_seconds=300)
SOLUTION = "solution"

Linted = Mapping[str, Mapping[str, Any]]
"""File, relative to the dbt project -> `n_lines`, `rules`, `is_linted`."""


def lint_submission(task: Task, project: Path, runtime: Runtime, logs: Path) -> LintResult | None:
    """Lint a submission and its solution; files that were linted before are not linted again.

    Args:
        task: Whose solution is compared with.
        project: The submitted pipeline; only read.
        runtime: Where sqlfluff runs.
        logs: Folder for its log.

    Returns:
        None where the world has no `.sqlfluff`; a result with an error where sqlfluff does not finish.
    """
    config = task.world.project_dir / "dbt" / CONFIG
    if not config.is_file():
        return None
    with scratch_folder("solution") as scratch:
        solution = scratch / "solution"
        lay_solution(task, solution)
        gold = lint_project(solution / "dbt", config, runtime, logs, SOLUTION)
        try:
            with reading("The project"):
                found = lint_project(project / "dbt", config, runtime, logs)
        except SubmissionError as error:
            return _no_result(str(error))
    if isinstance(gold, str) or isinstance(found, str):
        return _no_result(f"of the solution: {gold}" if isinstance(gold, str) else str(found))
    by_rule: dict[str, int] = {}
    for result in found.values():
        for rule, count in result["rules"].items():
            by_rule[rule] = by_rule.get(rule, 0) + count
    return LintResult(
        n_lines=sum(result["n_lines"] for result in found.values() if result["is_linted"]),
        n_findings=sum(by_rule.values()),
        findings_per_100_lines=round(_per_100_lines(found), 2),
        gold_findings_per_100_lines=round(_per_100_lines(gold), 2),
        by_rule=dict(sorted(by_rule.items())),
        not_linted=tuple(f"dbt/{name}" for name, result in sorted(found.items()) if not result["is_linted"]),
    )


def _no_result(reason: str) -> LintResult:
    return LintResult(n_lines=0, n_findings=0, findings_per_100_lines=0, gold_findings_per_100_lines=0, error=reason)


def lint_project(
    dbt: Path, config: Path, runtime: Runtime, logs: Path, owner: str | None = None
) -> dict[str, dict[str, Any]] | str:
    """Lint a dbt project's SQL files, whatever its folders are called; files of macros alone are left out.

    Args:
        dbt: The project.
        config: The world's `.sqlfluff`.
        runtime: Where sqlfluff runs.
        logs: Folder for its log.
        owner: Whose results are kept together; None = this very project's. A file that renders its own Jinja could
            forge results of its neighbours, so what one submission left is no other one's.

    Returns:
        Results by file, or why sqlfluff did not finish.
    """
    files = _sql_files(dbt)
    contents = {name: (dbt / name).read_bytes() for name in files}
    common = _digest(_macros(dbt), config.read_bytes(), tool_versions()["sqlfluff"].encode(), b"3")
    own = owner or _digest(*(part for name, text in contents.items() for part in (name.encode(), text)))
    keys = {
        name: [_digest(common, who, text) for who in dict.fromkeys((SOLUTION, own))] for name, text in contents.items()
    }
    cached = {name: [cache_dir() / "lint" / f"{key[:32]}.json" for key in found] for name, found in keys.items()}
    texts = {name: (read_entry(path) for path in paths) for name, paths in cached.items()}
    known = {name: json.loads(text) for name, found in texts.items() if (text := next(filter(None, found), None))}
    if missing := [name for name in files if name not in known]:
        result = _run(dbt, config, runtime, logs, missing)
        if result.status != "ok":
            return result.message
        if result.value["files"].keys() != set(missing):
            return "It returned other files than it was given."
        known |= result.value["files"]
        for name in missing:
            write_entry(cached[name][-1], json.dumps(known[name], sort_keys=True, ensure_ascii=False))
    return {name: known[name] for name in files}


def _sql_files(dbt: Path) -> list[str]:
    if not dbt.is_dir():
        return []
    paths = [path.relative_to(dbt) for path in sorted(dbt.rglob("*.sql")) if path.is_file()]
    return [path.as_posix() for path in paths if path.parts[0] not in NOT_OURS and not _is_macros(dbt, path)]


def _is_macros(dbt: Path, path: Path) -> bool:
    """Whether a file of `macros/` defines macros: nothing of it is SQL before somebody calls it."""
    return (
        path.parts[0] == "macros"
        and re.search(rb"{%-?\s*(macro|test|materialization)\b", (dbt / path).read_bytes()) is not None
    )


def _macros(dbt: Path) -> str:
    folder = dbt / "macros"
    files = sorted(path for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else []
    return _digest(*(part for path in files for part in (path.relative_to(folder).as_posix(), path.read_bytes())))


def _digest(*parts: str | bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        raw = part.encode() if isinstance(part, str) else part
        digest.update(b"%d:" % len(raw) + raw)
    return digest.hexdigest()


def _run(dbt: Path, config: Path, runtime: Runtime, logs: Path, files: list[str]) -> ChildResult:
    with scratch_folder("lint") as scratch:
        copy = scratch / "dbt"
        shutil.copytree(dbt, copy)
        if not (copy / "macros").is_dir():  # sqlfluff refuses to lint where a folder of its settings is missing
            remove_tree(copy / "macros")
            (copy / "macros").mkdir()
        remove_tree(copy / CONFIG)
        shutil.copyfile(config, copy / CONFIG)
        request = ChildRequest(
            "runtime.jobs.lint:run",
            {"files": files},
            copy,
            logs / "lint.log",
            limits=LIMITS,
            writable={"/workspace": copy},
        )
        return checked(runtime.run(request, profile="judge"), "lint")


def _per_100_lines(found: Linted) -> float:
    n_lines = sum(result["n_lines"] for result in found.values() if result["is_linted"])
    n_findings = sum(count for result in found.values() for count in result["rules"].values())
    return 100 * n_findings / n_lines if n_lines else 0.0
