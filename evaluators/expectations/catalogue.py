"""Which expectations Great Expectations has, and their arguments, read from its source text.

Importing the package takes 7 seconds; a suite must be checkable without it.
"""

from __future__ import annotations

import ast
import importlib.util
import re
from functools import lru_cache
from pathlib import Path
from threading import Lock

from benchmark.errors import LockgateError

_OURS = frozenset(
    {"result_format", "catch_exceptions", "rendered_content", "id", "batch_id", "windows", "notes", "meta", "severity"}
)
"""Fields that the harness sets, or that mean nothing here."""


@lru_cache
def expectation_names() -> tuple[str, ...]:
    """Every built-in expectation that does not run SQL of its own, sorted."""
    return tuple(sorted(path.stem for path in (_package() / "core").glob("expect_*.py") if "query" not in path.stem))


@lru_cache
def argument_names(expectation: str) -> frozenset[str]:
    """The arguments that an expectation takes.

    Raises:
        LockgateError: There is no such expectation.
    """
    path = _package() / "core" / f"{expectation}.py"
    if expectation not in expectation_names():
        raise LockgateError(f"There is no expectation '{expectation}'.")
    classes = _classes(_package() / "expectation.py") | _classes(path)
    wanted = expectation.replace("_", "")  # the class of expect_column_kl_divergence... is ExpectColumnKLDivergence...
    name = next((name for name in classes if name.lower() == wanted), "")
    return frozenset(_fields(name, classes)) - _OURS


def _package() -> Path:
    found = importlib.util.find_spec("great_expectations")
    if found is None or not found.submodule_search_locations:
        raise LockgateError("Great Expectations is not installed: pip install great-expectations.")
    return Path(found.submodule_search_locations[0]) / "expectations"


_PARSING = Lock()
"""Scenarios are judged in threads. Python 3.11 raises SystemError at times where two of them parse ("AST constructor
recursion depth mismatch"), and what one has parsed the other need not."""


def _classes(path: Path) -> dict[str, ast.ClassDef]:
    with _PARSING:
        return _parsed_classes(path)


@lru_cache
def _parsed_classes(path: Path) -> dict[str, ast.ClassDef]:
    """The classes of a module, as far as their first method: fields stand before it, and the rest is long."""
    found: dict[str, ast.ClassDef] = {}
    for text in _BEFORE_CLASS.split(path.read_text(encoding="utf-8"))[1:]:
        try:
            tree = ast.parse(_FIRST_METHOD.split(text, maxsplit=1)[0])
        except SyntaxError:  # what looked like a method stands in a text of several lines
            tree = ast.parse(text)
        found |= {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    return found


_BEFORE_CLASS = re.compile(r"^(?=class )", re.MULTILINE)
_FIRST_METHOD = re.compile(r"^    (?=@|def |async def )", re.MULTILINE)


def _fields(name: str, classes: dict[str, ast.ClassDef]) -> set[str]:
    """Public annotated fields of a class and its bases, as far as they are known."""
    node = classes.get(name)
    if node is None:
        return set()
    own = {
        item.target.id
        for item in node.body
        if isinstance(item, ast.AnnAssign)
        and isinstance(item.target, ast.Name)
        and not item.target.id.startswith("_")
        and "ClassVar" not in ast.unparse(item.annotation)
    }
    return own.union(*(_fields(base.id, classes) for base in node.bases if isinstance(base, ast.Name)))
