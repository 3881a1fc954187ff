"""Taking columns out of a pipeline, with all that only they need and all that is made from them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from authoring.generate.broken_tables import BrokenTables
from authoring.lineage.query_columns import (
    Column,
    Needed,
    QueryColumns,
    UnreadableQueryError,
    affected,
    needed,
    read_columns,
    unused_joins,
)
from authoring.model_files.model_text import ModelText, NotSimpleError
from authoring.model_files.yaml_columns import without_columns
from benchmark.file_tree import FileTree
from benchmark.world import World
from evaluators.proof.sql_trees import parse, render
from evaluators.proof.targets import upstream_first

_QUERIES = ("view", "table", "incremental")


class CannotTakeError(Exception):
    """The pipeline cannot do without a column; the message is the reason, for the count of what falls."""


@dataclass(frozen=True)
class WithoutColumns:
    """A pipeline that lacks columns."""

    columns: Mapping[str, tuple[str, ...]]
    """`schema.table` -> what it lacks; upstream first, in the order of the table."""
    files: Mapping[str, str] = field(repr=False)
    """Path of a model -> what its file says now."""
    lines: tuple[str, ...] = field(repr=False)
    """Lines of SQL that were taken out."""
    n_computed: int = 0
    """Columns, helpers too, that are more than another column."""


class _Shorter(NamedTuple):
    text: str
    outputs: frozenset[str]
    """Columns that the model lacks."""
    n_computed: int


class ColumnTaker:
    """Takes columns out of a world's pipeline."""

    def __init__(self, world: World, files: FileTree, tables: BrokenTables) -> None:
        """Nothing is read yet.

        Args:
            world: The world.
            files: Of its project.
            tables: Gold of what agents see.
        """
        self._world = world
        self._files = files
        self._tables = tables
        self._relations = tables.gold.relations
        self._order = [name for name in upstream_first(tables.gold.lineage) if name in self._relations]
        self._query = lru_cache(maxsize=None)(self._read)

    def take(self, roots: Collection[Column]) -> WithoutColumns:
        """Take columns out, and what is made from them.

        Args:
            roots: `schema.table` and column.

        Raises:
            CannotTakeError: The pipeline cannot do without one.
        """
        gone: set[Column] = set()
        files: dict[str, str] = {}
        n_computed = 0
        for model in self._order:
            own = frozenset(column for table, column in roots if table == model)
            inputs = {column for column in gone if column[0] in self._relations[model]["parents"]}
            if not own and not inputs:
                continue
            shorter = self._shorter(model, own, inputs)
            if shorter is None:
                continue
            gone |= {(model, column) for column in shorter.outputs}
            files[self._relations[model]["path"]] = shorter.text
            n_computed += shorter.n_computed
        columns = {
            model: tuple(c for c in self._tables.columns(model) if (model, c) in gone)
            for model in self._order
            if any(table == model for table, _ in gone)
        }
        lines = [line for path, text in files.items() for line in self._lost_lines(path, text)]
        return WithoutColumns(columns, files, tuple(lines), n_computed)

    def _read(self, model: str) -> QueryColumns | None:
        node = self._relations[model]
        if node["type"] not in _QUERIES or not node["compiled"]:
            return None
        tables = {parent: list(self._tables.columns(parent)) for parent in node["parents"]}
        try:
            return read_columns(render(parse(node["compiled"], self._tables.pinned_now)), tables)
        except UnreadableQueryError:
            return None

    def _shorter(self, model: str, own: Collection[str], inputs: Collection[Column]) -> _Shorter | None:
        """A model without columns of its own, and without some that it reads; None where it needs none of these."""
        query = self._query(model)
        if query is None:
            raise CannotTakeError("a snapshot or a model that is no plain query reads the column")
        try:
            lost = affected(query, {*inputs, *(("", column) for column in own)})
        except UnreadableQueryError as error:
            raise CannotTakeError("rows of a table depend on the column") from error
        outputs = frozenset(column for step, column in lost if step == "")
        if set(outputs) & {column.lower() for column in self._key(model)}:
            raise CannotTakeError("the column is a key, or a key follows from it")
        left = [column for column in query.outputs() if column not in outputs]
        before = needed(query, query.outputs())
        known = unused_joins(query, before)
        dropped: frozenset[tuple[str, int, str]] = frozenset()
        while True:
            after = needed(query, left, dropped)
            more = unused_joins(query, after) - known - dropped
            if not more:
                break
            dropped |= more
        unused = {column for column in before.columns - after.columns if column[0] in query.steps}
        if not unused and not outputs:
            return None
        source = (self._world.project_dir / self._relations[model]["path"]).read_text(encoding="utf-8")
        try:
            text = _cut(ModelText.read(source), query, unused, before, after, dropped).source
        except NotSimpleError as error:
            raise CannotTakeError("the column cannot be taken out of its model's file") from error
        is_later = self._relations[model]["type"] == "incremental" or "{%" in text
        if is_later and any(re.search(rf"\b{re.escape(column)}\b", text) for column in outputs):
            raise CannotTakeError("later runs of an incremental model read the column")
        n_computed = sum(column in select.computed for step, column in unused for select in query.steps[step][:1])
        return _Shorter(text, outputs, n_computed)

    def _key(self, model: str) -> tuple[str, ...]:
        spec = self._world.tables.get(model)
        return spec.key if spec else ()

    def _lost_lines(self, path: str, text: str) -> list[str]:
        kept = {line.strip() for line in text.splitlines()}
        source = self._files[path].read_text(encoding="utf-8")
        return [line.strip() for line in source.splitlines() if line.strip() not in kept and len(line.split()) > 1]

    def yaml_files(self, columns: Mapping[str, Collection[str]]) -> dict[str, str]:
        """YAML files that describe some columns, without them: path -> text."""
        found = {}
        for path, file in self._files.items():
            if path.startswith("dbt/") and file.suffix in (".yml", ".yaml"):
                source = text = file.read_text(encoding="utf-8")
                for table, names in columns.items():
                    if self._name(table) in text:
                        text = without_columns(text, self._name(table), names)
                if text != source:
                    found[path] = text
        return found

    def _name(self, table: str) -> str:
        """What YAML files call a model: its file's name."""
        return str(self._relations[table]["path"]).rpartition("/")[2].removesuffix(".sql")


def _cut(
    text: ModelText,
    query: QueryColumns,
    unused: Collection[Column],
    before: Needed,
    after: Needed,
    dropped: Collection[tuple[str, int, str]],
) -> ModelText:
    for step in before.steps - after.steps:
        text = text.without_query(step)
    for step, place, alias in sorted(dropped):
        if step in after.steps:
            text = text.without_join(step, place, alias)
    for step, column in sorted(unused):
        if step not in after.steps:
            continue
        at = list(query.steps[step][0].columns).index(column)
        for place, select in enumerate(query.steps[step]):
            text = text.without_column(step, place, list(select.columns)[at])
    return text
