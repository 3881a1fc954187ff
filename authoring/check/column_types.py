"""Types that columns of a database are declared to have, against what the generator makes for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from authoring.check.context import CheckedWorld
from authoring.check.findings import Finding
from authoring.check.source_text import line_after, text
from benchmark.mysql_system import MysqlSystem
from benchmark.noise_rules import ColumnRule, LetterCase, Missing
from benchmark.source_systems import PostgresSystem
from benchmark.spelling import nearest
from benchmark.world import WorldFile
from benchmark.yaml_files import line_of_key

_KINDS = {
    "whole": "TINYINT SMALLINT INTEGER BIGINT HUGEINT UTINYINT USMALLINT UINTEGER UBIGINT UHUGEINT",
    "number": "FLOAT DOUBLE DECIMAL",
    "truth": "BOOLEAN",
    "day": "DATE",
    "instant": "TIMESTAMP TIMESTAMP_S TIMESTAMP_MS TIMESTAMP_NS",
    "time": "TIME",
    "uuid": "UUID",
}
_KIND_OF_MADE = {name: kind for kind, names in _KINDS.items() for name in names.split()}
"""DuckDB's name of a type, without what stands in brackets and without its time zone -> kind of value."""
_HOLD = {
    "smallint int2 integer int int4 bigint int8 tinyint mediumint": "whole number truth",
    "numeric decimal dec real float float4 float8 double": "whole number truth",
    "boolean bool": "truth whole",
    "date": "day instant",
    "timestamp timestamptz datetime": "day instant",
    "time": "time instant",
    "uuid": "uuid",
    "year": "whole",
}
_HELD = {name: frozenset(kinds.split()) for names, kinds in _HOLD.items() for name in names.split()}
"""First word of a type of a database -> kinds that it may hold; any type may hold a text that is written right, and a
type that is not here anything flat."""
_NAMES_IN_POSTGRES = frozenset({
    "smallint", "int2", "integer", "int", "int4", "bigint", "int8", "smallserial", "serial", "bigserial", "serial2",
    "serial4", "serial8", "numeric", "decimal", "dec", "real", "float", "float4", "float8", "double", "money",
    "boolean", "bool", "char", "character", "varchar", "bpchar", "national", "nchar", "text", "name", "bytea", "bit",
    "varbit", "uuid", "json", "jsonb", "jsonpath", "xml", "date", "timestamp", "timestamptz", "time", "timetz",
    "interval", "inet", "cidr", "macaddr", "macaddr8", "oid", "regclass", "pg_lsn", "point", "line", "lseg", "box",
    "path", "polygon", "circle", "tsvector", "tsquery", "int4range", "int8range", "numrange", "tsrange", "tstzrange",
    "daterange", "int4multirange", "int8multirange", "nummultirange", "tsmultirange", "tstzmultirange",
    "datemultirange",
})  # fmt: skip
"""First words of the types that PostgreSQL has by itself. MySQL's are looked at when world.yaml is read."""
_WORD = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_]*)")


def check_type_names(checked: CheckedWorld) -> Iterator[Finding]:
    """Find columns of PostgreSQL tables whose type the server does not know."""
    for system in checked.spec.spec.systems.values():
        for name, table in system.tables.items() if isinstance(system, PostgresSystem) else ():
            for column, declared in table.columns.items():
                word = _WORD.match(declared.type)
                if '"' in declared.type or "." in declared.type.partition("(")[0]:
                    continue  # a name with its schema
                if word is None or word[1].lower() not in _NAMES_IN_POSTGRES:
                    near = nearest(word[1].lower(), _NAMES_IN_POSTGRES) if word else None
                    hint = f"; did you mean '{near}'?" if near else ""
                    key = f"systems.{system.name}.tables.{name}.columns.{column}"
                    message = f"key '{key}': PostgreSQL has no type '{declared.type}'{hint}"
                    yield Finding(checked.world_path, "LG119", message, key, line_of_key(text(checked.world_path), key))


def check_types(checked: CheckedWorld, tables: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    """Find columns whose type cannot hold what is made for them.

    Args:
        checked: A declared world.
        tables: Table -> column -> DuckDB type, as the generator makes it; what noise writes as text counts as one.
    """
    spec = checked.spec.spec
    texts = set(_made_texts(spec))
    for system in spec.systems.values():
        if not isinstance(system, PostgresSystem | MysqlSystem):
            continue
        for name, table in system.tables.items():
            own = f"{system.name}__{name}"
            generated = own if own in tables else name
            made = tables.get(generated, {})
            for column, declared in table.columns.items():
                if column not in made or (generated, column) in texts:
                    continue
                if not _may_hold(declared.type, made[column]):
                    key = f"systems.{system.name}.tables.{name}"
                    message = (
                        f"key '{key}': column '{column}' is {declared.type}, which cannot hold what the generator "
                        f"makes, {made[column]}"
                    )
                    yield Finding(
                        checked.world_path, "LG117", message, key, line_after(checked.world_path, key, column)
                    )


def _may_hold(declared: str, made: str) -> bool:
    word = re.split(r"[^a-z0-9]", declared.strip().lower(), maxsplit=1)[0]
    if made.endswith("]") or made.startswith(("STRUCT", "MAP", "UNION")):
        return False
    kind = _KIND_OF_MADE.get(re.split(r"[( ]", made, maxsplit=1)[0])
    return kind is None or word not in _HELD or kind in _HELD[word]


def _made_texts(spec: WorldFile) -> Iterator[tuple[str, str]]:
    """Tables and columns that noise writes as text."""
    for rule in spec.noise:
        if (isinstance(rule, ColumnRule) and not isinstance(rule, LetterCase)) or (
            isinstance(rule, Missing) and rule.texts
        ):
            yield from ((rule.table, column) for column in rule.touched)
