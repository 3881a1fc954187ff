"""Plain SQL: one query that reads its own steps and relations of the project, by functions that are known.

Such a query cannot leave the parentheses in which dbt puts it, cannot change anything, and reads no file, setting or
catalog. The text is checked twice: token by token here, where only what surely means the same to DuckDB is let
through, and as a tree by sqlglot.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from typing import Any

from evaluators.pipeline.plain.functions import FUNCTIONS, KEYWORDS, TABLE_FUNCTIONS
from evaluators.pipeline.plain.jinja import RELATION, NotPlainError

MAX_BYTES = 100_000
_TOKEN = re.compile(
    r"(?P<space>[ \n\t]+)|(?P<comment>--[^\n]*)|(?P<string>'(?:[^']|'')*')|(?P<quoted>\"[A-Za-z_][A-Za-z0-9_ ]*\")"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<mark>[()\[\],.+*/%<>=!|&:-])"
)
_FORBIDDEN = frozenset(
    """
    insert update delete merge into copy attach detach create drop alter truncate pragma call execute prepare
    install load set reset use export import begin commit rollback checkpoint vacuum grant revoke describe
    summarize show pivot unpivot table positional rowid sample tablesample
    """.split()  # noqa: SIM905 - a list of 200 strings would be 200 lines
)
"""Words that begin something else than a query, a form of a query that is not needed or draws rows, and where a row
lies."""
_CATALOGS = frozenset({"information_schema", "pg_catalog", "main", "system", "temp", "memory", "warehouse"})

BUILT_IN = re.compile(r"(?:duckdb|sqlite|pg|pragma)_")
"""How the names begin that DuckDB finds in its catalog without a schema."""


def check_sql(sql: str, schemas: Collection[str]) -> None:
    """See that a query is plain.

    Args:
        sql: A model without its Jinja.
        schemas: Of the warehouse, in small letters; none may be named.

    Raises:
        NotPlainError: It is not.
    """
    if len(sql) > MAX_BYTES:
        raise NotPlainError("a long query")
    _check_tokens(sql, {*schemas, *_CATALOGS})
    _check_tree(sql)


def _check_tokens(sql: str, closed: Collection[str]) -> None:
    at, depth = 0, 0
    before = ("space", "")
    last_word = ("", "")
    while at < len(sql):
        found = _TOKEN.match(sql, at)
        if found is None:
            raise NotPlainError(f"the character {sql[at]!r}")
        kind, text = str(found.lastgroup), found[0]
        _check_characters(text)
        at = found.end()
        if kind in ("string", "quoted") and before[0] in ("word", "number", "quoted", "string"):
            raise NotPlainError("a text right behind a word")
        if kind in ("word", "number") and before[0] in ("string", "quoted", "number"):
            raise NotPlainError("a word right behind a text or a number")
        if text == "*" and before == ("mark", "/"):
            raise NotPlainError("a comment between marks")
        if kind in ("word", "quoted") and text.strip('"').lower() in _FORBIDDEN:
            raise NotPlainError(f"the word {text}")
        if text == "(":
            depth += 1
            _check_function(last_word)
        elif text == ")":
            depth -= 1
        elif text == "." and last_word[1].strip('"').lower() in closed:
            raise NotPlainError(f"the schema {last_word[1]}")
        if depth < 0:
            raise NotPlainError("a parenthesis too many")
        before = (kind, text)
        if kind not in ("space", "comment"):
            last_word = (kind, text)
    if depth:
        raise NotPlainError("a parenthesis too few")


def _check_characters(text: str) -> None:
    for character in text:
        if character not in " \n\t" and unicodedata.category(character)[0] in "ZC":
            raise NotPlainError("a character that is not seen")


def _check_function(before: tuple[str, str]) -> None:
    kind, text = before
    if kind in ("quoted", "string", "number") or text in (")", "]"):
        raise NotPlainError("a parenthesis behind a name or a value")
    if kind == "word" and text.lower() not in FUNCTIONS and text.lower() not in KEYWORDS:
        raise NotPlainError(f"the function {text}")


def _check_tree(sql: str) -> None:
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        trees = sqlglot.parse(sql, dialect="duckdb")
    except (SqlglotError, RecursionError) as error:
        raise NotPlainError("SQL that sqlglot cannot read") from error
    tree = trees[0] if len(trees) == 1 else None
    if not isinstance(tree, exp.Query) or tree.find(exp.DML, exp.DDL, exp.Command, exp.Into, exp.TableSample):
        raise NotPlainError("something else than one query")
    steps = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    if any(map(BUILT_IN.match, steps)):  # outside the query that has the step, the name is that of the catalog
        raise NotPlainError("a step with the name of a part of the catalog")
    for part in tree.find_all(exp.From, exp.Join):
        if isinstance(part.this, exp.Paren | exp.Literal | exp.Column):
            raise NotPlainError("a value in place of a table")
    for table in tree.find_all(exp.Table):
        is_relation = table.db == RELATION and not table.catalog
        is_step = not table.args.get("db") and table.name.lower() in steps
        is_function = isinstance(table.this, exp.Func) and not table.args.get("db")
        if is_function and _name_of(table.this) not in TABLE_FUNCTIONS:
            raise NotPlainError("a function in place of a table")
        if not (is_function or (isinstance(table.this, exp.Identifier) and (is_relation or is_step))):
            raise NotPlainError("a table that is neither a step nor a relation of the project")


def _name_of(function: Any) -> str:
    """What the text calls a function, in small letters."""
    from sqlglot import exp

    is_known = not isinstance(function, exp.Anonymous)
    return str(function.sql(dialect="duckdb").partition("(")[0] if is_known else function.this).lower()
