"""Pairs of nested types: lists, structs, maps and unions, down to their scalars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmark.duckdb_sql import Sql, aggregated, all_of, any_of, case, fn, literal, unless_null
from evaluators.compare.types.comparator import (
    Dimension,
    HashInput,
    LeafOptions,
    Pair,
    Side,
    incomparable,
    without_tolerance,
)
from evaluators.compare.types.duckdb_types import ColumnType, Family
from evaluators.compare.types.scalar import scalar_pair, text_pair

MAX_LAMBDAS = 5
"""Lists and maps below this depth compare by their text, of one type only: DuckDB binds a lambda inside a lambda
several times, which at 8 levels takes 3 s and at 10 half a minute."""


def pair_types(
    gold: ColumnType, output: ColumnType, options: LeafOptions, *, is_unordered: bool = False, depth: int = 0
) -> Pair | None:
    """How two column types compare; None = no value of one equals a value of the other.

    Args:
        gold: Type in gold.
        output: Type in the output.
        options: For the scalars inside.
        is_unordered: Both are lists, and the order of their elements does not count.
        depth: How many lists and maps are around; names the lambda parameters.
    """
    if depth > MAX_LAMBDAS:
        is_same = gold.text == output.text
        return text_pair() if is_same else None
    if Family.NULL in (gold.family, output.family):  # an untyped NULL takes the type of the other side
        known = output if gold.family is Family.NULL else gold
        return incomparable() if known.family is Family.NULL else pair_types(known, known, options, depth=depth)
    if gold.family is not output.family:
        return scalar_pair(gold, output, options)
    if gold.family is Family.LIST:
        element = pair_types(gold.children[0][1], output.children[0][1], options, depth=depth + 1)
        return ListPair(element or incomparable(), is_unordered, depth)
    if gold.family is Family.STRUCT:
        return _pair_structs(gold, output, options, depth)
    if gold.family is Family.MAP:
        (_, gold_key), (_, gold_value) = gold.children
        (_, output_key), (_, output_value) = output.children
        key = pair_types(gold_key, output_key, without_tolerance(options), depth=depth + 1)
        value = pair_types(gold_value, output_value, options, depth=depth + 1)
        return MapPair(key or incomparable(), value or incomparable(), depth)
    if gold.family is Family.UNION:
        return _pair_unions(gold, output, options, depth)
    return scalar_pair(gold, output, options)


@dataclass(frozen=True)
class _NestedPair:
    """What nested pairs share: the canonical value is the encoded text as bytes."""

    @property
    def is_tolerant(self) -> bool:
        """See `Pair`."""
        raise NotImplementedError

    def encode(self, side: Side, value: Sql, *, is_skeleton: bool = False) -> Sql:
        """See `Pair`."""
        raise NotImplementedError

    def canonical(self, side: Side, value: Sql) -> Sql:
        """See `Pair`."""
        return unless_null(value, fn("encode", self.encode(side, value)))

    def hash_inputs(self, side: Side, value: Sql) -> list[HashInput]:
        """See `Pair`."""
        return [HashInput("digest", self.encode(side, value))]

    def _same_unless_null(self, gold: Sql, output: Sql, same: Sql) -> Sql:
        missing = any_of([f"{gold} IS NULL", f"{output} IS NULL"])
        return case((missing, all_of([f"{gold} IS NULL", f"{output} IS NULL"])), otherwise=same)


@dataclass(frozen=True)
class ListPair(_NestedPair):
    """Two lists (arrays of a fixed size are lists)."""

    element: Pair
    is_unordered: bool
    depth: int

    @property
    def is_tolerant(self) -> bool:
        """See `Pair`."""
        return self.element.is_tolerant

    def encode(self, side: Side, value: Sql, *, is_skeleton: bool = False) -> Sql:
        """See `Pair`."""
        name = f"lockgate_item{self.depth}"
        encoded = self.element.encode(side, name, is_skeleton=is_skeleton)
        items = fn("list_transform", value, f"lambda {name}: {encoded}")
        if self.is_unordered:
            items = fn("list_sort", items)
        length = f"CAST({fn('len', value)} AS VARCHAR)"
        text = fn("concat", "'L'", length, "'['", aggregated(items, "string_agg", "''"), "']'")
        return case((f"{value} IS NULL", "'N,'"), otherwise=text)

    def same(self, gold: Sql, output: Sql) -> Sql:
        """See `Pair`."""
        if self.is_unordered:
            gold, output = self._sorted("gold", gold), self._sorted("output", output)
        return self._same_unless_null(gold, output, _same_items(gold, output, self.element, self.depth))

    def dimensions(self, side: Side, value: Sql) -> list[Dimension]:
        """See `Pair`."""
        if self.is_unordered:
            value = self._sorted(side, value)
        return self.element.dimensions(side, fn("list_extract", value, "1"))

    def _sorted(self, side: Side, value: Sql) -> Sql:
        """Elements by what of them is exact, then by their numbers; a number that is off by a tolerance moves no other.

        So elements with one tolerant number each meet their partners; with several the first one leads.
        """
        if not self.element.is_tolerant:
            return fn("list_sort", value)
        name = f"lockgate_item{self.depth}"
        skeleton = self.element.encode(side, name, is_skeleton=True)
        pairs = fn("list_transform", value, f"lambda {name}: {fn('struct_pack', f'k := {skeleton}', f'v := {name}')}")
        return fn("list_transform", fn("list_sort", pairs), f"lambda {name}: {_field(name, _V)}")


@dataclass(frozen=True)
class StructPair(_NestedPair):
    """Two structs with the same fields; their order does not count."""

    fields: tuple[tuple[str, str, Pair], ...]
    """Accessor in gold, accessor in the output, pair."""

    @property
    def is_tolerant(self) -> bool:
        """See `Pair`."""
        return any(pair.is_tolerant for _, _, pair in self.fields)

    def encode(self, side: Side, value: Sql, *, is_skeleton: bool = False) -> Sql:
        """See `Pair`."""
        texts = [
            pair.encode(side, _field(value, gold if side == "gold" else output), is_skeleton=is_skeleton)
            for gold, output, pair in self.fields
        ]
        return case((f"{value} IS NULL", "'N,'"), otherwise=fn("concat", "'S('", *texts, "')'"))

    def same(self, gold: Sql, output: Sql) -> Sql:
        """See `Pair`."""
        same = all_of(pair.same(_field(gold, left), _field(output, right)) for left, right, pair in self.fields)
        return self._same_unless_null(gold, output, same)

    def dimensions(self, side: Side, value: Sql) -> list[Dimension]:
        """See `Pair`."""
        return [
            dimension
            for gold, output, pair in self.fields
            for dimension in pair.dimensions(side, _field(value, gold if side == "gold" else output))
        ]


@dataclass(frozen=True)
class MapPair(_NestedPair):
    """Two maps; the order of their entries does not count, and keys are exact."""

    key: Pair
    value: Pair
    depth: int

    @property
    def is_tolerant(self) -> bool:
        """See `Pair`."""
        return self.value.is_tolerant

    def encode(self, side: Side, value: Sql, *, is_skeleton: bool = False) -> Sql:
        """See `Pair`."""
        name = f"lockgate_entry{self.depth}"
        key = self.key.encode(side, fn("struct_extract", name, "'key'"))
        item = self.value.encode(side, fn("struct_extract", name, "'value'"), is_skeleton=is_skeleton)
        entries = fn("list_transform", fn("map_entries", value), f"lambda {name}: {fn('concat', key, item)}")
        text = fn("concat", "'M('", aggregated(fn("list_sort", entries), "string_agg", "''"), "')'")
        return case((f"{value} IS NULL", "'N,'"), otherwise=text)

    def same(self, gold: Sql, output: Sql) -> Sql:
        """See `Pair`."""
        left, right = self._sorted("gold", gold), self._sorted("output", output)
        name = f"lockgate_zip{self.depth}"
        left_entry, right_entry = (fn("struct_extract", name, position) for position in ("1", "2"))
        same_key = f"{_field(left_entry, _K)} = {_field(right_entry, _K)}"
        same_value = self.value.same(_field(left_entry, _V), _field(right_entry, _V))
        same = _all_items(left, right, name, all_of([same_key, same_value]))
        return self._same_unless_null(gold, output, same)

    def dimensions(self, side: Side, value: Sql) -> list[Dimension]:
        """See `Pair`."""
        return []

    def _sorted(self, side: Side, value: Sql) -> Sql:
        name = f"lockgate_entry{self.depth}"
        key = self.key.encode(side, fn("struct_extract", name, "'key'"))
        entry = fn("struct_pack", f"k := {key}", f"v := {fn('struct_extract', name, _quoted('value'))}")
        return fn("list_sort", fn("list_transform", fn("map_entries", value), f"lambda {name}: {entry}"))


_K, _V = "'k'", "'v'"


@dataclass(frozen=True)
class UnionPair(_NestedPair):
    """Two unions: the same member, and the same value in it."""

    members: tuple[tuple[str, str, Pair], ...]
    """Members that both have: accessor in gold, accessor in the output, pair."""

    @property
    def is_tolerant(self) -> bool:
        """See `Pair`."""
        return any(pair.is_tolerant for _, _, pair in self.members)

    def encode(self, side: Side, value: Sql, *, is_skeleton: bool = False) -> Sql:
        """See `Pair`."""
        texts = [
            pair.encode(side, _member(value, gold if side == "gold" else output), is_skeleton=is_skeleton)
            for gold, output, pair in self.members
        ]
        text = fn("concat", "'U('", self._tag(side, value), "':'", *texts, "')'")
        return case((f"{value} IS NULL", "'N,'"), otherwise=text)

    def same(self, gold: Sql, output: Sql) -> Sql:
        """See `Pair`."""
        same = [pair.same(_member(gold, left), _member(output, right)) for left, right, pair in self.members]
        tags = f"{fn('encode', self._tag('gold', gold))} = {fn('encode', self._tag('output', output))}"
        return self._same_unless_null(gold, output, all_of([tags, *same]))

    def dimensions(self, side: Side, value: Sql) -> list[Dimension]:
        """See `Pair`."""
        return []

    def _tag(self, side: Side, value: Sql) -> Sql:
        """The member's position in `members`; for a member of one side only, its name."""
        tag = fn("encode", f"CAST({fn('union_tag', value)} AS VARCHAR)")
        names = [gold if side == "gold" else output for gold, output, _ in self.members]
        known = ((f"{tag} = {fn('encode', name)}", f"'{place}'") for place, name in enumerate(names))
        alone = fn("||", f"'{side} '", fn("hex", tag))
        return case(*known, otherwise=alone) if names else alone


def _pair_structs(gold: ColumnType, output: ColumnType, options: LeafOptions, depth: int) -> Pair | None:
    if len(gold.children) != len(output.children):
        return None
    named = [bool(name) for name, _ in (*gold.children, *output.children)]
    if all(named):
        found = _match_names(gold.children, output.children)
        if len(found) != len(gold.children):
            return None
        pairs = [(literal(left), literal(right), gold_type, other) for left, right, gold_type, other in found]
    elif not any(named):
        both = zip(gold.children, output.children, strict=True)
        pairs = [(str(i), str(i), left, right) for i, ((_, left), (_, right)) in enumerate(both, start=1)]
    else:
        return None
    return StructPair(
        tuple(
            (left, right, pair_types(gold_type, other, options, depth=depth) or incomparable())
            for left, right, gold_type, other in pairs
        )
    )


def _pair_unions(gold: ColumnType, output: ColumnType, options: LeafOptions, depth: int) -> Pair:
    return UnionPair(
        tuple(
            (literal(left), literal(right), pair_types(gold_type, other, options, depth=depth) or incomparable())
            for left, right, gold_type, other in _match_names(gold.children, output.children)
        )
    )


def _match_names(
    gold: Sequence[tuple[str, ColumnType]], output: Sequence[tuple[str, ColumnType]]
) -> list[tuple[str, str, ColumnType, ColumnType]]:
    """Fields that both have: the one that is written alike, else without case, unless that one is another's."""
    types, ours = dict(output), {name for name, _ in gold}
    loose = {name.lower(): name for name in types if name not in ours}
    chosen = [(name, name if name in types else loose.get(name.lower()), found) for name, found in gold]
    return [(name, other, found, types[other]) for name, other, found in chosen if other is not None]


def _field(value: Sql, accessor: Sql) -> Sql:
    return fn("struct_extract", value, accessor)


def _member(value: Sql, accessor: Sql) -> Sql:
    return fn("union_extract", value, accessor)


def _same_items(gold: Sql, output: Sql, element: Pair, depth: int) -> Sql:
    name = f"lockgate_zip{depth}"
    same = element.same(fn("struct_extract", name, "1"), fn("struct_extract", name, "2"))
    return _all_items(gold, output, name, same)


def _all_items(gold: Sql, output: Sql, name: str, same: Sql) -> Sql:
    """Whether two lists have one length and a condition holds for each pair of elements."""
    checks = fn("list_transform", fn("list_zip", gold, output), f"lambda {name}: {same}")
    every = f"COALESCE({aggregated(checks, 'bool_and')}, true)"
    return all_of([f"{fn('len', gold)} = {fn('len', output)}", every])


def _quoted(text: str) -> Sql:
    return f"'{text}'"
