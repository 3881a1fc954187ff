"""New identifiers for the entities of an extract: of the same type and shape, and other ones in every seed.

Entities of one kind are numbered. Each seed has a range of numbers of its own; within it, they are permuted.
Whole numbers become these numbers, as BIGINT; texts keep their shape, see `sources/kit/shaped_texts.py`; UUIDs stay
UUIDs.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from benchmark.duckdb_sql import literal, quote
from sources.kit.arrow_tables import arrow_table
from sources.kit.clock import MAX_SEED
from sources.kit.errors import GeneratorError
from sources.kit.shaped_texts import shaped_texts

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MAX_SCALE = 10_000
N_SEEDS = MAX_SEED + 2
"""The last range is for what `scale` adds to seed 0."""
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"


class IdentifierColumn(NamedTuple):
    """A column that holds identifiers of a kind."""

    table: str
    column: str
    type: str
    """DuckDB's."""


def create_identifiers(
    connection: "DuckDBPyConnection", kind: str, columns: Sequence[IdentifierColumn], seed: int, scale: int
) -> str:
    """Create the table of a kind: `raw_id`, `copy__`, `new_id`, for copies 0 to `scale` - 1 of each entity.

    Args:
        connection: Has the extract in the schema `raw`, and the draws of the seed.
        kind: Of identifier.
        columns: Where they are.
        seed: 0 leaves copy 0 as it is.
        scale: Number of copies.

    Returns:
        The name of the table, quoted.

    Raises:
        GeneratorError: They are neither whole numbers nor texts, or there is no room for them.
    """
    name = quote(f"ids of {kind}")
    where = f"kind '{kind}' of identifiers"
    is_integer, is_uuid_type = _type_of(where, columns)
    # A reference to `raw_id` as text or number has one form: every integer is BIGINT here.
    cast = "bigint" if is_integer else "varchar"
    values = " union ".join(
        f"select {quote(item.column)}::{cast} as raw_id from raw.{quote(item.table)}" for item in columns
    )
    connection.execute(
        f"create table {name} as select raw_id, row_number() over (order by raw_id) - 1 as rank__ "
        f"from ({values}) where raw_id is not null"
    )
    final = "uuid" if is_uuid_type else cast
    if seed == 0 and scale == 1:
        connection.execute(
            f"create or replace table {name} as select raw_id, 0 as copy__, raw_id::{final} as new_id from {name}"
        )
        return name
    n_entities = _number(connection, f"select count(*) from {name}")
    size = _range_size(connection, name, n_entities, is_integer=is_integer)
    _create_numbers(connection, name, kind, seed, scale, n_entities, size)
    if is_integer:
        new = "number__::bigint"
    elif _number(connection, f"select count(*) from {name} where not regexp_matches(raw_id, '{_UUID}')") == 0:
        new = f"md5('lockgate uuid|' || {literal(kind)} || '|' || number__)::uuid::varchar"
    else:
        _create_texts(connection, name, size)
        new = "text__"
    kept = "raw_id" if seed == 0 else "null"
    connection.execute(
        f"create or replace table {name} as select raw_id, copy__, "
        f"(case when copy__ = 0 and {kept} is not null then {kept} else {new} end)::{final} as new_id from {name}"
    )
    if is_integer and (clash := _number(connection, f"select count(*) from {_new_ones(name, seed)}")):
        raise GeneratorError(
            where, f"{clash} of the numbers of seed {seed} are among those of the extract, which leave too little room."
        )
    return name


def _type_of(where: str, columns: Sequence[IdentifierColumn]) -> tuple[bool, bool]:
    """Whether they are whole numbers, and whether they are of the type UUID."""
    named = ", ".join(f"{item.table}.{item.column} is {item.type}" for item in columns)
    are_integers = {item.type in _INTEGERS for item in columns}
    if len(are_integers) != 1 or not all(item.type in (*_INTEGERS, "VARCHAR", "UUID") for item in columns):
        raise GeneratorError(
            where,
            f"{named}. Identifiers are whole numbers or texts, alike wherever they are named; "
            "write the extract with one of them, or say reference: true where they stay as they are.",
        )
    return are_integers.pop(), all(item.type == "UUID" for item in columns)


def _range_size(connection: "DuckDBPyConnection", name: str, n_entities: int, *, is_integer: bool) -> int:
    """Numbers of one seed: a power of ten that depends on the extract alone, never on a dial."""
    least = n_entities * MAX_SCALE
    if is_integer and n_entities:
        highest = _number(connection, f"select max(raw_id) from {name}")
        if highest < 10**12:
            least = max(least, highest)
    return int(10 ** len(str(least)))  # Greater than the highest one: so no range holds a number of the extract.


def _create_numbers(
    connection: "DuckDBPyConnection", name: str, kind: str, seed: int, scale: int, n_entities: int, size: int
) -> None:
    block = seed or N_SEEDS - 1
    if (block + 1) * size > 2**63:
        raise GeneratorError(f"kind '{kind}' of identifiers", f"{n_entities} entities are more than there is room for.")
    # Coprime to a power of ten: ends in 1, 3, 7 or 9.
    factor = f"(10 * lockgate_of_kind({literal(kind)}, 'factor', {size // 10}) + 7)::hugeint"
    offset = f"lockgate_of_kind({literal(kind)}, 'offset', {size})::hugeint"
    connection.execute(
        f"create or replace table {name} as select raw_id, range as copy__, "
        f"{block * size}::hugeint + (({factor} * (range * {n_entities} + rank__) + {offset}) % {size}) as number__ "
        f"from {name} cross join range({scale})"
    )


def _create_texts(connection: "DuckDBPyConnection", name: str, size: int) -> None:
    """Add `text__`: the number, written in the shape of the raw text."""
    import pyarrow as pa

    rows = arrow_table(connection.execute(f"select raw_id, copy__, number__::bigint as number__ from {name}"))
    numbers = rows["number__"].to_numpy()
    texts = shaped_texts(rows["raw_id"].to_pylist(), numbers, N_SEEDS * size)
    connection.register("texts", rows.append_column("text__", pa.array(texts, pa.string())))
    connection.execute(f"create or replace table {name} as from texts")
    connection.unregister("texts")


def _new_ones(name: str, seed: int) -> str:
    """SQL: rows whose new identifier is one of the extract's."""
    changed = "copy__ > 0" if seed == 0 else "true"
    return f"{name} where {changed} and new_id in (select raw_id from {name})"


def _number(connection: "DuckDBPyConnection", query: str) -> int:
    found = connection.execute(query).fetchone()
    assert found is not None
    return int(found[0])
