"""The raw tables that a dbt project reads: its sources, and how they are pointed at where connections load them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authoring.lineage.dbt_files import parse_code
from authoring.new_world.dbt_copy import connection_name
from authoring.yaml_edits import remove_key, set_key
from benchmark.yaml_files import parse_yaml, read_text
from benchmark.yaml_guard import load_yaml

CODE = (".sql", ".py")
YAML = (".yml", ".yaml")

_LOCATIONS = ("external_location", "formatter", "options", "plugin")
"""What dbt-duckdb reads under `meta` or `config` of a source, in place of a table of the warehouse."""


@dataclass(frozen=True)
class DbtSource:
    """A table of a source."""

    source: str
    table: str
    identifier: str
    """Name of the table in the database."""
    schema: str
    is_read: bool
    """Whether something that dbt builds reads it."""
    location: str = ""
    """The file that dbt-duckdb reads for it, as the project names it; empty: it is a table."""

    @property
    def connection(self) -> str:
        """Name of the connection that loads it."""
        return connection_name(self.source)

    def is_called(self, name: str) -> bool:
        """Whether data of this name is its."""
        return name.lower() in {
            self.identifier.lower(), self.table.lower(), f"{self.source}__{self.table}".lower()
        }  # fmt: skip


def find_sources(dbt: Path, project: Mapping[str, Any]) -> tuple[DbtSource, ...]:
    """The source tables of a project, sorted.

    Args:
        dbt: The project.
        project: Content of `dbt_project.yml`; what lies in its folders of analyses is not built, and reads nothing.

    Raises:
        SpecError: A YAML file is not valid.
    """
    not_built = folders_of_analyses(project)
    read = {
        pair
        for path in files_of(dbt, (*CODE, *YAML))
        if path.relative_to(dbt).parts[0] not in not_built
        for pair in parse_code(read_text(path)).sources
    }
    found = {}
    for path in files_of(dbt, YAML):
        for source in listed(path, "sources"):
            for table in source.get("tables") or []:
                name, own = str(source.get("name")), str(table.get("name"))
                identifier = str(table.get("identifier") or own)
                location = _location(table) or _location(source)
                found[name, own] = DbtSource(
                    name,
                    own,
                    identifier,
                    str(source.get("schema") or name),
                    (name, own) in read,
                    location.replace("{identifier}", identifier).replace("{name}", own),
                )
    return tuple(found[key] for key in sorted(found))


def folders_of_analyses(project: Mapping[str, Any]) -> set[str]:
    """Folders whose SQL dbt compiles, but neither builds nor runs."""
    return {str(name) for name in project.get("analysis-paths") or ("analyses", "analysis")}


def _location(entry: Mapping[str, Any]) -> str:
    places = [entry.get("meta"), entry.get("config"), _mapping(entry.get("config")).get("meta")]
    return next(
        (str(place["external_location"]) for place in map(_mapping, places) if "external_location" in place), ""
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def point_sources_at_raw_schemas(dbt: Path, loaded: Sequence[DbtSource]) -> int:
    """Have each source lie where its connection loads it; returns the number of changed lines.

    Args:
        dbt: The project.
        loaded: Tables with data; a source without one stays as it is, since the project may make its tables itself.
    """
    names = {source.source for source in loaded}
    n_lines = 0
    for path in files_of(dbt, YAML):
        before = text = read_text(path)
        for number, source in enumerate(listed(path, "sources")):
            if source.get("name") not in names:
                continue
            place: tuple[str | int, ...] = ("sources", number)
            text = set_key(text, place, "schema", f"raw_{connection_name(str(source.get('name')))}")
            text = remove_key(text, place, "database")
            for entry in (place, *((*place, "tables", n) for n in range(len(source.get("tables") or [])))):
                text = _without_location(text, entry)
        if text != before:
            n_lines += sum(old not in before.splitlines() for old in text.splitlines())
            path.write_text(text, encoding="utf-8")
    return n_lines


def _without_location(text: str, entry: tuple[str | int, ...]) -> str:
    """An entry that names no file: what is loaded is a table."""
    content = node_content(text, entry)
    for place in (("meta",), ("config", "meta"), ("config",)):
        value: Any = content
        for part in place:
            value = _mapping(value).get(part)
        if isinstance(value, Mapping) and "external_location" in value:
            if set(value) <= set(_LOCATIONS):
                return remove_key(text, (*entry, *place[:-1]), place[-1])
            for key in _LOCATIONS:
                text = remove_key(text, (*entry, *place), key)
    return text


def node_content(text: str, path: Sequence[str | int]) -> Any:
    """What stands at a place of a YAML text."""
    content: Any = load_yaml(text)
    for part in path:
        content = content[part]
    return content


def files_of(dbt: Path, suffixes: Sequence[str]) -> Iterator[Path]:
    """Those of the project itself."""
    for path in sorted(dbt.rglob("*")):
        if (
            path.suffix in suffixes
            and path.is_file()
            and path.relative_to(dbt).parts[0] not in ("dbt_packages", "macros")
        ):
            yield path


def listed(path: Path, key: str) -> list[dict[str, Any]]:
    """The mappings of a list at the top of a YAML file."""
    text = read_text(path)
    if not text.strip() or f"{key}:" not in text:
        return []
    entries = parse_yaml(text, path).get(key)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
