"""Wrong versions of Dagster definitions, and one other way to write them: changes of one place in one file."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmark.files import project_files
from benchmark.orchestration import DEFINITIONS_FOLDER

_LOST_KEYWORDS = frozenset({"retry_policy", "deps", "partitions_def", "execution_timezone", "jobs", "schedules"})
_STEPS = frozenset({"load", "dbt"})


@dataclass(frozen=True)
class Variant:
    """One version of one file."""

    operator: str
    path: str
    """Relative to the workspace."""
    line: int
    before: str
    after: str
    text: str
    """The whole file."""
    original: str
    number: int = 0
    """Tells variants apart that have operator and line in common."""

    @property
    def id(self) -> str:
        """Stays while the file stays."""
        suffix = f"-{self.number}" if self.number else ""
        return f"{self.path}:{self.line}:{self.operator}{suffix}"

    @property
    def diff(self) -> str:
        """What changed."""
        lines = difflib.unified_diff(self.original.splitlines(), self.text.splitlines(), lineterm="", n=1)
        return "\n".join(list(lines)[2:])


def wrong_versions(solution: Path) -> list[Variant]:
    """Every wrong version of the definitions of a laid solution."""
    return _numbered(variant for path, source in _sources(solution) for variant in _wrong(path, source))


def right_versions(solution: Path) -> list[Variant]:
    """Versions that mean the same: assets listed the other way round, as nobody may go by the order of a list."""
    return _numbered(variant for path, source in _sources(solution) for variant in _reversed_assets(path, source))


def _sources(solution: Path) -> Iterator[tuple[str, str]]:
    folder = solution / DEFINITIONS_FOLDER
    for path in project_files(folder):
        if path.suffix == ".py":
            yield f"{DEFINITIONS_FOLDER}/{path.as_posix()}", (folder / path).read_text(encoding="utf-8")


def _numbered(variants: Iterator[Variant]) -> list[Variant]:
    found: dict[str, Variant] = {}
    for variant in variants:
        number, one = 0, variant
        while one.id in found:
            number += 1
            one = Variant(**{**vars(variant), "number": number})
        found[one.id] = one
    return list(found.values())


def _wrong(path: str, source: str) -> Iterator[Variant]:
    edit = _Editor(path, source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                if keyword.arg in _LOST_KEYWORDS:
                    yield edit.without_argument(f"lost_{keyword.arg}", keyword)
                elif keyword.arg == "cron_schedule" and isinstance(keyword.value, ast.Constant):
                    yield edit.replaced("other_time", keyword.value, repr(_later(str(keyword.value.value))))
                elif keyword.arg == "max_retries":
                    yield edit.replaced("too_few_retries", keyword.value, "1")
        if isinstance(node, ast.Call) and _is_step(node) and (len(node.args) > 1 or node.keywords):
            yield edit.replaced("whole_project", node, f"{ast.unparse(node.func)}({ast.unparse(node.args[0])})")
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and _is_step(node.value):
            yield edit.replaced("lost_step", node, "pass")
            indent = " " * node.col_offset
            text = f"try:\n{indent}    {ast.unparse(node)}\n{indent}except Exception:\n{indent}    pass"
            yield edit.replaced("swallowed_failure", node, text)


def _is_step(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Name) and node.func.id in _STEPS


def _later(cron: str) -> str:
    """A minute later, or earlier where there is none."""
    minute, _, rest = cron.partition(" ")
    other = (int(minute) + 1) % 60 if minute.isdigit() else 1
    return f"{other} {rest}"


def _reversed_assets(path: str, source: str) -> Iterator[Variant]:
    edit = _Editor(path, source)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.keyword) and node.arg == "assets" and isinstance(node.value, ast.List):
            text = f"[{', '.join(ast.unparse(item) for item in reversed(node.value.elts))}]"
            yield edit.replaced("reversed_assets", node.value, text)


class _Editor:
    """Replaces places of one file."""

    def __init__(self, path: str, source: str) -> None:
        self._path = path
        self._source = source
        lines = source.encode().splitlines(keepends=True)
        self._starts = [sum(map(len, lines[:number])) for number in range(len(lines) + 1)]

    def replaced(self, operator: str, node: ast.expr | ast.stmt | ast.keyword, text: str) -> Variant:
        """Another text in the place of a node."""
        start, end = self._place(node)
        return self._variant(operator, node.lineno, start, end, text)

    def without_argument(self, operator: str, node: ast.keyword) -> Variant:
        """A call without an argument, and without the comma after it."""
        start, end = self._place(node)
        content = self._source.encode()
        rest = content[end:].lstrip()
        if rest.startswith(b","):
            end = len(content) - len(rest) + 1
        return self._variant(operator, node.lineno, start, end, "")

    def _place(self, node: ast.expr | ast.stmt | ast.keyword) -> tuple[int, int]:
        assert node.end_lineno is not None, "a parsed node has an end"
        assert node.end_col_offset is not None, "a parsed node has an end"
        return self._starts[node.lineno - 1] + node.col_offset, self._starts[node.end_lineno - 1] + node.end_col_offset

    def _variant(self, operator: str, line: int, start: int, end: int, text: str) -> Variant:
        content = self._source.encode()
        changed = (content[:start] + text.encode() + content[end:]).decode()
        return Variant(operator, self._path, line, content[start:end].decode(), text, changed, self._source)
