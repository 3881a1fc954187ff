"""SQL files of a dbt project: DuckDB's own parser reads them, with words in place of their Jinja. Nothing is run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import product
from pathlib import Path

from authoring.check.findings import Finding
from authoring.check.source_text import text
from benchmark.file_tree import FileTree

_COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
_INSIDE = r"""((?:'[^']*'|"[^"]*"|.)*?)"""
_EXPRESSION = re.compile(rf"\{{\{{-?\s*([\w.]*){_INSIDE}\}}\}}", re.DOTALL)
_BLOCK = re.compile(rf"\{{%[-+]?\s*(\w+){_INSIDE}%\}}", re.DOTALL)
_ENDS = (("{{", "}}"), ("{%", "%}"), ("{#", "#}"))
_READ_AROUND = frozenset({"set", "if", "endif", "snapshot", "endsnapshot"})
"""Blocks whose inside is SQL as it stands; of others nothing is known, for example of a loop."""
_NAMES = frozenset({"ref", "source", "this"})
_VALUES = frozenset({"var", "env_var", "target.name", "target.schema"})
_WORDS = ("j", "1", "'j'", "", "(select 1)", "select 1")
"""What a macro or a value may become: a name, a number, a text, nothing, a subquery, a query."""
_MAX_MACROS = 3
_LINE = re.compile(r"\s*\n\s*LINE (\d+):.*", re.DOTALL)


def check_sql(tree: FileTree, below: Path) -> Iterator[Finding]:
    """Find models, snapshots, data tests and analyses that DuckDB cannot read, among those that lie below a folder."""
    for name, path in tree.items():
        is_query = name.startswith(("dbt/models/", "dbt/snapshots/", "dbt/tests/", "dbt/analyses/"))
        if is_query and path.suffix == ".sql" and below in path.parents and (found := _problem(text(path))):
            problem, line, is_sure = found
            if is_sure:
                yield Finding(path, "LG319", f"is not DuckDB SQL: {problem}", line=line)
            else:
                message = f"is not DuckDB SQL, unless a macro makes it so: {problem}"
                yield Finding(path, "LG320", message, line=line)


@lru_cache(maxsize=10_000)
def _problem(source: str) -> tuple[str, int | None, bool] | None:
    """What DuckDB says, on which line, and whether no macro of the file can be why; None where it can be read."""
    source = _COMMENT.sub(lambda found: _blank(found.group()), source)
    blocks = [found[1] for found in _BLOCK.finditer(source)]
    is_open = any(source.count(opening) != source.count(closing) for opening, closing in _ENDS)
    if set(blocks) - _READ_AROUND or blocks.count("if") > 1 or is_open:
        return None
    if any(found[1] == "set" and "=" not in found[2] for found in _BLOCK.finditer(source)):
        return None  # a block that is closed by endset is no part of the query
    source = _BLOCK.sub(lambda found: _blank(found.group()), source)
    made = sorted({found[1] for found in _EXPRESSION.finditer(source)} - _NAMES - {"config"})
    if len(made) > _MAX_MACROS:
        return None
    first = None
    for words in product(_WORDS, repeat=len(made)):
        found = _parse(source, made, words)
        if found is None:
            return None
        first = first or found
    return (*first, set(made) <= _VALUES) if first else None


def _parse(source: str, made: Sequence[str], words: Sequence[str]) -> tuple[str, int | None] | None:
    import duckdb

    chosen = dict(zip(made, words, strict=True)) | dict.fromkeys(_NAMES, "j") | {"config": ""}
    sql = _EXPRESSION.sub(lambda found: f" {chosen[found[1]]} " + "\n" * found.group().count("\n"), source)
    try:
        duckdb.extract_statements(sql)
    except duckdb.Error as error:
        message = str(error).removeprefix("Parser Error: ")
        line = _LINE.search(message)
        return _LINE.sub("", message).split("\n")[0][:200], int(line[1]) if line else None
    return None


def _blank(piece: str) -> str:
    return " " + "\n" * piece.count("\n")
