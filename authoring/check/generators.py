"""What a `world.yaml` says of its data: the generator is there, its queries can be read, its tables are named right."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from authoring.check.column_types import check_types
from authoring.check.context import CheckedWorld
from authoring.check.findings import Finding
from authoring.check.source_text import line_of, text
from authoring.check.world_columns import check_columns
from benchmark.errors import LockgateError
from benchmark.spelling import allowed_names, nearest
from benchmark.yaml_files import line_of_key

if TYPE_CHECKING:
    from sources.kit.errors import GeneratorError


def check_generator(checked: CheckedWorld) -> Iterator[Finding]:
    """Look at the generator and at what names its tables. Nothing is generated, and no module is imported."""
    generator = checked.spec.spec.generator
    if generator is None or "generator" in checked.spec.lost:
        return
    if generator.python is not None:
        if not _is_module(generator.python):
            yield _at(checked, "generator", "LG108", f"there is no module '{generator.python}'")
        yield from _check_names(checked, _shown_tables(checked))
        return
    name = generator.sql or generator.extract or ""
    folder = checked.folder / name
    if not folder.is_dir():
        folders = [path.name for path in checked.folder.iterdir() if path.is_dir()]
        yield _at(checked, "generator", "LG108", f"there is no folder '{name}'; {allowed_names(name, folders)}")
        return
    wrong = list(_check_queries(folder)) if generator.sql else []
    yield from wrong
    try:
        known = set(_tables(checked, folder))
    except LockgateError as error:
        yield Finding(folder, "LG113", str(error))
        return
    yield from _check_names(checked, known)
    if not wrong:
        yield from _check_columns(checked, folder)


def _at(checked: CheckedWorld, key: str, code: str, message: str, line: int | None = None) -> Finding:
    line = line or line_of_key(text(checked.world_path), key)
    return Finding(checked.world_path, code, f"key '{key}': {message}", key, line)


def _is_module(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError):
        return False


def _check_queries(folder: Path) -> Iterator[Finding]:
    from sources.kit.queries import query_errors

    yield from map(_query_finding, query_errors(folder))


def _query_finding(error: GeneratorError) -> Finding:
    path, _, line = error.where.rpartition(":")
    if line.isdigit():
        return Finding(Path(path), "LG113", error.problem, line=int(line))
    return Finding(Path(error.where), "LG113", error.problem)


def _check_columns(checked: CheckedWorld, folder: Path) -> Iterator[Finding]:
    from sources.kit.table_columns import table_columns

    try:
        tables, errors = table_columns(checked.spec.spec, checked.folder)
    except LockgateError as error:
        yield Finding(folder, "LG113", str(error))
        return
    yield from map(_query_finding, errors)
    yield from check_columns(checked, tables)
    yield from check_types(checked, tables)


def _check_names(checked: CheckedWorld, known: set[str]) -> Iterator[Finding]:
    """Tables of systems, roles, noise and incidents are tables of the generator."""
    from sources.kit.declared_world import generated_table, tables_of

    spec = checked.spec.spec
    named: list[tuple[str, str, tuple[str, ...]]] = []
    for system in spec.systems.values():
        for table in (generated_table(system, table) for table in tables_of(system)):
            named.append((f"systems.{system.name}", table, (table, f"{system.name}__{table}")))
    named += [(f"data.{table}", table, (table,)) for table in spec.data]
    named += [(f"noise.{index}", rule.table, (rule.table,)) for index, rule in enumerate(spec.noise)]
    named += [(f"incidents.{option}", table, (table,)) for option, table in spec.incidents.named_tables()]
    for key, table, choices in named:
        if known and not known & set(choices):
            near = nearest(table, known)
            hint = f"; did you mean '{near}'?" if near else f"; allowed: {', '.join(sorted(known))}"
            line = line_of_key(text(checked.world_path), key)
            if key.startswith("systems."):
                line = line_of(checked.world_path, f"table: {table}") or line
            yield _at(checked, key, "LG114", f"the generator makes no table '{table}'{hint}", line)


def _shown_tables(checked: CheckedWorld) -> set[str]:
    """Of a generator in Python: what its systems show."""
    from sources.kit.programmed_world import shown_tables

    return set(shown_tables(checked.spec.spec).generated.values())


def _tables(checked: CheckedWorld, folder: Path) -> Iterable[str]:
    if checked.spec.spec.generator.sql:
        return [path.stem for path in folder.glob("*.sql")]
    from sources.kit.declared_world import DeclaredWorld

    return DeclaredWorld(checked.spec.spec, checked.folder).generator.table_names()
