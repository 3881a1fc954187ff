"""How the tables of an extract hang together: parents before children, and which columns hold which identifiers."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from benchmark.world_data import TableRoles, split_columns
from sources.kit.errors import GeneratorError


class ParentLink(NamedTuple):
    """Columns of a table that point to another one."""

    columns: tuple[str, ...]
    parent: str
    parent_columns: tuple[str, ...]

    @property
    def text(self) -> str:
        """For messages."""
        return f"{', '.join(self.columns)} -> {self.parent}.{', '.join(self.parent_columns)}"


@dataclass(frozen=True)
class TableGraph:
    """The tables of an extract by their roles."""

    roles: Mapping[str, TableRoles]
    """Every table, also those whose roles are empty."""

    def links(self, table: str) -> tuple[ParentLink, ...]:
        """To the parents of a table.

        Raises:
            GeneratorError: A parent is no table, or its key does not fit.
        """
        found = []
        for columns, target in self.roles[table].parents.items():
            where = f"data.{table}.parents.{columns} in world.yaml"
            parent, _, column = target.partition(".")
            if parent not in self.roles:
                raise GeneratorError(where, f"there is no table '{parent}'; known: {', '.join(sorted(self.roles))}.")
            parent_columns = (column,) if column else self.roles[parent].key
            own = split_columns(columns)
            if len(own) != len(parent_columns):
                raise GeneratorError(
                    where,
                    f"{len(own)} columns point to the {len(parent_columns)} of the key of '{parent}' "
                    f"({', '.join(parent_columns) or 'none'}); name as many, or give '{parent}.<column>'.",
                )
            found.append(ParentLink(own, parent, parent_columns))
        return tuple(found)

    def in_order(self) -> tuple[str, ...]:
        """The tables, parents first; a table that points to itself is no circle.

        Raises:
            GeneratorError: Tables point to one another in a circle.
        """
        ordered: dict[str, None] = {}

        def visit(table: str, above: tuple[str, ...]) -> None:
            if table in ordered:
                return
            if table in above:
                circle = " -> ".join((*above[above.index(table) :], table))
                raise GeneratorError("data in world.yaml", f"parents form a circle: {circle}. Take one of them out.")
            for link in self.links(table):
                if link.parent != table:
                    visit(link.parent, (*above, table))
            ordered[table] = None

        for table in sorted(self.roles):
            visit(table, ())
        return tuple(ordered)

    def kinds(self, table: str) -> dict[str, str]:
        """Column -> kind of identifier, for the columns that another seed renames."""
        found = {column: self._kind(table, column, ()) for column in self._candidates(table)}
        fixed = self._fixed_kinds()
        return {column: kind for column, kind in found.items() if kind and kind not in fixed}

    def is_root(self, table: str) -> bool:
        """Whether the rows of a table are drawn, since no parent brings them."""
        roles = self.roles[table]
        return not roles.reference and not any(
            link.parent != table and not self.roles[link.parent].reference for link in self.links(table)
        )

    def _candidates(self, table: str) -> Iterable[str]:
        roles = self.roles[table]
        linked = (column for link in self.links(table) for column in link.columns)
        return dict.fromkeys((*roles.key, *roles.entity, *linked))

    def _kind(self, table: str, column: str, above: tuple[tuple[str, str], ...]) -> str:
        """Empty: the column holds no identifier."""
        roles = self.roles[table]
        if (table, column) in above:
            return ""
        if column in roles.entity:
            return roles.entity[column]
        for link in self.links(table):
            if column in link.columns and (link.parent, link.parent_columns) != (table, (column,)):
                target = link.parent_columns[link.columns.index(column)]
                return self._kind(link.parent, target, (*above, (table, column)))
        return table if roles.key == (column,) and not roles.reference else ""

    def _fixed_kinds(self) -> set[str]:
        """Kinds that a reference table names: their codes stay."""
        return {kind for roles in self.roles.values() if roles.reference for kind in roles.entity.values()}
