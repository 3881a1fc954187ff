"""Columns of PostgreSQL tables: which there are, what they are in JSON schema, and how their value is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

INTEGERS = {"smallint", "integer", "bigint"}
FLOATS = {"real", "double precision"}
_TIMESTAMPS = {
    "timestamp without time zone": "timestamp_without_timezone",
    "timestamp with time zone": "timestamp_with_timezone",
}
TIMES = {"date", *_TIMESTAMPS}
_JSON = {"json", "jsonb"}
_LARGEST_PRECISION = 38

# Tables, partitioned tables, views, materialized views and foreign tables; a domain counts as the type below it.
_COLUMNS = """
with recursive bases as (
    select oid as type, oid as base, -1 as modifier from pg_type where typtype <> 'd'
    union all
    select domains.oid, bases.base, case when domains.typtypmod = -1 then bases.modifier else domains.typtypmod end
    from pg_type as domains join bases on domains.typtype = 'd' and domains.typbasetype = bases.type
), found as (
    select
        classes.relname, attributes.attname, attributes.attnum, types.*,
        case when bases.modifier = -1 then attributes.atttypmod else bases.modifier end as modifier,
        case when types.typcategory = 'A' then types.typelem else types.oid end as element
    from pg_class as classes
    join pg_namespace as namespaces on namespaces.oid = classes.relnamespace
    join pg_attribute as attributes on attributes.attrelid = classes.oid
    join bases on bases.type = attributes.atttypid
    join pg_type as types on types.oid = bases.base
    where namespaces.nspname = %s and classes.relkind in ('r', 'p', 'v', 'm', 'f')
        and attributes.attnum > 0 and not attributes.attisdropped
        and has_column_privilege(classes.oid, attributes.attnum, 'select')
)
select
    found.relname, found.attname,
    case when found.typcategory = 'A' then 'ARRAY' else format_type(found.oid, null) end,
    format_type(found.oid, found.modifier),
    case when found.typname = 'numeric' and found.modifier <> -1 then ((found.modifier - 4) >> 16) & 65535 end,
    case when found.typname = 'numeric' and found.modifier <> -1
        then (((found.modifier - 4) & 2047) # 1024) - 1024 end,
    exists (
        select from pg_type as elements
        join pg_opclass as classes on classes.opcdefault
        join pg_am as methods on methods.oid = classes.opcmethod and methods.amname = 'btree'
        join pg_type as sorted on sorted.oid = classes.opcintype
        where elements.oid = found.element and (
            sorted.oid = elements.oid
            or sorted.typname = case elements.typtype when 'e' then 'anyenum' when 'r' then 'anyrange'
                when 'm' then 'anymultirange' when 'c' then 'record' end
            or exists (select from pg_cast where castsource = elements.oid and casttarget = sorted.oid
                and castmethod = 'b' and castcontext = 'i'))
    )
from found order by found.relname, found.attnum
"""
# information_schema hides the keys of tables that we may only read, the catalog does not.
_KEYS = """
select classes.relname, attributes.attname
from pg_index as indexes
join pg_class as classes on classes.oid = indexes.indrelid
join pg_namespace as namespaces on namespaces.oid = classes.relnamespace
cross join lateral unnest(indexes.indkey) with ordinality as parts (attnum, position)
join pg_attribute as attributes on attributes.attrelid = classes.oid and attributes.attnum = parts.attnum
where indexes.indisprimary and namespaces.nspname = %s
order by classes.relname, parts.position
"""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    data_type: str
    """Without size; ARRAY for all arrays."""
    type_name: str
    """With size, as a cast writes it."""
    precision: int | None
    scale: int | None
    has_order: bool
    """Whether the server sorts the type."""

    @property
    def is_sortable(self) -> bool:
        """Whether the column can be a cursor; jsonb has an order that means nothing."""
        return self.has_order and self.data_type not in _JSON

    @property
    def is_unbounded(self) -> bool:
        """A numeric without a size, or with one that no DECIMAL of 38 digits has."""
        if self.data_type != "numeric":
            return False
        precision, scale = self.precision, self.scale
        is_bounded = precision is not None and scale is not None and 0 <= scale <= precision <= _LARGEST_PRECISION
        return not is_bounded

    @property
    def boundless(self) -> tuple[str, ...]:
        """Values of a type that sorts, after which or before which nothing new can come: -infinity, infinity, NaN."""
        if self.data_type in FLOATS | {"numeric"}:
            return ("-Infinity", "Infinity", "NaN")
        return ("-infinity", "infinity") if self.data_type in TIMES else ()

    def json_schema(self) -> dict[str, Any]:
        """Property of the stream's JSON schema; every column may be null."""
        if self.data_type in INTEGERS:
            return {"type": ["null", "integer"]}
        if self.data_type == "money":
            return {"type": ["null", "string"], "airbyte_type": "decimal", "precision": 19, "scale": 2}
        if self.is_unbounded:
            return {"type": ["null", "string"], "airbyte_type": "decimal"}
        if self.data_type == "numeric":
            decimal = {"airbyte_type": "decimal", "precision": self.precision, "scale": self.scale}
            return {"type": ["null", "string"], **decimal}
        if self.data_type in FLOATS:
            return {"type": ["null", "number"]}
        if self.data_type == "boolean":
            return {"type": ["null", "boolean"]}
        if self.data_type == "date":
            return {"type": ["null", "string"], "format": "date"}
        if self.data_type in _TIMESTAMPS:
            return {"type": ["null", "string"], "format": "date-time", "airbyte_type": _TIMESTAMPS[self.data_type]}
        if self.data_type in _JSON:
            return {"type": ["null", "object"]}
        if self.data_type == "ARRAY":
            return {"type": ["null", "array"]}
        return {"type": ["null", "string"]}

    def expression(self, *, is_key: bool) -> sql.Composable:
        """SQL of the value; most arrive in the server's own writing, which loses nothing.

        Args:
            is_key: The column is (part of) a key or the cursor: 1.0 and 1.00 are one numeric and become one text.
        """
        column = sql.Identifier(self.name)
        if self.is_unbounded and is_key:
            return sql.SQL("trim_scale({})").format(column)
        if self.data_type == "money":
            return sql.SQL("{}::numeric").format(column)
        if self.data_type == "character":
            return sql.SQL("{}::text").format(column)  # without the blanks that fill it up
        if self.data_type == "ARRAY":
            return sql.SQL("to_json({})").format(column)
        return column


def read_columns(connection: psycopg.Connection[Any], schema: str) -> dict[str, list[Column]]:
    """Columns of every table that the user may read."""
    tables: dict[str, list[Column]] = {}
    for table, *column in connection.execute(_COLUMNS, [schema]):
        tables.setdefault(table, []).append(Column(*column))
    return tables


def read_keys(connection: psycopg.Connection[Any], schema: str) -> dict[str, list[str]]:
    """Primary key of every table that has one."""
    keys: dict[str, list[str]] = {}
    for table, column in connection.execute(_KEYS, [schema]):
        keys.setdefault(table, []).append(column)
    return keys
