"""A hash of what a pipeline's tables follow from: two pipelines that differ in data tests alone build the same tables.

Left out are the data tests in `dbt/tests/`, and those and the unit tests in YAML files of dbt. A test that fails can
keep a table from being built, but no test changes one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmark.errors import SpecError
from benchmark.files import project_files
from benchmark.yaml_files import parse_yaml

_PROJECT_FILE = Path("dbt/dbt_project.yml")
_TESTS = Path("dbt/tests")
_OF_MODELS = tuple(Path("dbt") / name for name in ("models", "snapshots", "seeds", "tests"))
_READS_GRAPH = re.compile(rb"\bgraph\b")
"""dbt's name for all nodes of a project, its tests among them."""


def hash_of_tables(project: Path, without: Collection[str] = ()) -> str:
    """Hash of the files of a pipeline, without its data tests where it is certain that no table depends on them.

    Args:
        project: The pipeline (`el/`, `dbt/`); trusted, for its text is read here.
        without: Names at its top that are left out.
    """
    paths = project_files(project, without)
    leaves_tests = _keeps_tests_apart(project, paths)
    digest = hashlib.sha256()
    for path in paths:
        content = (project / path).read_bytes()
        if leaves_tests:
            content = _without_tests(path, content)
            if not content:
                continue
        digest.update(f"{path.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def _keeps_tests_apart(project: Path, paths: Collection[Path]) -> bool:
    """Whether `dbt/tests` holds tests alone, and no SQL can ask which tests there are."""
    if _PROJECT_FILE not in paths:
        return False
    try:
        settings = parse_yaml((project / _PROJECT_FILE).read_text(encoding="utf-8"), project / _PROJECT_FILE)
    except (SpecError, UnicodeDecodeError):
        return False
    if settings.get("test-paths", ["tests"]) != ["tests"]:
        return False
    others = [value or [] for name, value in settings.items() if name.endswith("-paths") and name != "test-paths"]
    if not all(isinstance(value, list) for value in others):
        return False
    if any(str(folder).strip("./").partition("/")[0] in ("", "tests") for value in others for folder in value):
        return False
    return not any(path.suffix == ".sql" and _READS_GRAPH.search((project / path).read_bytes()) for path in paths)


def _without_tests(path: Path, content: bytes) -> bytes:
    """What of a file tables can depend on; empty = nothing."""
    if path.suffix == ".sql" and path.is_relative_to(_TESTS) and not path.is_relative_to(_TESTS / "generic"):
        return b""
    if path.suffix not in (".yml", ".yaml") or not any(path.is_relative_to(folder) for folder in _OF_MODELS):
        return content
    try:
        said = parse_yaml(content.decode(), path)
    except (SpecError, UnicodeDecodeError):
        return content
    said = {key: value for key, value in said.items() if key not in ("unit_tests", "data_tests")}
    for node in _nodes(said):
        for name in ("tests", "data_tests"):
            node.pop(name, None)
    if said.keys() <= {"version"}:
        return b""
    try:
        return json.dumps(said, sort_keys=True, default=repr).encode()
    except TypeError:  # keys that have no order
        return content


def _nodes(said: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Models, seeds, snapshots and tables of sources, and their columns."""
    tables = [table for source in _mappings(said.get("sources")) for table in _mappings(source.get("tables"))]
    for node in (*(node for name in ("models", "seeds", "snapshots") for node in _mappings(said.get(name))), *tables):
        yield node
        yield from _mappings(node.get("columns"))


def _mappings(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
