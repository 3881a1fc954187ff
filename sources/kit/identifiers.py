"""New identifiers for the entities of an extract: of the same type and shape, and other ones in every seed.

Entities of one kind are numbered. Each seed has a range of numbers of its own; within it, they are permuted.
Whole numbers become these numbers, as BIGINT. A text keeps its shape: small letters, capitals, digits and other
characters stand where they stood, and what all texts of the kind begin with stays; where the shape has too few texts
for all seeds, its last run of digits or letters grows. UUIDs stay UUIDs.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from benchmark.duckdb_sql import literal, quote
from sources.kit.clock import MAX_SEED
from sources.kit.errors import GeneratorError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

MAX_SCALE = 10_000
N_SEEDS = MAX_SEED + 2
"""The last range is for what `scale` adds to seed 0."""
_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT")
_UUID = "^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
_ALPHABETS = {"9": "0123456789", "a": "abcdefghijklmnopqrstuvwxyz", "A": "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}


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
    final = "uuid" if is_uuid_type else cast
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
    prefix = _common_prefix(connection, name)
    shaped = (
        "regexp_replace(regexp_replace(regexp_replace(rest, '[0-9]', '9', 'g'), '[a-z]', 'a', 'g'), '[A-Z]', 'A', 'g')"
    )
    connection.execute(
        f"create or replace table {name} as select *, {shaped} as shape__, null::varchar as text__ "
        f"from (select *, substr(raw_id, {len(prefix) + 1}) as rest from {name})"
    )
    shapes = [str(row[0]) for row in connection.execute(f"select distinct shape__ from {name} order by 1").fetchall()]
    raw_ids = f"(select raw_id from {name})"
    for shape in shapes:
        grown = _grown(shape, N_SEEDS * size)
        condition = f"shape__ = {literal(shape)} and text__ is null"
        # A text that the extract has already grows by one more character: no two numbers give the same text.
        while _number(connection, f"select count(*) from {name} where {condition}"):
            text = f"{literal(prefix)} || {_written(grown)}"
            connection.execute(f"update {name} set text__ = {text} where {condition} and {text} not in {raw_ids}")
            grown = _grown(grown, _capacity(grown) + 1)


def _common_prefix(connection: "DuckDBPyConnection", name: str) -> str:
    """What all texts of the kind begin with, up to the first digit."""
    low, high, n = connection.execute(
        f"select min(raw_id), max(raw_id), count(distinct raw_id) from {name}"
    ).fetchall()[0]
    if n < 2:
        return ""
    prefix = ""
    for one, other in zip(low, high, strict=False):
        if one != other or one.isdigit():
            break
        prefix += one
    return prefix


def _capacity(shape: str) -> int:
    """How many texts have a shape."""
    n = 1
    for place in shape:
        n *= len(_ALPHABETS.get(place, " "))
    return n


def _grown(shape: str, n: int) -> str:
    """The shape with its last run of variable characters made long enough for n texts."""
    variable = [position for position, place in enumerate(shape) if place in _ALPHABETS]
    if not variable:
        shape, variable = f"{shape}9", [len(shape)]
    last = variable[-1]
    while _capacity(shape) < n:
        shape = shape[: last + 1] + shape[last] + shape[last + 1 :]
    return shape


def _written(shape: str) -> str:
    """SQL: `number__` in the places of a shape, the last one counts ones."""
    parts: list[str] = []
    weight = 1
    for place in reversed(shape):
        if alphabet := _ALPHABETS.get(place):
            digit = f"(number__ // {weight}::hugeint) % {len(alphabet)}"
            parts.append(f"substr('{alphabet}', 1 + ({digit})::integer, 1)")
            weight *= len(alphabet)
            if weight > 2**120:
                weight = 2**120
        else:
            parts.append(literal(place))
    return " || ".join(reversed(parts))


def _new_ones(name: str, seed: int) -> str:
    """SQL: rows whose new identifier is one of the extract's."""
    changed = "copy__ > 0" if seed == 0 else "true"
    return f"{name} where {changed} and new_id in (select raw_id from {name})"


def _number(connection: "DuckDBPyConnection", query: str) -> int:
    found = connection.execute(query).fetchone()
    assert found is not None
    return int(found[0])
