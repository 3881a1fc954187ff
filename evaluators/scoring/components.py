"""The component verdicts: which tables stand as they are, and which are built again on gold, in what order.

A table whose scored upstream tables all match was built on gold, so its verdict end to end is its component verdict. A
table below a mismatch is built again, with the wrong tables above it replaced by gold.

Gold of a table enters a rebuild only when that table has its component verdict in every scenario of every seed. So
nothing that a submission sees in a rebuild, and carries on by whatever way, can help a table whose verdict is open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import NamedTuple

from benchmark.scorecard import Verdict
from evaluators.compare.verdict import unreadable_verdict
from evaluators.threads import at_once

Replaced = frozenset[str]
"""Scored tables that hold gold during a rebuild."""


@dataclass
class ComponentCase:
    """The component verdicts of one scenario, as they come in."""

    name: str
    """The scenario."""
    verdicts: Mapping[str, Verdict]
    """Scored table -> verdict end to end."""
    upstream: Mapping[str, frozenset[str]]
    """Scored table -> scored tables above it in gold's lineage, at any distance."""
    absent: Collection[str] = ()
    """Tables that nothing of the submission builds; another build would not either."""
    seed: str = ""
    """Of its data. Scenarios of one seed share runs, so they are built again in one place."""
    skipped: Collection[str] = ()
    """Tables that dbt may have skipped because something else failed; they are built again."""
    settled: dict[str, Verdict] = field(default_factory=dict)
    """Table -> its component verdict."""
    _unstable: set[str] = field(default_factory=set)
    """Tables with a verdict that came out differently when they were built once more."""

    def __post_init__(self) -> None:
        """Take over the verdicts of tables that were built on gold end to end."""
        for table, verdict in self.verdicts.items():
            is_on_gold = all(self.verdicts[parent].is_match for parent in self.upstream[table])
            if table in self.absent or (is_on_gold and table not in self.skipped):
                self.settled[table] = verdict

    @property
    def open_tables(self) -> list[str]:
        """Tables without a component verdict."""
        return [table for table in self.verdicts if table not in self.settled]

    def replaced_above(self, table: str) -> Replaced:
        """What must be gold when a table is built again."""
        return frozenset(
            parent
            for parent in self.upstream[table]
            if parent in self._unstable or (parent in self.settled and not self.settled[parent].is_match)
        )

    def open_below(self, replaced: Replaced) -> list[str]:
        """Open tables that want these replaced, and no others."""
        return [table for table in self.open_tables if self.replaced_above(table) == replaced]

    def to_judge(self, replaced: Replaced) -> frozenset[str]:
        """Tables of a rebuild that tell something: the open ones, and those between them and the replaced."""
        found = self.open_below(replaced)
        between = {parent for table in found for parent in self.upstream[table] if self.upstream[parent] & replaced}
        return frozenset(between | set(found)) - replaced

    def out_of_time(self, wanted: Collection[str]) -> dict[str, Verdict]:
        """What is said of a rebuild for which no time is left: nothing open was built."""
        reason = "building it again on gold would take longer than the limit of all rebuilds"
        return {table: self.settled.get(table) or unreadable_verdict(table, reason) for table in wanted}

    def take(self, replaced: Replaced, rebuilt: Mapping[str, Verdict]) -> None:
        """Settle the tables that a rebuild has built on gold.

        Args:
            replaced: What was gold in it.
            rebuilt: Scored table -> its verdict in the rebuild.
        """
        for table in self.open_below(replaced):
            parents = self.upstream[table] - replaced
            wrong = {parent for parent in parents & rebuilt.keys() if not rebuilt[parent].is_match}
            if not wrong and parents <= rebuilt.keys() | self.settled.keys():
                self.settled[table] = rebuilt[table]
            self._unstable |= wrong & self.settled.keys()


Rebuild = Callable[[ComponentCase, frozenset[str]], Mapping[str, Verdict]]
"""Builds a scenario again and judges the tables that are asked for; several threads may call it."""

MOST_PLACES = 2
"""How many places are open at the same time. Each holds copies of workspaces."""


class Place(NamedTuple):
    """Where scenarios of one seed are built with some tables replaced by gold."""

    seed: str
    replaced: Replaced
    number: int
    """From 1 in each seed."""


OpenRebuild = Callable[[Place], AbstractContextManager[Rebuild]]
"""Opens a place."""

_Wanted = Sequence[tuple[ComponentCase, frozenset[str]]]
"""Scenarios, each with the tables that are judged in it."""


def settle_components(cases: Sequence[ComponentCase], open_rebuild: OpenRebuild) -> None:
    """Give every table of every scenario its component verdict.

    It goes in rounds, in which seeds and sets of replaced tables are built beside one another. What is gold in a round
    was settled before it.

    Args:
        cases: The scenarios; their `settled` is filled.
        open_rebuild: Called once for each seed and set of replaced tables, as long as there are open tables; from
            several threads.
    """
    numbers = {case.seed: count(1) for case in cases}
    while todo := _next_places(cases, numbers):
        places = sorted(todo, key=lambda place: -len(todo[place]))  # the longest first
        calls = [partial(_build_place, open_rebuild, place, todo[place]) for place in places]
        rebuilt = dict(zip(places, at_once(calls, most=MOST_PLACES), strict=True))
        for place, wanted in todo.items():
            for (case, _), verdicts in zip(wanted, rebuilt[place], strict=True):
                case.take(place.replaced, verdicts)


def _next_places(cases: Sequence[ComponentCase], numbers: Mapping[str, Iterator[int]]) -> dict[Place, _Wanted]:
    """What can be built now, by seed, the smallest set of replaced tables first."""
    is_free = _settled_everywhere(cases)
    found: dict[tuple[str, Replaced], list[tuple[ComponentCase, frozenset[str]]]] = {}
    for case in cases:
        for replaced in _next_rebuilds(case, is_free):
            found.setdefault((case.seed, replaced), []).append((case, case.to_judge(replaced)))
    in_order = sorted(found, key=lambda key: (key[0], len(key[1]), sorted(key[1])))
    return {Place(seed, replaced, next(numbers[seed])): found[seed, replaced] for seed, replaced in in_order}


def _build_place(open_rebuild: OpenRebuild, place: Place, wanted: _Wanted) -> list[Mapping[str, Verdict]]:
    """Build scenarios of a seed again; the verdicts of each."""
    with open_rebuild(place) as rebuild:
        return at_once([partial(rebuild, case, tables) for case, tables in wanted])


def _settled_everywhere(cases: Sequence[ComponentCase]) -> frozenset[str]:
    settled = [frozenset(case.settled) for case in cases]
    return frozenset.intersection(*settled) if settled else frozenset()


def _next_rebuilds(case: ComponentCase, is_free: frozenset[str]) -> set[Replaced]:
    """The sets of replaced tables on which some open table can be built now."""
    return {case.replaced_above(table) for table in case.open_tables if case.upstream[table] <= is_free}
