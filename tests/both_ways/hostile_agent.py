"""An agent that lays the solution and one of the hostile changes beside it."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import ClassVar

from agents.base import AgentContext
from benchmark.scorecard import AgentResult
from benchmark.task import Task
from benchmark.workspace import lay_solution
from tests.helpers.hostile_submissions import SETTINGS, Place, hostile_submissions


class HostileAgent:
    """Each seed tries something else; the first thing differs from task to task."""

    needs_systems: ClassVar[bool] = False

    def solve(self, context: AgentContext) -> AgentResult:
        """Lay the solution, then make the change."""
        lay_solution(context.task, context.workspace)
        tried = list(hostile_submissions(find_place(context.task, context.workspace)).items())
        name, changes = tried[(zlib.crc32(context.task.id.encode()) + context.seed) % len(tried)]
        for path, text in changes.items():
            target = context.workspace / path
            if text is None:
                target.unlink()
            else:
                target.write_text(text, encoding="utf-8")
        return AgentResult(status="finished", message=name, n_steps=len(changes))


def find_place(task: Task, project: Path) -> Place:
    """Where hostile changes go in the solution of a task: into what is scored and may be changed, if there is such."""
    models = {path.stem: path for path in sorted((project / "dbt/models").rglob("*.sql"))}
    scored = [name for name, spec in task.scored_tables.items() if spec.stage != "raw"]
    free = [
        (name, path.relative_to(project).as_posix())
        for name in reversed(scored)
        if (path := models.get(name.split(".")[1])) and not task.is_protected(path.relative_to(project).as_posix())
    ]
    name, model = free[0] if free else ("", next(iter(models.values())).relative_to(project).as_posix())
    raw, spec = next((table, spec) for table, spec in task.world.tables.items() if spec.stage == "raw")
    names = {column.lower() for column in spec.key}
    macros = [path for path in (project / "dbt/macros").glob("*.sql") if "generate_schema_name" in path.read_text()]
    return Place(
        model=model,
        sql=(project / model).read_text(encoding="utf-8"),
        settings=(project / SETTINGS).read_text(encoding="utf-8"),
        table=next((table for table in scored if table != name), "marts.none"),
        raw=raw,
        key=spec.key[0],
        column=next((column for column in spec.columns if column.lower() not in names), spec.key[0]),
        schema_macro=macros[0].relative_to(project).as_posix(),
        connection=min(path.relative_to(project).as_posix() for path in (project / "el").glob("*.yaml")),
    )
