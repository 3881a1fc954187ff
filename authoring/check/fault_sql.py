"""`faults.yaml`: the SQL of seeded faults, parsed but not run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from authoring.check.context import CheckedTask
from authoring.check.findings import Finding, from_problems
from authoring.check.source_text import line_of
from benchmark.spelling import nearest

if TYPE_CHECKING:
    from sqlglot import exp


def check_faults(checked: CheckedTask) -> Iterator[Finding]:
    """Find faults that cannot be made, or do not change the table that they name."""
    faults = checked.faults
    if faults is None:
        return
    path = checked.folder / "faults.yaml"
    yield from from_problems(path, faults.problems)
    listed = {name for names in checked.task.spec.scored.values() for name in names}
    columns = {name.lower(): _columns(checked, name) for name in listed}
    for index, fault in enumerate(faults.spec.faults):
        key = f"faults.{index}.sql"
        line = line_of(path, f"name: {fault.name}")
        changed = set()
        for sql in fault.sql:
            tree, problem = _parse(sql)
            if tree is None:
                yield Finding(path, "LG504", f"fault '{fault.name}': {problem}", key, line)
                changed.add(fault.table)
                continue
            changed.add(_target(tree))
            for message in _unknown_names(tree, columns):
                yield Finding(path, "LG505", f"fault '{fault.name}': {message}", key, line)
        if fault.table.lower() not in changed and columns:
            named = ", ".join(sorted(changed - {""})) or "no table"
            message = f"fault '{fault.name}': its SQL changes {named}, and not {fault.table}"
            yield Finding(path, "LG506", message, key, line)


def _columns(checked: CheckedTask, name: str) -> frozenset[str]:
    """Every column that a table is known to have, in lower case; none where its other columns are not known."""
    node = checked.solution_graph.tables.get(name)
    if node is None or not node.columns or name not in checked.scored:
        return frozenset()
    return frozenset(
        {column.name.lower() for column in node.columns} | {c.lower() for c in checked.scored[name].columns}
    )


@lru_cache(maxsize=10_000)
def _parse(sql: str) -> tuple[exp.Expr | None, str]:
    import sqlglot
    from sqlglot.errors import SqlglotError

    try:
        trees = sqlglot.parse(sql, dialect="duckdb")
    except SqlglotError as error:
        return None, f"is not DuckDB SQL: {str(error).splitlines()[0]}"
    tree = trees[0] if trees else None
    return tree, "" if tree is not None else "has an empty statement"


def _target(tree: exp.Expr) -> str:
    """The table that a statement changes, in lower case; empty where that cannot be told."""
    from sqlglot import exp

    target = tree.this if isinstance(tree, exp.Insert | exp.Update | exp.Delete | exp.Merge) else None
    if isinstance(tree, exp.Create | exp.Alter):
        target = tree.this
    if isinstance(target, exp.Schema):
        target = target.this
    return _name(target) if isinstance(target, exp.Table) else ""


def _name(table: exp.Table) -> str:
    return f"{table.db}.{table.name}".lower() if table.db else table.name.lower()


def _unknown_names(tree: exp.Expr, columns: Mapping[str, frozenset[str]]) -> Iterator[str]:
    from sqlglot import exp

    local = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
    aliases = {alias.alias.lower() for alias in tree.find_all(exp.Alias)}
    tables = [_name(table) for table in tree.find_all(exp.Table) if table.name]
    created = {_name(table) for node in tree.find_all(exp.Create) for table in node.find_all(exp.Table)}
    for name in dict.fromkeys(tables):
        if "." in name and name not in columns and name not in created:
            near = nearest(name, columns)
            hint = f"; did you mean '{near}'?" if near else ""
            yield f"the task has no table '{name}'{hint}"
            return
    known: set[str] = set()
    for name in tables:
        if name in local or name not in columns or not columns[name]:
            return  # what a part of the query has is not known
        known |= columns[name]
    for column in dict.fromkeys(column.name.lower() for column in tree.find_all(exp.Column) if column.name):
        if column not in known | aliases | {"rowid", "*"} | {name.partition(".")[2] for name in tables}:
            near = nearest(column, known)
            hint = f"; did you mean '{near}'?" if near else ""
            yield f"there is no column '{column}'{hint}"
