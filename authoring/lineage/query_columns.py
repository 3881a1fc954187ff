"""Which columns of a query are needed for which others, step by step, read from its compiled SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from sqlglot import exp
    from sqlglot.optimizer.scope import Scope

_CLAUSES = ("where", "group", "having", "qualify", "order", "windows", "laterals", "distinct", "sample", "pivots")

Column = tuple[str, str]
"""A step of the query (its common table expression, `""` for the last) or a table `schema.table`, and a column."""


class JoinedTable(NamedTuple):
    """A table that a select joins."""

    alias: str
    source: str
    is_left: bool
    on: frozenset[Column]
    """What its condition reads."""


class Select(NamedTuple):
    """One select of a step."""

    columns: Mapping[str, frozenset[Column]]
    """Its columns, in order, and what each is made from."""
    sources: frozenset[str]
    """What it reads from, joined tables too."""
    joins: tuple[JoinedTable, ...]
    rest: frozenset[Column]
    """What its other clauses read: filters, groups, orders."""
    by_alias: Mapping[str, frozenset[str]]
    """Column of the select, `on` and an alias, or `""` for its other clauses -> aliases of tables that it reads."""
    computed: frozenset[str]
    """Columns that are more than another one under its own or another name."""


class QueryColumns(NamedTuple):
    """A query, taken apart."""

    steps: Mapping[str, tuple[Select, ...]]
    """Step -> its selects; several where they are united."""

    def outputs(self) -> tuple[str, ...]:
        """Columns of the query."""
        return tuple(self.steps[""][0].columns)


class Needed(NamedTuple):
    """What of a query is needed."""

    columns: frozenset[Column]
    steps: frozenset[str]
    joins: frozenset[tuple[str, int, str]]
    """Step, number of its select, alias."""


class UnreadableQueryError(Exception):
    """A query is not made of plain steps."""


def read_columns(sql: str, tables: Mapping[str, Sequence[str]]) -> QueryColumns:
    """Take a query apart.

    Args:
        sql: A SELECT in DuckDB's SQL, without catalogs.
        tables: `schema.table` -> its columns, of every table that the query reads, in small letters.

    Raises:
        UnreadableQueryError: It is not made of plain steps.
    """
    from sqlglot import parse_one
    from sqlglot.errors import SqlglotError
    from sqlglot.optimizer.qualify import qualify
    from sqlglot.optimizer.scope import build_scope

    schema: dict[str, Any] = {}
    for table, names in tables.items():
        folder, _, name = table.partition(".")
        schema.setdefault(folder, {})[name] = dict.fromkeys(names, "unknown")
    try:
        tree = qualify(parse_one(sql, dialect="duckdb"), dialect="duckdb", schema=schema, quote_identifiers=False)
        root = build_scope(tree)
    except (SqlglotError, ValueError, RecursionError) as error:
        raise UnreadableQueryError(str(error)) from error
    if root is None:
        raise UnreadableQueryError("it is no query")
    steps: dict[str, tuple[Select, ...]] = {}
    for scope in root.cte_scopes:
        holder = scope.expression.parent
        steps[holder.alias.lower() if holder is not None else ""] = tuple(_selects(scope))
    steps[""] = tuple(_selects(root))
    return QueryColumns(steps)


def needed(
    query: QueryColumns, outputs: Collection[str], dropped_joins: Collection[tuple[str, int, str]] = ()
) -> Needed:
    """What is needed for some columns of a query.

    Args:
        query: The query.
        outputs: Columns of its last step.
        dropped_joins: Joins that are not there any more.
    """
    columns: set[Column] = set()
    steps: set[str] = set()
    joins: set[tuple[str, int, str]] = set()
    todo: list[Column] = [("", name) for name in outputs]
    todo_steps = [""]
    while todo or todo_steps:
        while todo_steps:
            step = todo_steps.pop()
            if step in steps or step not in query.steps:
                continue
            steps.add(step)
            for place, select in enumerate(query.steps[step]):
                todo += select.rest
                gone = {alias for s, number, alias in dropped_joins if (s, number) == (step, place)}
                kept = [join for join in select.joins if join.alias not in gone]
                joins |= {(step, place, join.alias) for join in kept}
                todo += [column for join in kept for column in join.on]
                todo_steps += select.sources - {join.source for join in select.joins}
                todo_steps += [join.source for join in kept]
        if not todo:
            break
        step, name = todo.pop()
        if (step, name) in columns:
            continue
        columns.add((step, name))
        if step in query.steps:
            todo_steps.append(step)
            place = _place(query.steps[step], name)
            for select in query.steps[step]:
                todo += list(select.columns.values())[place]
    return Needed(frozenset(columns), frozenset(steps), frozenset(joins))


def affected(query: QueryColumns, gone: Collection[Column]) -> frozenset[Column]:
    """Columns of the query's steps that cannot be made without some others.

    Args:
        query: The query.
        gone: Columns of the tables that it reads, or of its steps.

    Raises:
        UnreadableQueryError: Which rows there are depends on them.
    """
    lost = set(gone)
    for step, selects in query.steps.items():
        for select in selects:
            if lost & select.rest or any(lost & join.on for join in select.joins):
                raise UnreadableQueryError("its rows depend on the column")
            names = list(selects[0].columns)
            for place, made_from in enumerate(select.columns.values()):
                if lost & made_from:
                    lost.add((step, names[place]))
    return frozenset(column for column in lost if column[0] in query.steps)


def unused_joins(query: QueryColumns, found: Needed) -> frozenset[tuple[str, int, str]]:
    """Left joins of needed steps of whose tables nothing is needed."""
    unused = set()
    for step in found.steps:
        names = list(query.steps[step][0].columns)
        for place, select in enumerate(query.steps[step]):
            own = list(select.columns)
            used = set(select.by_alias.get("", ()))
            for number, name in enumerate(names):
                if (step, name) in found.columns:
                    used |= set(select.by_alias.get(own[number], ()))
            for join in select.joins:
                other_joins = [other for other in select.joins if other is not join]
                others = {alias for other in other_joins for alias in select.by_alias[f"on {other.alias}"]}
                if join.is_left and join.alias not in used | others:
                    unused.add((step, place, join.alias))
    return frozenset(unused)


def _place(selects: Sequence[Select], name: str) -> int:
    names = list(selects[0].columns)
    if name not in names:
        raise UnreadableQueryError(f"{name} is not found")
    return names.index(name)


def _selects(scope: Scope) -> Iterator[Select]:
    if scope.set_operation_scopes:
        for part in scope.set_operation_scopes:
            yield from _selects(part)
        return
    yield _select(scope)


def _select(scope: Scope) -> Select:
    from sqlglot import exp

    tree = scope.expression
    if not isinstance(tree, exp.Select) or scope.subquery_scopes or scope.derived_table_scopes or scope.udtf_scopes:
        raise UnreadableQueryError("a select is within another one")
    sources = {alias.lower(): _source(source, scope) for alias, source in scope.sources.items()}
    own = {alias.lower() for alias in scope.selected_sources}
    columns: dict[str, frozenset[Column]] = {}
    by_alias: dict[str, frozenset[str]] = {}
    for item in tree.expressions:
        read = list(item.find_all(exp.Column))
        columns[item.alias_or_name.lower()] = _read(read, sources, columns)
        by_alias[item.alias_or_name.lower()] = frozenset(column.table.lower() for column in read)
    computed = frozenset(
        item.alias_or_name.lower() for item in tree.expressions if not isinstance(item.unalias(), exp.Column)
    )
    joins = []
    for join in tree.args.get("joins") or []:
        condition = join.args.get("on")
        read = list(condition.find_all(exp.Column)) if condition is not None else []
        alias = join.this.alias_or_name.lower()
        joins.append(
            JoinedTable(alias, sources.get(alias, ""), str(join.side).upper() == "LEFT", _read(read, sources, columns))
        )
        by_alias[f"on {alias}"] = frozenset(column.table.lower() for column in read)
    rest = [column for key in _CLAUSES for column in _columns_in(tree.args.get(key))]
    by_alias[""] = frozenset(column.table.lower() for column in rest)
    return Select(
        columns,
        frozenset(sources[alias] for alias in own if alias in sources),
        tuple(joins),
        _read(rest, sources, columns),
        by_alias,
        computed,
    )


def _columns_in(clause: object) -> Iterator[exp.Column]:
    from sqlglot import exp

    for part in clause if isinstance(clause, list) else [clause]:
        if isinstance(part, exp.Expr):
            yield from part.find_all(exp.Column)


def _read(
    columns: Sequence[exp.Column], sources: Mapping[str, str], own: Mapping[str, frozenset[Column]]
) -> frozenset[Column]:
    """What some columns of an expression stand for; one without a table is a column of the same select."""
    found: set[Column] = set()
    for column in columns:
        table, name = column.table.lower(), column.name.lower()
        if table in sources:
            found.add((sources[table], name))
        elif not table and name in own:
            found |= own[name]
        else:
            raise UnreadableQueryError(f"{column.sql()} is not found")
    return frozenset(found)


def _source(source: object, scope: Scope) -> str:
    from sqlglot import exp

    if isinstance(source, exp.Table):
        return f"{source.db}.{source.name}".lower()
    for name, found in scope.cte_sources.items():
        if found is source:
            return name.lower()
    raise UnreadableQueryError("a table is made within a select")
