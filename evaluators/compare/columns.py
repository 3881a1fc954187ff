"""What is compared with what: the scored columns of two relations, paired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from benchmark.duckdb_sql import Sql, quote
from benchmark.errors import LockgateError
from benchmark.tables import ColumnOptions
from evaluators.compare.relations import Relation
from evaluators.compare.types.comparator import HashInput, LeafOptions, Pair, Side, incomparable
from evaluators.compare.types.duckdb_types import NUMBERS, ColumnType, Family
from evaluators.compare.types.nested import pair_types

SOURCE = "lockgate_source"
"""Alias of a relation wherever its columns are read."""
_WORKED_OUT = frozenset({Family.JSON, Family.VARIANT})
_NESTED_CELLS = 16
"""Measured: the text of a list of two integers takes as long as hashing some 16 integers."""
_TIMES = frozenset({Family.DATE, Family.TIMESTAMP, Family.TIME})


class ComparisonError(LockgateError):
    """The comparison cannot be made for a reason that is not the output's: gold, key or options are wrong."""


@dataclass(frozen=True)
class ScoredColumn:
    """One column of gold and its counterpart."""

    name: str
    """Name as gold spells it."""
    output_name: str
    gold_type: ColumnType
    output_type: ColumnType
    pair: Pair
    is_key: bool
    is_comparable: bool

    @property
    def n_cells(self) -> int:
        """How many plain values it costs to look at one of its values."""
        types = (self.gold_type, self.output_type)
        is_expensive = any(found.children or found.family in _WORKED_OUT for found in types)
        return _NESTED_CELLS if is_expensive else 1

    def raw(self, side: Side) -> Sql:
        """The column as it stands in the relation."""
        return f"{SOURCE}.{quote(self.name if side == 'gold' else self.output_name)}"

    def canonical(self, side: Side) -> Sql:
        """Its comparable value."""
        return self.pair.canonical(side, self.raw(side))

    def hash_inputs(self, side: Side) -> list[HashInput]:
        """What of it is hashed."""
        return self.pair.hash_inputs(side, self.raw(side))


class Plan(NamedTuple):
    """What is compared with what."""

    columns: tuple[ScoredColumn, ...]
    """Scored columns that both have and whose values count."""
    missing: tuple[str, ...]
    """Scored columns that the output lacks."""
    extra: tuple[str, ...]
    """Columns of the output that gold does not have."""

    @property
    def keys(self) -> tuple[int, ...]:
        """Positions of the key's columns; none where one of them never compares: it pairs no rows."""
        keys = [i for i, column in enumerate(self.columns) if column.is_key]
        return tuple(keys) if all(self.columns[i].is_comparable for i in keys) else ()

    @property
    def tolerant(self) -> tuple[int, ...]:
        """Positions of the columns whose values may differ by a tolerance."""
        return tuple(i for i, column in enumerate(self.columns) if column.pair.is_tolerant)

    @property
    def exact(self) -> tuple[int, ...]:
        """Positions of the others."""
        return tuple(i for i, column in enumerate(self.columns) if not column.pair.is_tolerant)


def make_plan(
    gold: Relation,
    output: Relation,
    key: Sequence[str],
    columns: Sequence[str] | None,
    options: Mapping[str, ColumnOptions],
    *,
    is_json_by_value: bool = True,
) -> Plan:
    """Pair the scored columns of two relations.

    Args:
        gold: What is right.
        output: What is judged.
        key: Columns of the grain, without case; may be empty.
        columns: Scored columns, without case; None = all of gold's.
        options: Per column, without case.
        is_json_by_value: False = JSON by its text without spaces; see `evaluators.compare.types.json_value`.

    Raises:
        ComparisonError: The key, the columns or the options do not fit gold.
    """
    names = list(gold.columns) if columns is None else [_find(gold, name, "column") for name in columns]
    keys = [_find(gold, name, "key column") for name in key]
    chosen = {_find(gold, name, "column with options"): option for name, option in options.items()}
    names += [name for name in keys if name not in names]
    _check_options(gold, keys, names, chosen)
    scored, missing, matched = [], [], set()
    for name in dict.fromkeys(names):
        found = _counterpart(name, gold, output)
        if found is None:
            missing.append(name)
            continue
        matched.add(found)
        option = chosen.get(name)
        if not (option and option.ignore):
            scored.append(
                _pair_column(
                    (name, found),
                    gold,
                    output,
                    option,
                    LeafOptions(is_exact=name in keys, is_json_by_value=is_json_by_value),
                )
            )
    extra = tuple(name for name in output.columns if name not in matched and _counterpart(name, output, gold) is None)
    return Plan(tuple(scored), tuple(missing), extra)


def _pair_column(
    names: tuple[str, str], gold: Relation, output: Relation, option: ColumnOptions | None, leaf: LeafOptions
) -> ScoredColumn:
    name, found = names
    if option:
        leaf = replace(leaf, relative=option.relative, absolute=option.absolute, round_digits=option.round_digits)
    gold_type, output_type = gold.columns[name], output.columns[found]
    is_unordered = bool(option and option.unordered_list) and output_type.family is Family.LIST
    pair = pair_types(gold_type, output_type, leaf, is_unordered=is_unordered)
    return ScoredColumn(name, found, gold_type, output_type, pair or incomparable(), leaf.is_exact, pair is not None)


def _counterpart(name: str, here: Relation, there: Relation) -> str | None:
    """The column of `there` with this name: written alike, else without case, unless that one is another's."""
    if name in there.columns:
        return name
    candidates = [other for other in there.columns if other.lower() == name.lower() and other not in here.columns]
    return candidates[0] if candidates else None


def _find(gold: Relation, name: str, what: str) -> str:
    if name in gold.columns:
        return name
    for found in gold.columns:
        if found.lower() == name.lower():
            return found
    raise ComparisonError(
        f"Gold {gold.sql} has no {what} '{name}'; it has: {', '.join(gold.columns)}. Correct the task's table spec."
    )


def _check_options(
    gold: Relation, keys: Sequence[str], names: Sequence[str], options: Mapping[str, ColumnOptions]
) -> None:
    for name, option in options.items():
        leaves = _leaves(gold.columns[name])
        loosened = option.relative or option.absolute
        problem = None
        if name in keys and (loosened or option.ignore):
            problem = "is part of the key, which is exact: take the tolerance away, or the column out of the key"
        elif option.relative and not leaves & NUMBERS:
            problem = f"is {gold.columns[name].text}: a relative tolerance is for numbers"
        elif option.absolute and not leaves & (NUMBERS | _TIMES):
            problem = f"is {gold.columns[name].text}: an absolute tolerance is for numbers, dates and times"
        elif option.relative >= 1:
            problem = f"has relative tolerance {option.relative}; it must be below 1 (0.01 = 1 %)"
        elif option.round_digits is not None and not leaves & NUMBERS:
            problem = f"is {gold.columns[name].text}: rounding is for numbers"
        elif option.unordered_list and gold.columns[name].family is not Family.LIST:
            problem = f"is {gold.columns[name].text}: only a list can be unordered"
        if problem:
            raise ComparisonError(f"Column '{name}' of {gold.sql} {problem}.")
    if all(name in options and options[name].ignore for name in names):
        raise ComparisonError(f"No column of {gold.sql} is compared: every scored one is ignored, or there is none.")


def _leaves(found: ColumnType) -> set[Family]:
    if not found.children:
        return {found.family}
    return set().union(*(_leaves(child) for _, child in found.children))
