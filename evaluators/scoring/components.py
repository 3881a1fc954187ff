"""The component verdicts: which tables stand as they are, and which are built again on gold, in what order.

A table whose scored upstream tables all match was built on gold, so its verdict end to end is its component verdict. A
table below a mismatch is built again, with the wrong tables above it replaced by gold.

Gold of a table enters a rebuild only when that table has its component verdict in every scenario of every seed. So
nothing that a submission sees in a rebuild, and carries on by whatever way, can help a table whose verdict is open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial

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
    """Of its data. Scenarios of one seed share runs, so they are built again in one place, one after the other."""
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
"""Builds a scenario again and judges the tables that are asked for."""

OpenRebuild = Callable[[Replaced, str], AbstractContextManager[Rebuild]]
"""Opens a place in which scenarios of one seed are built with some tables replaced by gold."""


def settle_components(cases: Sequence[ComponentCase], open_rebuild: OpenRebuild) -> None:
    """Give every table of every scenario its component verdict.

    It goes in rounds, in which seeds are built beside one another. What is gold in a round was settled before it.

    Args:
        cases: The scenarios; their `settled` is filled.
        open_rebuild: Called once for each seed and set of replaced tables, as long as there are open tables; from
            several threads.
    """
    while True:
        is_free = _settled_everywhere(cases)
        todo: dict[str, dict[Replaced, list[ComponentCase]]] = {}
        for case in cases:
            for replaced in _next_rebuilds(case, is_free):
                todo.setdefault(case.seed, {}).setdefault(replaced, []).append(case)
        if not todo:
            return
        at_once([partial(_build_seed, open_rebuild, seed, some) for seed, some in todo.items()])


def _build_seed(open_rebuild: OpenRebuild, seed: str, todo: Mapping[Replaced, Sequence[ComponentCase]]) -> None:
    """Build scenarios of a seed again, on each set of replaced tables."""
    for replaced in sorted(todo, key=lambda tables: (len(tables), sorted(tables))):
        with open_rebuild(replaced, seed) as rebuild:
            for case in todo[replaced]:
                if wanted := case.to_judge(replaced):
                    case.take(replaced, rebuild(case, wanted))


def _settled_everywhere(cases: Sequence[ComponentCase]) -> frozenset[str]:
    settled = [frozenset(case.settled) for case in cases]
    return frozenset.intersection(*settled) if settled else frozenset()


def _next_rebuilds(case: ComponentCase, is_free: frozenset[str]) -> set[Replaced]:
    """The sets of replaced tables on which some open table can be built now."""
    return {case.replaced_above(table) for table in case.open_tables if case.upstream[table] <= is_free}
