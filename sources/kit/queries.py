"""The queries of an SQL generator: read, refused where they depend on anything but the dials, put in order."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.errors import SpecError
from benchmark.yaml_files import read_text
from sources.kit.draws import MACROS
from sources.kit.errors import GeneratorError

if TYPE_CHECKING:
    from sqlglot import Dialect, Token

_CLOCKS = dict.fromkeys(
    (
        *("now", "today", "current_date", "current_time", "current_timestamp", "current_localtime"),
        *("current_localtimestamp", "localtime", "localtimestamp", "get_current_time", "get_current_timestamp"),
        *("transaction_timestamp", "statement_timestamp", "clock_timestamp", "age"),
    ),
    "reads the machine's clock; write as_of() or pinned_now()",
)
_RANDOM = dict.fromkeys(
    ("random", "setseed", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "tablesample", "shuffle", "nextval"),
    "gives other values each time; write draw(key, 'stream') or identifier('kind', n)",
)
_HASHES = {"hash": "may change with DuckDB's version; write draw(key, 'stream') or md5(...)"}
_OUTSIDE = dict.fromkeys(
    ("glob", "sniff_csv", "query", "query_table", "getenv", "which_secret", "version", "txid_current"),
    "reads what is outside the generator; a query may read the generator's own tables",
)
_OUTSIDE_PREFIXES = ("read_", "parquet_", "duckdb_", "pragma_", "sqlite_", "postgres_", "mysql_", "iceberg_", "delta_")
_BARE = frozenset(("current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "tablesample"))
"""Refused without parentheses, too."""
_TODAY = frozenset(("as_of", "first_as_of", "pinned_now", "getvariable"))
_CLOCK = _TODAY | {"dates"}


@dataclass(frozen=True)
class TableQuery:
    """The query of one table."""

    table: str
    path: Path
    sql: str
    """One `select`, without a semicolon."""
    reads: frozenset[str]
    """Tables of the generator that it reads."""
    grows: bool
    """Whether it makes rows for each day of the history."""
    knows_today: bool
    """Whether it asks which day it is, so that no two days need to have rows in common."""


def with_upstream(queries: Sequence[TableQuery], tables: Collection[str]) -> frozenset[str]:
    """Some tables and all that they read; the queries are in an order in which each can run."""
    found = set(tables)
    for query in reversed(queries):
        if query.table in found:
            found |= query.reads
    return frozenset(found)


def with_downstream(queries: Sequence[TableQuery], tables: Collection[str]) -> frozenset[str]:
    """Some tables and all that read them; the queries are in an order in which each can run."""
    found = set(tables)
    for query in queries:
        if query.reads & found:
            found.add(query.table)
    return frozenset(found)


def read_queries(folder: Path) -> tuple[TableQuery, ...]:
    """Read the `*.sql` of a folder, each named as its table, in an order in which each can run.

    Raises:
        GeneratorError: The folder has no query, or a query is not one `select`, is refused, or stands in a circle.
    """
    tables = {path.stem: path for path in query_paths(folder)}
    return _in_order({table: _read(table, path, frozenset(tables)) for table, path in tables.items()})


def query_paths(folder: Path) -> list[Path]:
    """The `*.sql` of a folder, by name, unread.

    Raises:
        GeneratorError: There is none.
    """
    paths = sorted(folder.glob("*.sql"))
    if not paths:
        raise GeneratorError(folder, "has no query; the generator is one file <table>.sql for each table.")
    return paths


def query_errors(folder: Path) -> list[GeneratorError]:
    """What is wrong in each query of a folder, where `read_queries` would stop at the first."""
    paths = sorted(folder.glob("*.sql"))
    tables = frozenset(path.stem for path in paths)
    found = []
    for path in paths:
        try:
            _read(path.stem, path, tables)
        except GeneratorError as error:
            found.append(error)
    if not found:
        try:
            read_queries(folder)
        except GeneratorError as error:
            found.append(error)
    return found


def _read(table: str, path: Path, tables: frozenset[str]) -> TableQuery:
    if not table.isidentifier() or table != table.lower():
        raise GeneratorError(path, f"'{table}' is no name of a table: small letters, digits and underscores.")
    try:
        sql = read_text(path)
    except SpecError as error:
        raise GeneratorError(path, error.problems[0].message) from error
    return _read_text(table, path, sql, tables)


@lru_cache(maxsize=1024)
def _read_text(table: str, path: Path, sql: str, tables: frozenset[str]) -> TableQuery:
    tokens = _tokens(path, sql)
    _refuse(path, tokens)
    called = {token.text.lower() for token, following in pairwise(tokens) if following.text == "("}
    return TableQuery(
        table,
        path,
        sql.strip().rstrip(";"),
        _reads(path, sql, tables),
        grows=bool(called & _CLOCK),
        knows_today=bool(called & _TODAY),
    )


def refuse_impure_sql(where: object, sql: str) -> None:
    """Refuse SQL that depends on more than the dials and its tables: on the machine's clock, chance, files.

    Args:
        where: File, to which the line is added, or key of world.yaml.
        sql: A query or an expression.

    Raises:
        GeneratorError: It does, or is no SQL.
    """
    _refuse(where, _tokens(where, sql))


def _refuse(where: object, tokens: "list[Token]") -> None:
    for line, name, reason in _refused(tokens):
        raise GeneratorError(f"{where}:{line}" if isinstance(where, Path) else where, f"{name} {reason}.")


def _tokens(where: object, sql: str) -> "list[Token]":
    from sqlglot import tokenize
    from sqlglot.errors import TokenError

    try:
        return tokenize(sql, dialect="duckdb")
    except TokenError as error:
        raise GeneratorError(where, f"is not SQL: {error}") from error


def _refused(tokens: "list[Token]") -> Iterator[tuple[int, str, str]]:
    reasons = _CLOCKS | _RANDOM | _HASHES | _OUTSIDE
    for index, token in enumerate(tokens):
        text = token.text.lower()
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        before = tokens[index - 1].text.lower() if index else ""
        if text == "sample" and before == "using":
            yield token.line, "using sample", _RANDOM["random"]
        if token.token_type.name == "STRING" or (following != "(" and (text not in _BARE or before == ".")):
            continue
        if text in reasons:
            yield token.line, f"{text}()" if following == "(" else text, reasons[text]
        elif text.startswith(_OUTSIDE_PREFIXES) or text.endswith("_scan"):
            yield token.line, f"{text}()", _OUTSIDE["query"]


def _reads(path: Path, sql: str, tables: frozenset[str]) -> frozenset[str]:
    from sqlglot import exp
    from sqlglot.errors import ParseError
    from sqlglot.optimizer.scope import traverse_scope

    try:
        statements = [tree for tree in _dialect().parse(sql) if tree is not None]
    except ParseError as error:
        found = error.errors[0] if error.errors else {}
        line = f":{found['line']}" if found.get("line") else ""
        raise GeneratorError(f"{path}{line}", f"is not SQL: {found.get('description') or error}") from error
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise GeneratorError(path, f"holds {len(statements)} statements; write one query (select ...) for one table.")
    read = {
        source.name.lower()
        for scope in traverse_scope(statements[0])
        for source in scope.sources.values()
        if isinstance(source, exp.Table)
    }
    return frozenset(read & tables)


@cache
def _dialect() -> "Dialect":
    """DuckDB, in which the macros of draws hide the functions of other databases that have their names."""
    from sqlglot.dialects.duckdb import DuckDB

    known = DuckDB.parser_class.FUNCTIONS
    functions = {name: build for name, build in known.items() if name.lower() not in MACROS}
    parser = type("Parser", (DuckDB.parser_class,), {"FUNCTIONS": functions})
    dialect: Dialect = type("WithMacros", (DuckDB,), {"Parser": parser})()
    return dialect


def _in_order(queries: Mapping[str, TableQuery]) -> tuple[TableQuery, ...]:
    ordered: dict[str, TableQuery] = {}

    def visit(table: str, above: tuple[str, ...]) -> None:
        if table in ordered:
            return
        if table in above:
            circle = (*above[above.index(table) :], table)
            files = ", ".join(queries[name].path.name for name in sorted(set(circle)))
            raise GeneratorError(
                queries[table].path.parent,
                f"the tables read one another in a circle: {' -> '.join(circle)} ({files}). Take one of the reads out.",
            )
        for read in sorted(queries[table].reads):
            visit(read, (*above, table))
        ordered[table] = queries[table]

    for table in sorted(queries):
        visit(table, ())
    return tuple(ordered.values())
