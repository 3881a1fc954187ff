"""Seeds that stand for the tables of source systems: which they are, and how the project reads them as sources."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from authoring.lineage.dbt_files import parse_code
from authoring.new_world.dbt_sources import CODE, YAML, DbtSource, files_of, listed
from benchmark.yaml_files import parse_yaml, read_text


def seeds_of(dbt: Path, project: Mapping[str, Any]) -> dict[str, Path]:
    """Name -> file of each seed."""
    folders = project.get("seed-paths") or ["seeds"]
    return {path.stem: path for name in folders for path in sorted((dbt / str(name)).rglob("*.csv"))}


def seeds_for_sources(dbt: Path, seeds: Mapping[str, Path], project: str) -> tuple[DbtSource, ...]:
    """Seeds that stand for raw tables: those called `raw_…`, or else those that the first models read."""
    read = {name for path in files_of(dbt, (*CODE, *YAML)) for name in parse_code(read_text(path)).references}
    likely = [name for name in seeds if name in read and name.lower().startswith("raw")]
    first = {
        name
        for path in files_of(dbt, CODE)
        if path.stem.startswith(("stg_", "base_", "src_")) or "staging" in path.parts
        for name in parse_code(read_text(path)).references
    }
    chosen = likely or [name for name in seeds if name in first] or [name for name in seeds if name in read]
    return tuple(DbtSource(project, name, name, project, True) for name in sorted(chosen))


def read_seeds_as_sources(dbt: Path, project: Mapping[str, Any], sources: Sequence[DbtSource]) -> int:
    """Have the project read sources where it reads seeds; what it says of the seeds, it then says of the sources.

    Args:
        dbt: The project.
        project: Content of `dbt_project.yml`.
        sources: Seeds that have become tables of source systems.

    Returns:
        The number of changed lines.
    """
    n_lines = 0
    documents = _take_documents(dbt, {source.table for source in sources})
    for path in files_of(dbt, (*CODE, *YAML)):
        before = text = read_text(path)
        for source in sources:
            new = f"source('{source.connection}', '{source.table}')"
            name = rf"\bref\s*\(\s*(['\"]){re.escape(source.table)}\1\s*\)"
            if path.suffix in YAML:  # a whole value stands in quotes, since the comma would end it in a list
                text, n = re.subn(rf"(?<=[:\-,\[{{] ){name}(?=\s*(?:[,}}\]\n]|$))", f'"{new}"', text)
                n_lines += n
            text, n = re.subn(name, new, text)
            n_lines += n
        if text != before:
            path.write_text(text, encoding="utf-8")
    connection = sources[0].connection
    content = {
        "name": connection,
        "schema": f"raw_{connection}",
        "tables": [documents.get(source.table) or {"name": source.table} for source in sources],
    }
    folders = project.get("model-paths") or ["models"]
    path = dbt / str(folders[0]) / f"_{connection}__sources.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    head = "# Seeds that stand for tables of source systems, and are loaded.\n"
    path.write_text(f"{head}{_dump({'sources': [content]})}", encoding="utf-8")
    return n_lines


def _take_documents(dbt: Path, names: set[str]) -> dict[str, dict[str, Any]]:
    """Take what YAML files say of some seeds out of them, without settings that only seeds have."""
    found: dict[str, dict[str, Any]] = {}
    for path in files_of(dbt, YAML):
        entries = listed(path, "seeds")
        taken = [entry for entry in entries if entry.get("name") in names]
        if not taken:
            continue
        found |= {entry["name"]: {key: value for key, value in entry.items() if key != "config"} for entry in taken}
        content = parse_yaml(read_text(path), path)
        content["seeds"] = [entry for entry in entries if entry not in taken]
        if not content["seeds"]:
            del content["seeds"]
        if content.keys() - {"version"}:
            path.write_text(_dump(content), encoding="utf-8")
        else:
            path.unlink()
    return found


def _dump(content: object) -> str:
    import yaml

    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True, width=118)


class SeedReading(NamedTuple):
    """How dbt reads a seed, as far as the project says so."""

    types: dict[str, str]
    """Column -> type; the others are seen in the data."""
    delimiter: str | None


def seed_reading(dbt: Path, project: Mapping[str, Any], seed: Path) -> SeedReading:
    """What `dbt_project.yml` and the YAML files say about reading a seed; deeper settings win."""
    folders = next(
        (
            seed.relative_to(dbt / str(root)).parts[:-1]
            for root in project.get("seed-paths") or ["seeds"]
            if dbt / str(root) in seed.parents
        ),
        (),
    )
    levels = [project.get("seeds")]
    for part in (str(project.get("name")), *folders, seed.stem):
        inner = levels[-1].get(part) if isinstance(levels[-1], Mapping) else None
        levels.append(inner if isinstance(inner, Mapping) else {} if part == seed.stem else None)
    for path in files_of(dbt, YAML):
        levels += [entry.get("config") for entry in listed(path, "seeds") if entry.get("name") == seed.stem]
    types: dict[str, str] = {}
    delimiter = None
    for level in levels:
        if not isinstance(level, Mapping):
            continue
        named = level.get("+column_types") or level.get("column_types")
        if isinstance(named, Mapping):
            types |= {str(column): str(type_) for column, type_ in named.items()}
        delimiter = level.get("+delimiter") or level.get("delimiter") or delimiter
    return SeedReading(types, str(delimiter) if delimiter else None)
