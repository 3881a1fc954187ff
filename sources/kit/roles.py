"""Roles of an extract's columns, proposed from the data where nobody has said them yet, each with its evidence.

A proposal is a guess for a person to confirm. Names and values both count: a column is a key because every row has its
own value, a parent because its values are those of another table's key, and it is more likely where the names fit.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sources.kit.column_facts import ColumnFacts, facts_of_extract, matches, unique_together

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LEAST_MATCHES = 0.9
"""Share of a column's different values that are in the other table's key, from which on it is proposed as a parent."""
_REFERENCE_ROWS = 300
_KEY_COLUMNS = 8
"""Among so many columns, the first ones, keys of two and three columns are looked for."""
_LOADED = re.compile(r"(^|_)(loaded|ingested|inserted|received|extracted|recorded|synced)(_|$)")
_UPDATED = re.compile(r"(^|_)(updated|modified|changed|last_update)(_|$)")
_PREFIX = re.compile(r"^(raw|src|source|base|tbl|dim|fct)_")
"""What names of tables begin with, and names of columns leave out."""
_PERSONAL = (
    ("email", re.compile(r"e_?mail")),
    ("company_name", re.compile(r"(company|supplier|vendor|business|firm|employer|shipper)(_?name)?$")),
    ("person_name", re.compile(r"(^|_)(full|customer|person|contact|user|owner|employee|author)_?name$|^name$")),
    ("street", re.compile(r"(^|_)(street|address|address_?line_?1)$")),
)


@dataclass(frozen=True)
class Proposal:
    """One role of one table, as `data` of `world.yaml` says it."""

    table: str
    role: str
    """A field of `TableRoles`."""
    value: Any
    """Of that field; plain data."""
    evidence: str
    """What the data says for it, with figures."""


def propose_roles(folder: Path) -> tuple[Proposal, ...]:
    """Read an extract and propose the roles of every table.

    Raises:
        GeneratorError: A file cannot be read.
    """
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        _, facts = facts_of_extract(connection, folder)
        keys = {table: proposal for table in facts if (proposal := _key(connection, table, facts[table]))}
        found: list[Proposal] = []
        for table, columns in facts.items():
            parents = list(_parents(connection, table, columns, facts, keys))
            linked = {column for proposal in parents if proposal.role == "parents" for column in proposal.value}
            own = [keys[table]] if table in keys else []
            taken = linked | (set(_listed(keys[table].value)) if own else set())
            found += [*own, *parents, *_times(table, columns), *_texts(table, columns, taken)]
            found += _numbers(table, columns, taken)
            found += _optional(table, columns, taken)
        return tuple(found + _references(facts, keys, found))


def as_data(proposals: tuple[Proposal, ...]) -> dict[str, dict[str, Any]]:
    """The proposals in the shape of the key `data` of `world.yaml`."""
    data: dict[str, dict[str, Any]] = {}
    for proposal in proposals:
        data.setdefault(proposal.table, {})[proposal.role] = proposal.value
    return data


def _key(connection: "DuckDBPyConnection", table: str, columns: tuple[ColumnFacts, ...]) -> Proposal | None:
    unique = [column for column in columns if column.is_unique and column.may_identify]
    if unique:
        best = min(unique, key=lambda column: (-_key_name(column.name, table), columns.index(column)))
        others = [column.name for column in unique if column != best]
        also = f"; so has {', '.join(others)}" if others else ""
        return Proposal(
            table, "key", best.name, f"each of {best.n_rows} rows has its own {best.name} (100 % unique){also}"
        )
    candidates = [column.name for column in columns if (column.may_identify or column.is_time) and not column.n_null]
    for size in (2, 3):
        for names in combinations(candidates[:_KEY_COLUMNS], size):
            if columns[0].n_rows and unique_together(connection, table, names):
                n_rows = columns[0].n_rows
                return Proposal(table, "key", list(names), f"no two of {n_rows} rows share {', '.join(names)}")
    return None


def _key_name(name: str, table: str) -> int:
    """How much a name is that of a key."""
    own, table = _singular(table), _bare(table)
    if name in ("id", f"{own}_id", f"{table}_id", f"{own}_key", f"{own}_code"):
        return 3
    return 2 if name.endswith(("_id", "_key", "_uuid")) else 1 if name.endswith(("code", "number", "_no")) else 0


def _parents(
    connection: "DuckDBPyConnection",
    table: str,
    columns: tuple[ColumnFacts, ...],
    facts: Mapping[str, tuple[ColumnFacts, ...]],
    keys: Mapping[str, Proposal],
) -> Iterator[Proposal]:
    parents: dict[str, str] = {}
    evidence: list[str] = []
    orphans: list[str] = []
    for column in columns:
        best: tuple[float, str, Mapping[str, int]] | None = None
        for parent, key in keys.items():
            if not isinstance(key.value, str) or not column.may_identify or (parent, key.value) == (table, column.name):
                continue
            fits = _names_fit(column.name, parent, key.value)
            if parent == table and not fits:
                continue
            counted = matches(connection, table, [column.name], parent, [key.value])
            if not counted or not counted["distinct"]:
                continue
            share = counted["matching"] / counted["distinct"]
            # Small whole numbers match by chance; so do short lists of texts.
            is_likely = fits or (column.is_text and counted["distinct"] >= 10 and column.name not in _listed(key.value))
            if share >= _LEAST_MATCHES and is_likely and (best is None or share + fits > best[0]):
                best = (share + fits, parent, counted)
        if best and not (column.is_unique and keys.get(table) and keys[table].value == column.name and best[0] < 2):
            _, parent, counted = best
            parents[column.name] = parent
            evidence.append(
                f"{column.name}: {counted['matching']} of {counted['distinct']} different values are in "
                f"{parent}.{keys[parent].value}"
            )
            if counted["matching"] < counted["distinct"]:
                orphans.append(column.name)
    for parent, key in keys.items():
        found = _composite_parent(connection, table, columns, parent, key)
        if found:
            parents[", ".join(_listed(key.value))] = parent
            evidence.append(found)
    if parents:
        yield Proposal(table, "parents", parents, "; ".join(evidence))
    if orphans:
        yield Proposal(table, "orphans", orphans, f"values without a parent in {', '.join(orphans)}")


def _composite_parent(
    connection: "DuckDBPyConnection", table: str, columns: tuple[ColumnFacts, ...], parent: str, key: Proposal
) -> str:
    """What the data says for a table that points to another one by all columns of its key; empty: it does not."""
    names = _listed(key.value)
    if len(names) < 2 or parent == table or not {column.name for column in columns} >= set(names):
        return ""
    counted = matches(connection, table, names, parent, names)
    if not counted or not counted["distinct"] or counted["matching"] < counted["distinct"]:
        return ""
    listed = ", ".join(names)
    return f"{listed}: {counted['matching']} of {counted['distinct']} different values are in {parent}"


def _names_fit(column: str, parent: str, key: str) -> bool:
    """Whether a column's name says that it points to a table."""
    own, parent = _singular(parent), _bare(parent)
    names = {own, parent, f"{own}_{key}", f"{own}_id", f"{own}_code", f"{own}_key"} | ({key} - {"id"})
    return any(column == name or column.endswith(f"_{name}") for name in names)


def _times(table: str, columns: tuple[ColumnFacts, ...]) -> Iterator[Proposal]:
    times = [column for column in columns if column.is_time and column.n_null < column.n_rows]
    for role, pattern in (("loaded_at", _LOADED), ("updated_at", _UPDATED)):
        for column in times:
            if pattern.search(column.name):
                yield Proposal(table, role, column.name, f"{column.name} by its name; {_order(column)}")
                times.remove(column)
                break
    if times:
        best = max(times, key=lambda column: (not column.n_null, column.n_in_order, -columns.index(column)))
        yield Proposal(table, "event_time", best.name, f"{best.name}: {_order(best)}; {best.n_null} rows without it")


def _order(column: ColumnFacts) -> str:
    share = column.n_in_order / max(1, column.n_rows - 1)
    return f"{share:.0%} of rows are not before the row above"


def _texts(table: str, columns: tuple[ColumnFacts, ...], taken: set[str]) -> Iterator[Proposal]:
    personal: dict[str, str] = {}
    evidence: list[str] = []
    for column in columns:
        if not column.is_text or column.name in taken or column.n_null == column.n_rows:
            continue
        n_texts = column.n_rows - column.n_null
        if column.n_with_at_sign >= 0.8 * n_texts:
            personal[column.name] = "email"
            evidence.append(f"{column.name}: {column.n_with_at_sign} of {n_texts} texts have an @")
            continue
        kind = next((kind for kind, pattern in _PERSONAL if pattern.search(column.name.lower())), None)
        if kind and (kind != "person_name" or column.n_words >= 1.8):
            personal[column.name] = kind
            evidence.append(f"{column.name}: by its name, {column.n_words:.1f} words on average")
    if personal:
        yield Proposal(table, "personal", personal, "; ".join(evidence))


def _numbers(table: str, columns: tuple[ColumnFacts, ...], taken: set[str]) -> Iterator[Proposal]:
    found = [
        column
        for column in columns
        if column.is_number
        and column.name not in taken
        and not _key_name(column.name, table)
        and (not column.is_whole or column.n_distinct > 2)
    ]
    if found:
        evidence = "; ".join(f"{column.name}: {column.type}, {column.n_distinct} different values" for column in found)
        yield Proposal(table, "measures", [column.name for column in found], evidence)


def _optional(table: str, columns: tuple[ColumnFacts, ...], taken: set[str]) -> Iterator[Proposal]:
    found = [column for column in columns if column.n_null and column.name not in taken and not column.is_time]
    if found:
        evidence = "; ".join(f"{column.name}: empty in {column.n_null} of {column.n_rows} rows" for column in found)
        yield Proposal(table, "optional", [column.name for column in found], evidence)


def _references(
    facts: Mapping[str, tuple[ColumnFacts, ...]], keys: Mapping[str, Proposal], found: list[Proposal]
) -> list[Proposal]:
    """Short lists of short codes that other tables point to."""
    pointed_to = {parent for item in found if item.role == "parents" for parent in item.value.values()}
    pointing = {item.table for item in found if item.role == "parents"}
    proposals = []
    for table, columns in facts.items():
        if table not in pointed_to or table in pointing or not isinstance(keys[table].value, str):
            continue
        key = next(column for column in columns if column.name == keys[table].value)
        if key.is_text and key.longest <= 3 and key.n_rows <= _REFERENCE_ROWS:
            evidence = f"{key.n_rows} rows, codes of at most {key.longest} characters, pointed to and pointing nowhere"
            proposals.append(Proposal(table, "reference", True, evidence))
    return proposals


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _bare(table: str) -> str:
    """`raw_orders` -> `orders`."""
    return _PREFIX.sub("", table)


def _singular(table: str) -> str:
    """`countries` -> `country`, `boxes` -> `box`, `raw_orders` -> `order`."""
    table = _bare(table)
    if table.endswith("ies"):
        return f"{table[:-3]}y"
    if table.endswith(("sses", "xes", "ches", "shes")):
        return table[:-2]
    return table.removesuffix("s")
