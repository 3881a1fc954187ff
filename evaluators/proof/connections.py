"""Mutants and equivalents of connection files: each really loads, day after day, and raw tables are compared."""

from __future__ import annotations

import difflib
import hashlib
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from benchmark.tables import TableSpec
from benchmark.task import Task
from evaluators.judge import judge_tables
from evaluators.pipeline import LOAD_LIMITS, WAREHOUSE
from evaluators.proof.connection_mutations import CONNECTION_MUTATIONS, CONNECTION_REWRITES, StreamCase, StreamOperator
from evaluators.proof.listed import Listing
from evaluators.proof.models import Laid
from evaluators.proof.result import EquivalentResult, MutantResult
from evaluators.proof.states import RunState
from runtime.client import ForkRuntime
from runtime.clock import clock_environment, parse_pinned
from runtime.interface import ChildRequest
from runtime.jobs import export
from sources.systems.client import SourceSystems

N_AT_ONCE = 2
"""Loads that run side by side."""


class Variant(NamedTuple):
    """One other version of a connection file."""

    id: str
    operator: str
    part: str
    """`connection.stream`."""
    table: str
    connection: str
    before: str
    after: str
    text: str
    diff: str


class Outcome(NamedTuple):
    """The first run in which a variant's raw table differs; empty = none."""

    scenario: str = ""
    difference: str = ""


def try_connections(
    task: Task, states: Sequence[RunState], laid: Laid, runtime: ForkRuntime, listing: Listing, scratch: Path
) -> tuple[tuple[MutantResult, ...], tuple[EquivalentResult, ...]]:
    """Mutants and equivalents of the streams that an agent must write or change, on the visible data."""
    mutants = _variants(task, states[0], laid, CONNECTION_MUTATIONS)
    rewrites = _variants(task, states[0], laid, CONNECTION_REWRITES)
    outcomes = _try(task, [*mutants, *rewrites], states, runtime, scratch)
    tried = tuple(_result(variant, outcomes[variant.id], listing) for variant in mutants)
    accepted = tuple(
        EquivalentResult(
            operator=variant.operator,
            part=variant.part,
            is_accepted=not outcomes[variant.id].scenario,
            difference=" ".join(outcomes[variant.id]).strip(),
            diff=variant.diff if outcomes[variant.id].scenario else "",
        )
        for variant in rewrites
    )
    return tried, accepted


def _variants(task: Task, state: RunState, laid: Laid, operators: Mapping[str, StreamOperator]) -> list[Variant]:
    found = []
    for path in sorted(path for path in laid.changed if path.startswith("el/")):
        content = yaml.safe_load((laid.solution / path).read_text(encoding="utf-8"))
        old = yaml.safe_load((laid.start / path).read_text(encoding="utf-8")) if (laid.start / path).is_file() else {}
        for index, stream in enumerate(content["streams"]):
            table = f"raw_{content['connection']}.{stream['name']}"
            if table in task.scored_tables and stream not in old.get("streams", []):
                case = StreamCase(_only(content, index), 0, state.bench.columns(table), _files(state, table))
                whole = StreamCase(content, index, case.columns, case.files)
                found += list(_variants_of(table, case, whole, operators))
    return found


def _only(content: dict[str, Any], index: int) -> dict[str, Any]:
    """A connection with one of its streams: the others need not be read again for each variant."""
    return {**content, "streams": [content["streams"][index]]}


def _files(state: RunState, table: str) -> tuple[str, ...]:
    if "_source_file" not in state.bench.columns(table):
        return ()
    rows = state.bench.connection.execute(
        f"SELECT DISTINCT _source_file FROM {export.quote_relation(table)} ORDER BY 1"
    )
    return tuple(str(row[0]) for row in rows.fetchall())


def _variants_of(
    table: str, case: StreamCase, whole: StreamCase, operators: Mapping[str, StreamOperator]
) -> Iterator[Variant]:
    connection = str(case.content["connection"])
    part = f"{connection}.{case.stream['name']}"
    for name, operator in operators.items():
        source = whole if name in ("stream_missing", "streams_reordered") else case
        original = _yaml(source.content)
        for edited in operator(source):
            text = _yaml(edited.content)
            digest = hashlib.sha256(f"{part}|{name}|{edited.before}|{edited.after}".encode()).hexdigest()[:8]
            lines = difflib.unified_diff(original.splitlines(), text.splitlines(), lineterm="", n=1)
            diff = "\n".join(line for line in lines if not line.startswith(("---", "+++")))
            yield Variant(digest, name, part, table, connection, edited.before, edited.after, text, diff)


def _yaml(content: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True)


def _try(
    task: Task, variants: Sequence[Variant], states: Sequence[RunState], runtime: ForkRuntime, scratch: Path
) -> dict[str, Outcome]:
    """Run each variant through the visible scenarios, runs that they share once; stop at the first difference."""
    outcomes: dict[str, Outcome] = {}
    visible = [state for state in states if state.dials.seed == states[0].dials.seed and state.is_calm]
    longest_day = max(day for state in visible for day in state.days)
    dials = replace(states[0].dials, day=1)
    with SourceSystems(task.world.id, dials, scratch / "systems") as systems, ThreadPoolExecutor(N_AT_ONCE) as pool:
        for day in range(1, longest_day + 1):
            if day > 1:
                systems.set_day(day)
            for state in sorted((s for s in visible if s.days[-1] == day), key=lambda s: len(s.days)):
                pending = [variant for variant in variants if variant.id not in outcomes]
                run = _run_in(state, systems.environment, task.scored_tables, runtime, scratch)
                for variant, difference in zip(pending, pool.map(run, pending), strict=True):
                    if difference:
                        outcomes[variant.id] = Outcome(state.label, difference)
    return {variant.id: outcomes.get(variant.id, Outcome()) for variant in variants}


def _run_in(
    state: RunState,
    environment: Mapping[str, str],
    tables: Mapping[str, TableSpec],
    runtime: ForkRuntime,
    scratch: Path,
) -> Callable[[Variant], str]:
    def run(variant: Variant) -> str:
        folder = _folder(scratch, variant, state.days)
        before = _folder(scratch, variant, state.days[:-1])
        if state.days[:-1]:
            shutil.copytree(before, folder)
        else:
            (folder / "el").mkdir(parents=True)
            (folder / "el" / f"{variant.connection}.yaml").write_text(variant.text, encoding="utf-8")
        clock = clock_environment(parse_pinned(state.bench.pinned_now))
        request = ChildRequest(
            entry="runtime.jobs.load:run",
            arguments={
                "warehouse": WAREHOUSE, "el": "el", "now": clock["PINNED_NOW"], "environment": dict(environment)
            },
            directory=folder,
            log_path=folder / "load.log",
            environment=clock,
            limits=LOAD_LIMITS,
        )  # fmt: skip
        result = runtime.run(request)
        if result.status != "ok":
            return f"{variant.table} (the load ends: {result.status})"
        written = {"warehouse": str(folder / WAREHOUSE), "output": str(folder / "tables"), "relations": [variant.table]}
        outcome = export.run(written)["tables"]
        spec = {variant.table: tables[variant.table]}
        verdict = judge_tables(state.gold.folder, folder / "tables", spec, outcome)[variant.table]
        shutil.rmtree(folder / "tables")
        return "" if verdict.is_match else f"{variant.table} ({verdict.kind})"

    return run


def _folder(scratch: Path, variant: Variant, days: tuple[int, ...]) -> Path:
    return scratch / variant.id / ("run-" + "-".join(map(str, days)))


def _result(variant: Variant, outcome: Outcome, listing: Listing) -> MutantResult:
    reason = listing.reason(variant.id)
    return MutantResult(
        id=variant.id,
        operator=variant.operator,
        part=variant.part,
        before=variant.before,
        after=variant.after,
        outcome="rejected" if outcome.scenario else "equivalent" if reason else "surviving",
        rejected_in=outcome.scenario,
        rejected_by=outcome.difference,
        reason="" if outcome.scenario else reason,
        diff="" if outcome.scenario else variant.diff,
    )
