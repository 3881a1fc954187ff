"""The component verdicts: which tables stand as they are, and which are built again on gold, in what order.

A table whose scored upstream tables all match was built on gold, so its verdict end to end is its component verdict. A
table below a mismatch is built again, with the wrong tables above it replaced by gold. So are wrong tables of earlier
stages that the solution does not read for it: the submission may, and tables of one stage then share their builds.

Gold of a table enters a rebuild only when that table has its component verdict in every scenario of every seed. So
nothing that a submission sees in a rebuild, and carries on by whatever way, can help a table whose verdict is open.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from benchmark.scorecard import Verdict
from benchmark.stages import STAGES, Stage
from evaluators.compare.verdict import not_built_verdict

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
    stages: Mapping[str, Stage]
    """Scored table -> its stage."""
    absent: Collection[str] = ()
    """Tables that nothing of the submission builds; another build would not either."""
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

    def next_builds(self, free: Collection[str]) -> dict[int, set[Replaced]]:
        """What can be built now.

        Args:
            free: Tables whose gold may be in a build.

        Returns:
            Index of a stage -> the sets of replaced tables that its tables need.
        """
        builds: dict[int, set[Replaced]] = {}
        for table in self.open_tables:
            if self.upstream[table] <= set(free):
                builds.setdefault(self._stage(table), set()).add(self.replaced_for(table, free))
        return builds

    def replaced_for(self, table: str, free: Collection[str]) -> Replaced:
        """What must be gold when a table is built again: what is wrong above it or in an earlier stage."""
        return frozenset(
            other
            for other in self.settled
            if self._is_wrong(other)
            and (
                other in self.upstream[table]
                or (other in free and self._stage(other) < self._stage(table) and table not in self.upstream[other])
            )
        )

    def tables_of(self, replaced: Replaced, free: Collection[str]) -> list[str]:
        """Open tables that want these replaced, and no others."""
        return [table for table in self.open_tables if self.replaced_for(table, free) == replaced]

    def to_judge(self, tables: Collection[str], replaced: Replaced) -> frozenset[str]:
        """What a build tells of some tables: their own verdicts, and those between them and the replaced."""
        between = {parent for table in tables for parent in self.upstream[table] if self.upstream[parent] & replaced}
        return frozenset(between | set(tables)) - replaced

    def out_of_time(self, wanted: Collection[str]) -> dict[str, Verdict]:
        """What is said of a rebuild for which no time is left: nothing open was built."""
        reason = "building it again on gold would take longer than the limit of all rebuilds"
        return {
            table: self.settled.get(table) or not_built_verdict(table, reason, is_missing=False) for table in wanted
        }

    def take(self, tables: Collection[str], replaced: Replaced, rebuilt: Mapping[str, Verdict]) -> None:
        """Settle those of some tables that a rebuild has built on gold.

        Args:
            tables: Open tables for which it was made.
            replaced: What was gold in it.
            rebuilt: Scored table -> its verdict in the rebuild.
        """
        for table in tables:
            parents = self.upstream[table] - replaced
            wrong = {parent for parent in parents & rebuilt.keys() if not rebuilt[parent].is_match}
            if not wrong and parents <= rebuilt.keys() | self.settled.keys():
                self.settled[table] = rebuilt[table]
            self._unstable |= wrong & self.settled.keys()

    def _stage(self, table: str) -> int:
        return STAGES.index(self.stages[table])

    def _is_wrong(self, table: str) -> bool:
        return table in self._unstable or not self.settled[table].is_match


Rebuild = Callable[[ComponentCase, frozenset[str]], Mapping[str, Verdict]]
"""Builds a scenario again and judges the tables that are asked for."""

OpenRebuild = Callable[[Replaced], AbstractContextManager[Rebuild]]
"""Opens a place in which scenarios are built with some tables replaced by gold."""


def settle_components(cases: Sequence[ComponentCase], open_rebuild: OpenRebuild) -> None:
    """Give every table of every scenario its component verdict.

    Args:
        cases: The scenarios; their `settled` is filled.
        open_rebuild: Called once for each set of replaced tables, as long as there are open tables.
    """
    while True:
        free = _settled_everywhere(cases)
        builds = [case.next_builds(free) for case in cases]
        if not any(builds):
            return
        stage = min(min(found) for found in builds if found)
        todo: dict[Replaced, list[ComponentCase]] = {}
        for case, found in zip(cases, builds, strict=True):
            for replaced in found.get(stage, ()):
                todo.setdefault(replaced, []).append(case)
        for replaced in sorted(todo, key=lambda tables: (len(tables), sorted(tables))):
            with open_rebuild(replaced) as rebuild:
                for case in todo[replaced]:
                    if tables := case.tables_of(replaced, free):
                        case.take(tables, replaced, rebuild(case, case.to_judge(tables, replaced)))


def _settled_everywhere(cases: Sequence[ComponentCase]) -> frozenset[str]:
    settled = [frozenset(case.settled) for case in cases]
    return frozenset.intersection(*settled) if settled else frozenset()
