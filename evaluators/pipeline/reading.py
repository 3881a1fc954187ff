"""Comparing a submission with the solution in a process of its own, since the text of a submission is hostile.

What reads YAML, SQL and patterns can be made to run without end, to recurse too deeply or to crash. Whatever happens
there, the answer is the same: the submission is not plain, and all of it is built.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from evaluators.pipeline.kept_builds import project_contents
from evaluators.pipeline.plain.differences import Differences, find_differences
from evaluators.pipeline.plain.jinja import NotPlainError
from runtime.interface import ChildRequest, Limits, Runtime

LIMITS = Limits(wall_seconds=30)
"""A comparison takes a few tenths of a second."""


def read_differences(
    project: Path, solution: Path, graph: Mapping[str, Any], schemas: Collection[str], runtime: Runtime, log_path: Path
) -> Differences:
    """What differs between a submission and the solution; see `find_differences`.

    Args:
        project: The submission; nothing has run in it.
        solution: The solution.
        graph: Of the solution.
        schemas: Of the solution's warehouse, in small letters.
        runtime: Without walls: nothing of the submission is run.
        log_path: Receives what the process says.

    Raises:
        NotPlainError: They differ in something else than plain models, or cannot be compared.
        RuntimeFaultError: The runtime broke.
    """
    request = ChildRequest(
        entry="evaluators.pipeline.reading:run",
        arguments={
            "project": str(project.resolve()),
            "solution": str(solution.resolve()),
            "graph": graph,
            "schemas": sorted(schemas),
        },
        directory=solution,
        log_path=log_path,
        limits=LIMITS,
    )
    result = runtime.run(request, "pipeline")
    if result.status != "ok":
        raise NotPlainError(f"comparing it with the solution ended: {result.message or result.status}")
    if refused := result.value["refused"]:
        raise NotPlainError(refused)
    return Differences.from_json(result.value["differences"])


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The job of the process.

    Args:
        arguments: `project`, `solution` (paths), `graph`, `schemas`.

    Returns:
        `refused`: why it is not plain, or empty; `differences`: what `Differences.as_json` gives.
    """
    files, solution = (project_contents(Path(arguments[name])) for name in ("project", "solution"))
    try:
        found = find_differences(files, solution, arguments["graph"], arguments["schemas"])
    except NotPlainError as error:
        return {"refused": str(error), "differences": {}}
    return {"refused": "", "differences": found.as_json()}
