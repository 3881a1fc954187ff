"""Is every scored column described to the agent?"""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from benchmark.files import project_files
from benchmark.task import Task

_CODE = re.compile(r"`([^`\n]+)`")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def undescribed_columns(task: Task, workspace: Path) -> list[str]:
    """Scored columns, as `schema.table.column`, that nothing in the workspace describes.

    A column is described where a YAML file of the dbt project gives it, in its model or source table, a description,
    or where the ticket or a page of `docs/` names it as code on a page that names its table or source table too.

    Args:
        task: The task.
        workspace: The start, with the ticket.
    """
    described = _yaml_descriptions(workspace)
    pages = _pages(workspace)
    missing = []
    for table, spec in task.scored_tables.items():
        name = table.partition(".")[2].lower()
        known = set(described.get(name, set()))
        for words in pages:
            if name in words:
                known |= words
        missing += [f"{table}.{column}" for column in spec.columns if column.lower() not in known]
    return missing


def _pages(workspace: Path) -> list[set[str]]:
    """Words that stand as code, for each Markdown page of the workspace; lower case."""
    pages = [path for path in project_files(workspace) if path.suffix == ".md"]
    return [
        {word.lower() for code in _CODE.findall(text) for word in _WORD.findall(code)}
        for text in ((workspace / path).read_text(encoding="utf-8") for path in pages)
    ]


def _yaml_descriptions(workspace: Path) -> dict[str, set[str]]:
    """Model or source table -> columns that have a description; lower case."""
    found: dict[str, set[str]] = {}
    for path in project_files(workspace):
        if path.parts[0] != "dbt" or path.suffix not in (".yml", ".yaml"):
            continue
        content = yaml.safe_load((workspace / path).read_text(encoding="utf-8")) or {}
        if path.name == "dbt_project.yml":
            continue
        tables = [*content.get("models", []), *content.get("snapshots", []), *content.get("seeds", [])]
        for source in content.get("sources", []):
            tables += source.get("tables", [])
        for table in tables:
            columns = table.get("columns") or []
            names = {str(c["name"]).lower() for c in columns if str(c.get("description") or "").strip()}
            found.setdefault(str(table["name"]).lower(), set()).update(names)
    return found
