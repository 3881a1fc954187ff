"""Types that columns of a database are declared to have, against what the generator makes for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from authoring.check.context import CheckedWorld
from authoring.check.findings import Finding
from authoring.check.source_text import line_after
from benchmark.mysql_system import MysqlSystem
from benchmark.noise_rules import ColumnRule, LetterCase, Missing
from benchmark.source_systems import PostgresSystem
from benchmark.world import WorldFile

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
