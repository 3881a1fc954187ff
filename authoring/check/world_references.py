"""What the files of a world's dbt project name in `ref()` and `source()`, and what is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from authoring.check.context import CheckedWorld
from authoring.check.findings import Finding
from authoring.check.references import models_of
from authoring.check.source_text import line_of, text
from authoring.lineage.dbt_files import parse_code, read_properties
from benchmark.file_tree import PACKAGES
from benchmark.spelling import nearest

_VERSION = re.compile(r"[_.]v\d+$")
_YAML_REFERENCE = re.compile(r"""^\s*(?:-\s+)?(?:to|input)\s*:\s*["']?ref\(\s*["'](\w+)["']\s*\)""", re.MULTILINE)
"""Of a data test `relationships`, and of a unit test."""


def check_world_references(checked: CheckedWorld) -> Iterator[Finding]:
    """Find models and source tables that the project names and does not have: dbt would refuse it whole."""
    models = models_of(checked.tree) | _package_models(checked.world.project_dir / PACKAGES)
    models |= {_VERSION.sub("", name) for name in models}
    sources = _sources(checked)
    for name, path in checked.tree.items():
        if not name.startswith("dbt/") or name.startswith("dbt/macros/"):
            continue
        if path.suffix in (".yml", ".yaml"):
            references = frozenset(_YAML_REFERENCE.findall(text(path)))
            named: frozenset[tuple[str, str]] = frozenset()
        elif path.suffix in (".sql", ".py"):
            code = parse_code(text(path))
            references, named = code.references, code.sources
        else:
            continue
        for reference in sorted(references):
            if reference.lower() not in models:
                yield _unknown(path, f"ref('{reference}') names no model", reference, nearest(reference, models))
        for source, table in sorted(named):
            if (source.lower(), table.lower()) not in sources:
                near = nearest(f"{source}.{table}", [".".join(known) for known in sources])
                yield _unknown(path, f"source('{source}', '{table}') names no table of a source", table, near)


def _unknown(path: Path, message: str, piece: str, near: str | None) -> Finding:
    hint = f"; did you mean '{near}'?" if near else ""
    return Finding(path, "LG314", message + hint, line=line_of(path, piece))


def _sources(checked: CheckedWorld) -> set[tuple[str, str]]:
    folder = checked.world.project_dir / PACKAGES
    paths = [path for name, path in checked.tree.items() if name.startswith("dbt/")]
    found = set()
    for path in [*paths, *folder.rglob("*.yml"), *folder.rglob("*.yaml")]:
        if path.suffix in (".yml", ".yaml"):
            found |= {(table.source.lower(), table.table.lower()) for table in read_properties(path, []).sources}
    return found


def _package_models(folder: Path) -> set[str]:
    return {path.stem.lower() for suffix in ("sql", "py", "csv") for path in folder.rglob(f"*.{suffix}")}
