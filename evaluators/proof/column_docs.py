"""Is every scored column described to the agent?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from pathlib import Path
from typing import Any

import yaml

from benchmark.errors import SpecError
from benchmark.files import project_files
from benchmark.task import Task
from benchmark.yaml_guard import load_yaml

_CODE = re.compile(r"`([^`\n]+)`")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BEGIN = re.compile(r"#|\s*[-*+|]\s?|\s*\d+[.)]\s")
_INCLUDED = re.compile(r"columns\s+(?:of|as|as\s+in|from)\s+`(?:\w+\.)?(\w+)`", re.IGNORECASE)
_PASSAGE = 7
"""Below the six levels of headings."""
_FILLERS = frozenset({"a", "an", "as", "for", "from", "in", "is", "it", "its", "of", "the", "this", "column", "value"})
_MAX_ALIKE = 4
"""Columns of one table whose descriptions may be alike but for the name."""
_SCHEMAS = frozenset({"raw", "staging", "intermediate", "marts"})


def undescribed_columns(task: Task, workspace: Path) -> list[str]:
    """Scored columns, as `schema.table.column`, that nothing in the workspace describes.

    A column is described where a YAML file of the dbt project gives it, in its model or source table, a description
    of its own, or where the ticket or a page of `docs/` names it as code in a passage on its table.

    Args:
        task: The task.
        workspace: The start, with the ticket.
    """
    described = _yaml_descriptions(workspace)
    tables = {name.partition(".")[2].lower() for name in task.scored_tables}
    for path in project_files(workspace):
        if path.suffix == ".md":
            text = (workspace / path).read_text(encoding="utf-8")
            for table, columns in columns_by_table(text, tables).items():
                described.setdefault(table, set()).update(columns)
    return [
        f"{table}.{column}"
        for table, spec in task.scored_tables.items()
        for column in spec.columns
        if column.lower() not in described.get(table.partition(".")[2].lower(), set())
    ]


def columns_by_table(text: str, tables: Set[str]) -> dict[str, set[str]]:
    """Words that stand as code in the passages of a page that are about a table.

    A heading, or a paragraph or list item whose first code is a table, begins a passage on that table. Where one names
    several tables, it is about all of them. A passage ends where the next one begins, or at a heading of the same or a
    higher level. "All columns of `other`" stands for the columns that the passages on the other table name.

    Args:
        text: Markdown.
        tables: Names without schema, lower case.

    Returns:
        Table -> words, lower case.
    """
    found: dict[str, set[str]] = {}
    includes: list[tuple[str, str]] = []
    topics: list[tuple[int, set[str]]] = [(0, set())]
    for block in _blocks(text):
        words = [word.lower() for code in _CODE.findall(block) for word in _WORD.findall(code)]
        named = [word for word in words if word in tables]
        level = len(block) - len(block.lstrip("#"))
        if level:
            topics = [topic for topic in topics if topic[0] < level] + ([(level, set(named))] if named else [])
        elif named and next((word for word in words if word not in _SCHEMAS), "") == named[0]:
            topics = [topic for topic in topics if topic[0] < _PASSAGE] + [(_PASSAGE, {named[0]})]
        for table in {*topics[-1][1], *named}:
            found.setdefault(table, set()).update(words)
            includes += [(table, other.lower()) for other in _INCLUDED.findall(block)]
    for table, other in includes:
        found[table] |= found.get(other, set())
    return found


def _blocks(text: str) -> Iterator[str]:
    """Headings, paragraphs, list items and rows of tables."""
    block: list[str] = []
    for line in text.splitlines():
        if not line.strip() or _BEGIN.match(line):
            if block:
                yield "\n".join(block)
            block = []
        if line.strip():
            block.append(line)
        if line.startswith("#"):
            yield line
            block = []
    if block:
        yield "\n".join(block)


def _yaml_descriptions(workspace: Path) -> dict[str, set[str]]:
    """Model or source table -> columns that have a description; lower case."""
    found: dict[str, set[str]] = {}
    for path in project_files(workspace):
        if path.parts[0] != "dbt" or path.suffix not in (".yml", ".yaml"):
            continue
        try:
            content = load_yaml((workspace / path).read_text(encoding="utf-8")) or {}
        except yaml.YAMLError as error:
            raise SpecError(path, [f"not valid YAML: {' '.join(str(error).split())}"]) from error
        if path.name == "dbt_project.yml":
            continue
        tables = [*content.get("models", []), *content.get("snapshots", []), *content.get("seeds", [])]
        for source in content.get("sources", []):
            tables += source.get("tables", [])
        for table in tables:
            columns = table.get("columns") or []
            found.setdefault(str(table["name"]).lower(), set()).update(_described(columns))
    return found


def _described(columns: Iterable[Mapping[str, Any]]) -> set[str]:
    """Columns of one table whose descriptions say something, lower case.

    A description that many columns of the table share, but for the name, says nothing of any of them.
    """
    said = {str(c["name"]).lower(): _words_beside_name(c) for c in columns if str(c.get("description") or "").strip()}
    counts = Counter(said.values())
    return {name for name, words in said.items() if counts[words] <= _MAX_ALIKE}


def _words_beside_name(column: Mapping[str, Any]) -> frozenset[str]:
    name = str(column["name"]).lower()
    words = {word.lower() for word in _WORD.findall(str(column.get("description") or ""))}
    return frozenset(words - {name, *name.split("_")} - _FILLERS)
