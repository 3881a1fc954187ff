"""Models as one long script of temporary tables for an old database system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from authoring.generate.legacy_dialects import CannotSayError, Legacy, portable, said_in
from authoring.generate.legacy_names import LegacyNames


class Model(NamedTuple):
    """A model that the script makes."""

    name: str
    """`schema.table`."""
    tree: exp.Expr
    """Of its compiled SQL."""
    columns: tuple[str, ...]


class Step(NamedTuple):
    """One statement."""

    target: str
    """The table that it makes, as it is called in the script."""
    is_kept: bool
    """False: the table is a temporary one."""
    query: exp.Expr
    """Portable, with the script's names."""
    said: str
    """What it is about, in a few words."""


class Script(NamedTuple):
    """A script, before it is written."""

    legacy: Legacy
    steps: tuple[Step, ...]
    targets: dict[str, str]
    """Model -> what its table is called in the script."""
    columns: dict[str, str]
    """Column -> what it is called in the script, in all of its tables."""
    inputs: dict[str, str]
    """Table of the warehouse that is read -> what the script calls its copy."""


def make_script(models: Sequence[Model], inputs: Mapping[str, Sequence[str]], legacy: Legacy) -> Script:
    """Turn models into a script.

    Args:
        models: Upstream first.
        inputs: Table that they read and that stays -> its columns.
        legacy: For which system.

    Raises:
        CannotSayError: A model uses something that the system does not know.
    """
    return _Writer(models, inputs, legacy).script()


class _Writer:
    def __init__(self, models: Sequence[Model], inputs: Mapping[str, Sequence[str]], legacy: Legacy) -> None:
        self._models = models
        self._inputs = inputs
        self._legacy = legacy
        reserved = Dialect.get_or_raise(legacy.dialect).tokenizer_class.KEYWORDS
        self._names = LegacyNames(legacy.shape, reserved)
        self._tables = LegacyNames(legacy.shape, reserved)
        self._steps: list[Step] = []

    def script(self) -> Script:
        used = {node.name.lower() for model in self._models for node in model.tree.find_all(exp.Identifier)}
        used |= {column.lower() for model in self._models for column in model.columns}
        copies = {name: self._tables.of(name, f"in {_entity(name)}") for name in sorted(self._inputs)}
        for name, copy in copies.items():
            columns = [column for column in self._inputs[name] if column.lower() in used]
            projections = [exp.alias_(exp.column(column), self._names.of(column)) for column in columns]
            schema, _, table = name.partition(".")
            query = exp.select(*projections).from_(exp.table_(table, db=schema))
            self._steps.append(Step(copy, False, query, f"what comes in: {_entity(name)}"))
        targets = {model.name: self._tables.of(model.name, _entity(model.name)) for model in self._models}
        for model in self._models:
            self._add(
                model, {**{n: (t, True) for n, t in targets.items()}, **{n: (c, False) for n, c in copies.items()}}
            )
        names = {column: self._names.of(column) for model in self._models for column in model.columns}
        return Script(self._legacy, tuple(self._steps), targets, names, copies)

    def _add(self, model: Model, known: Mapping[str, tuple[str, bool]]) -> None:
        """The steps of a model: one for each of its common table expressions, and the last."""
        tree = model.tree.copy()
        if not isinstance(tree, exp.Query):
            raise CannotSayError(f"{model.name} is no query")
        places: dict[str, tuple[str, bool]] = {}
        last = ""
        for cte in tree.ctes:
            name, query = cte.alias, cte.this
            if query.ctes or cte.args["alias"].columns or tree.args["with_"].recursive:
                raise CannotSayError("it has common table expressions of a kind that old systems do not know")
            source = _copied(query)
            if source is not None:
                places[name] = self._place(source, places, known)
                continue
            target = self._tables.of(f"{model.name}|{name}", name)
            self._step(query, target, False, name.replace("_", " "), places, known)
            places[name], last = (target, False), name
        tree.set("with_", None)
        target, said = known[model.name][0], _entity(model.name)
        source = _copied(tree)
        if source is not None and last and source.name == last and not source.db:
            made = self._steps.pop()
            self._steps.append(made._replace(target=target, is_kept=True, said=said))
        else:
            self._step(tree, target, True, said, places, known)

    def _place(
        self, table: exp.Table, places: Mapping[str, tuple[str, bool]], known: Mapping[str, tuple[str, bool]]
    ) -> tuple[str, bool]:
        """What a table is called in the script, and whether it is a kept one."""
        if not table.db and table.name in places:
            return places[table.name]
        name = f"{table.db}.{table.name}"
        if name not in known:
            raise CannotSayError(f"it reads {name}, which is no table of the pipeline")
        return known[name]

    def _step(
        self,
        query: exp.Expr,
        target: str,
        is_kept: bool,
        said: str,
        places: Mapping[str, tuple[str, bool]],
        known: Mapping[str, tuple[str, bool]],
    ) -> None:
        query = portable(query.copy(), self._legacy)
        for identifier in list(query.find_all(exp.Identifier)):
            if not isinstance(identifier.parent, exp.Table):
                identifier.replace(exp.to_identifier(self._names.of(identifier.name)))
        for table in list(query.find_all(exp.Table)):
            if isinstance(table.this, exp.Identifier):
                table.replace(self._renamed(table, places, known))
        if not any(column.table for column in query.find_all(exp.Column)):
            for table in query.find_all(exp.Table):
                table.set("alias", None)
        said_in(query, self._legacy)
        self._steps.append(Step(target, is_kept, query, said))

    def _renamed(
        self, table: exp.Table, places: Mapping[str, tuple[str, bool]], known: Mapping[str, tuple[str, bool]]
    ) -> exp.Table:
        """A table under its name in the script, and under the alias that the columns beside it have."""
        place, is_kept = self._place(table, places, known)
        alias = table.alias or self._names.of(table.name)
        found = table_node(place, is_kept, self._legacy)
        found.set("joins", table.args.get("joins"))
        found.set("alias", exp.TableAlias(this=exp.to_identifier(alias)))
        return found


def table_node(name: str, is_kept: bool, legacy: Legacy) -> exp.Table:
    """A table of a script: a kept one in its schema, a temporary one in the way of the system."""
    if is_kept:
        return exp.table_(name, db="dbo" if legacy.dialect == "tsql" else "rpt")
    if legacy.dialect == "tsql":
        return exp.Table(this=exp.Identifier(this=name, temporary=True))
    return exp.table_(f"tmp_{name}")


def _entity(name: str) -> str:
    """A table's name as words, without the layer."""
    words = name.partition(".")[2].split("__")[-1].split("_")
    return " ".join(words[1:] if words[0] in ("int", "stg", "fct", "dim") else words)


def _copied(query: exp.Expr) -> exp.Table | None:
    """The table of `select * from table`; None for any other query."""
    if (
        not isinstance(query, exp.Select)
        or len(query.expressions) != 1
        or not isinstance(query.expressions[0], exp.Star)
    ):
        return None
    source = query.args.get("from_")
    if source is None or not isinstance(source.this, exp.Table) or query.expressions[0].args.get("except_"):
        return None
    others = {key for key, value in query.args.items() if value and key not in ("expressions", "from_", "kind")}
    return source.this if not others and not source.this.args.get("joins") else None
