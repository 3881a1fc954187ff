"""The generator of a world whose data is a frozen extract: seeds, days and scale from the roles of its columns.

Seed 0 is the extract as it is. Another seed keeps a share of the root tables' entities; the rows of other tables follow
their parents. Identifiers get new names by kind, personal texts are replaced. `scale` adds copies of the extract, each
with entities of its own. Nothing else changes, so that what fits together in the extract does so in every seed.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import all_of, any_of, literal, quote
from benchmark.generator_parameters import Dials
from benchmark.world_data import TableRoles
from sources.kit.arrow_tables import arrow_table
from sources.kit.clock import WorldClock
from sources.kit.draws import create_draws, draw_for
from sources.kit.errors import GeneratorError
from sources.kit.extract_checks import check_extract
from sources.kit.extract_files import RAW, extract_files, materialize, open_extract
from sources.kit.identifiers import MAX_SCALE, IdentifierColumn, create_identifiers
from sources.kit.states import ARRIVES, arrival_column, column_types, state_at
from sources.kit.table_graph import ParentLink, TableGraph
from sources.kit.table_maker import shown_states
from sources.kit.time_limit import ended_in_time

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

KEPT = "kept"
"""Schema of the rows of a seed, with the extract's own identifiers and `copy__`."""
MADE = "made"
"""Schema of the finished tables."""


@dataclass(frozen=True)
class ExtractRows:
    """The tables of one seed of an extract, all its days."""

    connection: "DuckDBPyConnection"
    files: Mapping[str, Path]
    """Of each table."""
    roles: Mapping[str, TableRoles]

    def state(self, table: str, instant: datetime) -> "pyarrow.Table":
        """What a table holds at an instant.

        Raises:
            GeneratorError: The table is not what its roles say.
        """
        where = f"{self.files[table]} (table {table})"
        return state_at(self.connection, table, self.roles[table], instant, where)

    def history(self, table: str) -> "pyarrow.Table | None":
        """Every row of a table that says when its rows come; None: it does not."""
        types = column_types(self.connection, table)
        if arrival_column(self.roles[table], list(types)) is None:
            return None
        return arrow_table(self.connection.execute(f"from {quote(table)}"))


@dataclass(frozen=True)
class ExtractGenerator:
    """Makes the tables of a world from its extract."""

    folder: Path
    """Holds the files."""
    clock: WorldClock
    roles: Mapping[str, TableRoles]
    """Table -> what its columns are for."""

    def files(self) -> tuple[Path, ...]:
        """The files of the extract."""
        return extract_files(self.folder)

    def table_names(self) -> tuple[str, ...]:
        """Names of the tables."""
        return self._table_names

    @cached_property
    def _table_names(self) -> tuple[str, ...]:
        import duckdb

        with duckdb.connect() as connection:
            return tuple(sorted(open_extract(connection, self.folder)))

    @contextmanager
    def made(self, dials: Dials, last: datetime) -> "Iterator[ExtractRows]":
        """The tables of a seed.

        Raises:
            GeneratorError: The extract is broken, or is not what the roles say.
        """
        import duckdb

        if dials.scale > MAX_SCALE:
            raise GeneratorError(self.folder, f"scale is {dials.scale}, but an extract has at most {MAX_SCALE} copies.")
        with duckdb.connect() as connection, ended_in_time(connection):
            connection.execute("set enable_progress_bar = false; set threads = 1")
            create_draws(connection, dials.seed, dials.scale)
            files = open_extract(connection, self.folder)
            graph = self._graph(files)
            materialize(connection, files)
            check_extract(connection, graph, files)
            _make(connection, graph, dials)
            connection.execute(f"set search_path = '{MADE},main'")
            yield ExtractRows(connection, files, graph.roles)

    def states(self, dials: Dials) -> "dict[str, pyarrow.Table]":
        """Every table as a source system shows it at the world's clock."""
        return shown_states(self, dials)

    def _graph(self, files: Mapping[str, Path]) -> TableGraph:
        for table in self.roles:
            if table not in files:
                raise GeneratorError(
                    f"data.{table} in world.yaml",
                    f"the extract {self.folder} has no such table; known: {', '.join(sorted(files))}.",
                )
        return TableGraph({table: self.roles.get(table, TableRoles()) for table in files})


def _make(connection: "DuckDBPyConnection", graph: TableGraph, dials: Dials) -> None:
    """Create the schema `made` with every table of the seed and scale."""
    connection.execute(f"create schema {KEPT}; create schema {MADE}")
    draw_for(connection, "extract")
    for table in graph.in_order():
        connection.execute(f"create table {KEPT}.{quote(table)} as {_kept_rows(graph, table, dials)}")
        _come_with_parents(connection, graph, table)
    names = _create_all_identifiers(connection, graph, dials)
    for table in graph.in_order():
        _finish(connection, graph, table, names, dials)


def _come_with_parents(connection: "DuckDBPyConnection", graph: TableGraph, table: str) -> None:
    """Rows of a table without a time are there when the last of their parents has come."""
    if arrival_column(graph.roles[table], list(column_types(connection, table))):
        return
    joins, arrivals = [], []
    for number, link in enumerate(link for link in graph.links(table) if not _is_free(graph, table, link)):
        parent = f"{KEPT}.{quote(link.parent)}"
        columns = [str(row[0]) for row in connection.execute(f"describe {parent}").fetchall()]
        if arrival := arrival_column(graph.roles[link.parent], columns):
            # A parent without a time never comes.
            came = f"coalesce(({quote(arrival)})::timestamptz, 'infinity')"
            keys = ", ".join(f"{quote(column)} as k{place}" for place, column in enumerate(link.parent_columns))
            same = " and ".join(f"p{number}.k{place} = r.{quote(column)}" for place, column in enumerate(link.columns))
            joins.append(
                f"left join (select {keys}, copy__, {came} as came from {parent}) as p{number} "
                f"on {same} and p{number}.copy__ = r.copy__"
            )
            arrivals.append(f"p{number}.came")
    if not arrivals:
        return
    last = f"coalesce(greatest({', '.join(arrivals)}, null), '-infinity'::timestamptz)"
    name = f"{KEPT}.{quote(table)}"
    connection.execute(
        f"create or replace table {name} as select r.*, {last} as {ARRIVES} from {name} as r {' '.join(joins)}"
    )


def _kept_rows(graph: TableGraph, table: str, dials: Dials) -> str:
    """SQL: the rows of a table that a seed has, in each copy."""
    if graph.roles[table].reference:
        return f"select *, 0::bigint as copy__ from {RAW}.{quote(table)}"
    rows = f"select *, range as copy__ from {RAW}.{quote(table)} cross join range({dials.scale})"
    whole = "r.copy__ = 0" if dials.seed == 0 else "false"
    links = [link for link in graph.links(table) if not _is_free(graph, table, link)]
    if not links:
        return _kept_by_draw(graph, table, rows, whole)
    conditions = [_follows(graph, table, link) for link in links]
    if all_empty := all_of(f"({_is_empty(link)})" for link in links):
        conditions.append(f"not ({all_empty}) or {_own_draw(graph, table)} < {graph.roles[table].keep}")
    return f"select r.* from ({rows}) as r where {whole} or ({all_of(conditions)})"


def _is_free(graph: TableGraph, table: str, link: ParentLink) -> bool:
    """Whether a link brings and takes no rows: to the table itself, or to a list that every seed has whole."""
    return link.parent == table or graph.roles[link.parent].reference


def _kept_by_draw(graph: TableGraph, table: str, rows: str, whole: str) -> str:
    """SQL: entities by draw, but at least one, lest a small table has none."""
    drawn = f"select r.*, {_own_draw(graph, table)} as chance__, {whole} as whole__ from ({rows}) as r"
    return (
        f"select * exclude (chance__, whole__) from ({drawn}) as r "
        f"qualify whole__ or chance__ < {graph.roles[table].keep} "
        "or chance__ = min(chance__) over (partition by copy__)"
    )


def _own_draw(graph: TableGraph, table: str) -> str:
    """SQL: a draw for the entity of a row; tables with entities of the same kind agree."""
    kinds = graph.kinds(table)
    key = graph.roles[table].key
    draws = [
        f"draw([r.{quote(column)}::varchar, r.copy__::varchar], {literal('kept ' + kinds[column])})"
        for column in (key or tuple(kinds))
        if column in kinds
    ]
    if draws:
        return f"greatest({', '.join(draws)})"  # Each of the entities has to be kept.
    values = ", ".join(f"r.{quote(column)}::varchar" for column in key)
    return f"draw([{values}, r.copy__::varchar], {literal('kept ' + table)})"


def _follows(graph: TableGraph, table: str, link: ParentLink) -> str:
    """SQL: the parent of the row is there, in the same copy; or the row has none."""
    exists = f"exists (select 1 from {KEPT}.{quote(link.parent)} as p where {_same(link)} and p.copy__ = r.copy__)"
    options = [_is_empty(link), exists]
    if set(link.columns) & set(graph.roles[table].orphans):
        is_orphan = f"not exists (select 1 from {RAW}.{quote(link.parent)} as p where {_same(link)})"
        options.append(is_orphan)
    return any_of(options)


def _same(link: ParentLink) -> str:
    pairs = zip(link.columns, link.parent_columns, strict=True)
    return all_of(f"p.{quote(target)} = r.{quote(column)}" for column, target in pairs)


def _is_empty(link: ParentLink) -> str:
    return any_of(f"r.{quote(column)} is null" for column in link.columns)


def _create_all_identifiers(connection: "DuckDBPyConnection", graph: TableGraph, dials: Dials) -> dict[str, str]:
    """Kind -> name of the table with its new identifiers."""
    columns: dict[str, list[IdentifierColumn]] = {}
    for table in graph.in_order():
        types = column_types(connection, table)
        for column, kind in graph.kinds(table).items():
            columns.setdefault(kind, []).append(IdentifierColumn(table, column, types[column]))
    return {
        kind: create_identifiers(connection, kind, columns[kind], dials.seed, dials.scale) for kind in sorted(columns)
    }


def _finish(
    connection: "DuckDBPyConnection", graph: TableGraph, table: str, names: Mapping[str, str], dials: Dials
) -> None:
    """Create a table of the schema `made`: new identifiers, other personal texts."""
    roles, kinds = graph.roles[table], graph.kinds(table)
    own = [link for link in graph.links(table) if link.parent == table]
    columns, joins = [], []
    kept = {str(row[0]) for row in connection.execute(f"describe {KEPT}.{quote(table)}").fetchall()}
    for column, type_ in column_types(connection, table).items():
        value = f"r.{quote(column)}"
        if column in kinds:
            alias = quote(f"new {column}")
            raw_id = f"{value}::varchar" if type_ == "UUID" else value
            joins.append(
                f"left join {names[kinds[column]]} as {alias} "
                f"on {alias}.raw_id = {raw_id} and {alias}.copy__ = r.copy__"
            )
            value = f"{alias}.new_id"
        elif column in roles.personal and (dials.seed or dials.scale > 1):
            value = _personal(value, roles.personal[column], dials)
        for link in own:
            if column in link.columns:  # Points to a row of the same table that may not be there.
                there = f"select 1 from {KEPT}.{quote(table)} as p where {_same(link)} and p.copy__ = r.copy__"
                is_orphan = f"or not exists (select 1 from {RAW}.{quote(table)} as p where {_same(link)})"
                value = f"case when exists ({there}) {is_orphan if column in roles.orphans else ''} then {value} end"
        columns.append(f"{value} as {quote(column)}")
    if not arrival_column(roles, list(column_types(connection, table))) and ARRIVES in kept:
        columns.append(f"r.{ARRIVES}")
    connection.execute(
        f"create table {MADE}.{quote(table)} as select {', '.join(columns)} "
        f"from {KEPT}.{quote(table)} as r {' '.join(joins)}"
    )


def _personal(value: str, kind: str, dials: Dials) -> str:
    made = f"{kind}([{value}::varchar, r.copy__::varchar])"
    is_as_it_was = f"{value} is null" if dials.seed else f"{value} is null or r.copy__ = 0"
    return f"case when {is_as_it_was} then {value} else {made} end"
