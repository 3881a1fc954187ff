"""Whether the seeds of an extract are worlds of their own: rows have their parents, no identifier is in two of them."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import quote
from benchmark.generator_parameters import Dials
from benchmark.world_data import TableRoles
from sources.kit.extract import ExtractGenerator
from sources.kit.extract_checks import n_orphans
from sources.kit.table_graph import TableGraph
from sources.kit.table_maker import states_of

if TYPE_CHECKING:
    import pyarrow

END_OF_TIME = datetime(9000, 1, 1, tzinfo=UTC)
"""Everything has come by then."""


def whole_extract(generator: ExtractGenerator, seed: int, scale: int = 1) -> "dict[str, pyarrow.Table]":
    """Every table of a seed, all its days."""
    return states_of(generator, Dials(seed, scale=scale), END_OF_TIME, END_OF_TIME)


def seed_problems(generator: ExtractGenerator, seeds: tuple[int, ...] = (0, 1, 2, 3, 4, 5)) -> list[str]:
    """One sentence for each table and seed that is not right; empty: all are.

    Looks at three things: rows without a parent, identifiers that two seeds share, seeds that are alike.
    """
    wholes = {seed: whole_extract(generator, seed) for seed in seeds}
    graph = TableGraph({table: generator.roles.get(table, TableRoles()) for table in wholes[seeds[0]]})
    problems: list[str] = []
    for seed, tables in wholes.items():
        problems += [f"seed {seed}: {problem}" for problem in _missing_parents(graph, tables)]
    for place, one in enumerate(seeds):
        for other in seeds[place + 1 :]:
            problems += [
                f"seeds {one} and {other}: {problem}" for problem in _shared(graph, wholes[one], wholes[other])
            ]
            if all(table.equals(wholes[other][name]) for name, table in wholes[one].items()):
                problems.append(f"seeds {one} and {other}: every table is the same; no role says what a seed changes")
    return problems


def _missing_parents(graph: TableGraph, tables: "Mapping[str, pyarrow.Table]") -> Iterator[str]:
    import duckdb

    with duckdb.connect() as connection:
        for name, table in tables.items():
            connection.register(name, table)
        for table in tables:
            for link in graph.links(table):
                if set(link.columns) & set(graph.roles[table].orphans):
                    continue
                if n := n_orphans(connection, quote(table), quote(link.parent), link):
                    yield f"{n} rows of {table} have no parent ({link.text})"


def _shared(
    graph: TableGraph, one: "Mapping[str, pyarrow.Table]", other: "Mapping[str, pyarrow.Table]"
) -> Iterator[str]:
    import duckdb

    with duckdb.connect() as connection:
        for table in one:
            connection.register("one", one[table])
            connection.register("other", other[table])
            for column in graph.kinds(table):
                name = quote(column)
                found = connection.execute(
                    f"select count(*) from (select {name} from one intersect select {name} from other) "
                    f"where {name} is not null"
                ).fetchone()
                assert found is not None
                if found[0]:
                    yield f"{found[0]} identifiers of {table}.{column} are in both"
