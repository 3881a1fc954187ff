"""Columns that roles, noise and systems of a declared world name, against those that its generator makes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from authoring.check.context import CheckedWorld
from authoring.check.findings import Finding
from authoring.check.source_text import line_after, text
from benchmark.http_records import TableView
from benchmark.http_system import HttpSystem, path_parameters
from benchmark.source_systems import DeliveringSystem, MongodbSystem, SystemSpec
from benchmark.spelling import allowed_names
from benchmark.world import WorldFile
from benchmark.yaml_files import line_of_key
from sources.kit.errors import GeneratorError
from sources.kit.states import HIDDEN_SUFFIX, check_roles

if TYPE_CHECKING:
    from sources.kit.table_columns import TableColumns


class _Use(NamedTuple):
    """Where world.yaml names columns of a table."""

    key: str
    table: str
    """Generated table."""
    columns: Sequence[str]
    sees_hidden: bool = False


def check_columns(checked: CheckedWorld, tables: TableColumns) -> Iterator[Finding]:
    """Find columns that no generated table has.

    Args:
        checked: A declared world.
        tables: What its generator makes; a table that is not there is not looked at.
    """
    yield from _wrong_times(checked, tables)
    for use in _uses(checked.spec.spec, set(tables)):
        known = tables.get(use.table)
        if known is None:
            continue
        shown = [name for name in known if use.sees_hidden or not name.endswith(HIDDEN_SUFFIX)]
        for column in dict.fromkeys(use.columns):
            if column not in shown:
                message = (
                    f"key '{use.key}': table '{use.table}' has no column '{column}'; {allowed_names(column, shown)}"
                )
                line = line_after(checked.world_path, use.key, column)
                yield Finding(checked.world_path, "LG116", message, use.key, line)


def _wrong_times(checked: CheckedWorld, tables: TableColumns) -> Iterator[Finding]:
    """Roles of times whose column is none."""
    for table, roles in checked.spec.spec.data.items():
        types = tables.get(table)
        if types is None or not set(roles.named_columns) <= set(types):
            continue
        try:
            check_roles(roles, dict(types), table)
        except GeneratorError as error:
            key = f"data.{table}"
            message = f"key '{key}': {error.problem}"
            yield Finding(checked.world_path, "LG116", message, key, line_of_key(text(checked.world_path), key))


def _uses(spec: WorldFile, tables: set[str]) -> Iterator[_Use]:
    for table, roles in spec.data.items():
        yield _Use(f"data.{table}", table, roles.named_columns, sees_hidden=True)
        for target in roles.parents.values():
            parent, _, column = target.partition(".")
            if column:
                yield _Use(f"data.{table}.parents", parent, [column], sees_hidden=True)
    for index, rule in enumerate(spec.noise):
        new_id = getattr(rule, "new_id", None)
        yield _Use(f"noise.{index}", rule.table, [*rule.touched, *([new_id] if new_id else [])])
    for system in spec.systems.values():
        for key, table, columns in _shown_by(system):
            own = f"{system.name}__{table}"
            yield _Use(f"systems.{system.name}.{key}", own if own in tables else table, columns)


def _shown_by(system: SystemSpec) -> Iterator[tuple[str, str, Sequence[str]]]:
    """Key below the system, generated table, columns that it names."""
    match system:
        case HttpSystem():
            for path, endpoint in system.endpoints.items():
                yield f"endpoints.{path}", endpoint.table, [*_of_view(endpoint), *path_parameters(path)]
            for path, export in system.exports.items():
                yield f"exports.{path}", export.table, [*_of_view(export), *path_parameters(path)]
            for name, view in (system.graphql.fields if system.graphql else {}).items():
                yield f"graphql.fields.{name}", view.table, _of_view(view)
        case MongodbSystem():
            for name, collection in system.collections.items():
                fields = [field.partition(".")[0] for field in collection.fields]
                times = [collection.created_at] if collection.created_at else []
                yield f"collections.{name}", name, [collection.key, *times, *fields]
        case DeliveringSystem():
            for stream, files in system.files.items():
                yield f"files.{stream}", files.table or stream, list(files.format.widths if files.format else ())
        case _:
            for name, table in system.tables.items():
                yield f"tables.{name}", name, [*table.key, *table.columns]


def _of_view(view: TableView) -> list[str]:
    """Columns that a list of records names, without those that are added to tell of deleted rows."""
    since = [view.since.column] if view.since else []
    deleted = view.deleted
    added = {deleted.time_column, deleted.flag_column} if deleted else set()
    named = [*view.key, *view.hidden_columns, *since, *view.filters, *view.columns]
    return [name for name in named if name not in added]
