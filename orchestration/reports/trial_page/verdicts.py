"""Verdicts as people read them: whose fault a wrong table is, and the mismatches that say the same as one."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmark.scorecard import FaultResult, ScenarioResult, Scorecard, TableResult, Verdict
from benchmark.stages import Stage

State = Literal["right", "uncounted", "follows", "wrong", "not_built"]

WORDS: dict[State, str] = {
    "right": "right",
    "uncounted": "right, counts 0",
    "follows": "follows",
    "wrong": "wrong",
    "not_built": "not built",
}
MEANINGS: dict[State, str] = {
    "right": "equals gold",
    "uncounted": "equals gold, but a table upstream of it does not, so it counts 0 in CFS",
    "follows": "differs from gold because a table upstream does; on gold it is right",
    "wrong": "differs from gold by its own fault",
    "not_built": "is missing, even where everything upstream is gold",
}
_WORST: tuple[State, ...] = ("not_built", "wrong", "follows", "uncounted", "right")
_OWN = frozenset({"wrong", "not_built"})


def state_of(result: TableResult) -> State:
    """What became of a table in one scenario."""
    if result.verdict.is_match:
        return "uncounted" if result.is_cascaded else "right"
    if result.component.is_match and result.is_cascaded:
        return "follows"
    return "not_built" if result.verdict.kind == result.component.kind == "not_built" else "wrong"


@dataclass(frozen=True)
class Mismatch:
    """A wrong table, and the scenarios in which the same is wrong with it."""

    table: str
    stage: Stage
    built_by: str | None
    scenarios: tuple[str, ...]
    state: State
    result: TableResult
    """Of the first of the scenarios."""
    others: tuple[tuple[str, str], ...]
    """Scenarios whose summary has other counts, and that summary."""
    anchor: str
    """Id on the page."""

    @property
    def note(self) -> str:
        """Where to look, if not in the model itself; empty = there."""
        if self.state == "wrong" and self.result.component.is_match:
            return "Alone on gold it is right: look upstream, at tables that are not scored."
        if self.state != "follows" and self.result.is_cascaded:
            return "Tables upstream of it are wrong, too."
        return ""


@dataclass(frozen=True)
class TableRow:
    """A scored table in every scenario."""

    table: str
    stage: Stage
    built_by: str | None
    cells: tuple[tuple[str, State, str | None], ...]
    """Scenario, state, anchor of the evidence (None = it is right); in the order of the scenarios."""

    @property
    def worst(self) -> State:
        """The worst of its states."""
        return min((state for _, state, _ in self.cells), key=_WORST.index)

    @property
    def n_wrong(self) -> int:
        """Scenarios in which it differs from gold."""
        return sum(state not in ("right", "uncounted") for _, state, _ in self.cells)


@dataclass(frozen=True)
class Verdicts:
    """All verdicts of a trial."""

    tables: tuple[TableRow, ...]
    """Upstream first."""
    own: tuple[Mismatch, ...]
    """Faults of the table's own model, upstream first."""
    following: tuple[Mismatch, ...]
    """Mismatches that only follow others."""

    @property
    def n_following(self) -> int:
        """Tables that only follow."""
        own = {item.table for item in self.own}
        return len({item.table for item in self.following} - own)


def read_verdicts(card: Scorecard) -> Verdicts:
    """Group the verdicts of a trial: by table, and within it by what they say."""
    rows: dict[str, list[tuple[ScenarioResult, TableResult]]] = {}
    for scenario in card.scenarios:
        for result in scenario.tables:
            rows.setdefault(result.table, []).append((scenario, result))
    tables: list[TableRow] = []
    mismatches: list[Mismatch] = []
    for table, results in rows.items():
        found = _mismatches(table, results, len(mismatches))
        anchors = {name: item.anchor for item in found for name in item.scenarios}
        cells = tuple((s.scenario, state_of(result), anchors.get(s.scenario)) for s, result in results)
        tables.append(TableRow(table, results[0][1].stage, _built_by(results), cells))
        mismatches += found
    return Verdicts(
        tuple(tables),
        tuple(item for item in mismatches if item.state in _OWN),
        tuple(item for item in mismatches if item.state not in _OWN),
    )


def _mismatches(table: str, results: list[tuple[ScenarioResult, TableResult]], n_before: int) -> list[Mismatch]:
    """Mismatches of one table; those that say the same, but for counts, are one."""
    alike: dict[Hashable, list[tuple[str, TableResult]]] = {}
    for scenario, result in results:
        if not result.verdict.is_match:
            alike.setdefault(_shape(result), []).append((scenario.scenario, result))
    return [
        Mismatch(
            table=table,
            stage=group[0][1].stage,
            built_by=_built_by(results),
            scenarios=tuple(name for name, _ in group),
            state=state_of(group[0][1]),
            result=group[0][1],
            others=tuple(
                (name, r.verdict.summary) for name, r in group if r.verdict.summary != group[0][1].verdict.summary
            ),
            anchor=f"difference-{number}",
        )
        for number, group in enumerate(alike.values(), start=n_before + 1)
    ]


def _shape(result: TableResult) -> Hashable:
    """What is alike in mismatches that say the same: everything but counts and rows."""
    verdict = result.verdict
    columns = tuple((column.column, column.kind) for column in verdict.columns)
    counts = (bool(verdict.n_rows_missing), bool(verdict.n_rows_extra), bool(verdict.n_rows_duplicated))
    return (
        state_of(result),
        result.is_cascaded,
        verdict.kind,
        columns,
        counts,
        verdict.missing_columns,
        verdict.extra_columns,
    )


def _built_by(results: list[tuple[ScenarioResult, TableResult]]) -> str | None:
    return next((result.built_by for _, result in results if result.built_by), None)


def named_scenarios(names: Sequence[str], n_all: int) -> str:
    """Scenarios as people say them: `visible, rerun`, or `all 4 scenarios`."""
    return f"all {n_all} scenarios" if len(names) == n_all > 2 else ", ".join(names)


@dataclass(frozen=True)
class FailedStep:
    """Loads or builds that did not end well in the same way."""

    status: str
    message: str
    scenarios: Mapping[str, tuple[str, ...]]
    """Name of a step -> where it happened."""

    def said(self, n_all: int) -> str:
        """Which steps, and where: `build on day 1 failed in all 4 scenarios, build on day 2 failed in day2`."""
        places = {name: named_scenarios(where, n_all) for name, where in self.scenarios.items()}
        return ", ".join(f"{name} {self.status} in {place}" for name, place in places.items())


def read_failed_steps(card: Scorecard) -> list[FailedStep]:
    """Steps that failed; those with the same message are one."""
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for scenario in card.scenarios:
        for step in scenario.steps:
            if step.status != "ok":
                where = found.setdefault((step.status, step.message), {}).setdefault(step.name, [])
                if scenario.scenario not in where:
                    where.append(scenario.scenario)
    return [
        FailedStep(status, message, {name: tuple(scenarios) for name, scenarios in steps.items()})
        for (status, message), steps in found.items()
    ]


def sample_columns(verdict: Verdict, key: tuple[str, ...] = ()) -> tuple[list[str], set[str]]:
    """Columns of the sample in the order in which people want them, and which of them differ.

    Args:
        verdict: With a sample of at least one row.
        key: Columns that name a row.

    Returns:
        Key, columns that differ, the rest; names of those that differ.
    """
    rows = [row for item in verdict.sample for row in (item.gold, item.output) if row is not None]
    names = list(dict.fromkeys(name for row in rows for name in row))
    small = {name.lower() for name in key}
    differ = {column.column for column in verdict.columns}
    keys = [name for name in names if name.lower() in small]
    others = [name for name in names if name not in keys]
    return keys + [n for n in others if n in differ] + [n for n in others if n not in differ], differ


@dataclass(frozen=True)
class FaultRow:
    """A seeded fault of a task of data tests in every scenario."""

    fault: FaultResult
    cells: tuple[tuple[str, FaultResult | None], ...]
    """Scenario -> result; None = the scenario does not seed it."""

    @property
    def n_missed(self) -> int:
        """Scenarios in which no test notices it."""
        return sum(result is not None and not result.is_caught for _, result in self.cells)


def read_faults(card: Scorecard) -> list[FaultRow]:
    """Seeded faults of a task of data tests, missed ones first; empty for other tasks."""
    scenarios = [scenario for scenario in card.scenarios if scenario.faults is not None]
    found: dict[tuple[str, str], dict[str, FaultResult]] = {}
    for scenario in scenarios:
        for fault in scenario.faults.faults if scenario.faults else ():
            found.setdefault((fault.fault, fault.table), {})[scenario.scenario] = fault
    rows = [
        FaultRow(next(iter(by.values())), tuple((s.scenario, by.get(s.scenario)) for s in scenarios))
        for by in found.values()
    ]
    return sorted(rows, key=lambda row: -row.n_missed)
