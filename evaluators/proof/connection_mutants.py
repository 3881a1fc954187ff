"""Mutants and equivalents of connection files: each really loads, day after day, and raw tables are compared."""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from benchmark.duckdb_sql import quote_relation
from benchmark.generator_parameters import Dials
from benchmark.raw_schemas import schema_of
from benchmark.task import Task
from benchmark.world import World
from benchmark.yaml_files import parse_yaml, read_text
from evaluators.pipeline.loads import LOAD_LIMITS, WAREHOUSE
from evaluators.pipeline.source_systems import SystemsOfSeed
from evaluators.proof.mutants.connection_files import (
    CONNECTION_MUTATIONS,
    CONNECTION_REWRITES,
    StreamCase,
    StreamOperator,
)
from evaluators.proof.result import EquivalentResult, TriedMutant
from evaluators.proof.scored_runs import RunState
from evaluators.proof.sql_trees import short_diff
from evaluators.proof.targets import Laid
from evaluators.scenarios import Runs
from evaluators.scoring.table_verdicts import judge_tables
from runtime.dbt.clock import clock_environment
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest
from runtime.jobs import export
from sources.incidents import get_incident
from sources.registry import load_sources


class Variant(NamedTuple):
    """One other version of a connection file."""

    id: str
    operator: str
    part: str
    """`connection.stream`."""
    table: str
    name: str
    """The connection's own name among all variants."""
    before: str
    after: str
    text: str
    diff: str
    is_same_content: bool
    """Only the order of keys differs, which means nothing: one run shows that."""


class Outcome(NamedTuple):
    """The first run in which a variant's raw table differs; empty = none."""

    scenario: str = ""
    difference: str = ""


class StreamToTry(NamedTuple):
    """A stream that the agent of some task must write or change."""

    path: str
    """Of the connection file, relative to the project."""
    position: int
    """Of the stream, in the file."""
    table: str
    """The raw table that it fills."""


def streams_to_mutate(task: Task, laid: Laid) -> list[StreamToTry]:
    """The scored streams that the start lacks or has otherwise."""
    found = []
    for path in sorted(path for path in laid.changed if path.startswith("el/")):
        content = parse_yaml(read_text(laid.solution / path), laid.solution / path)
        old = parse_yaml(read_text(laid.start / path), laid.start / path) if (laid.start / path).is_file() else {}
        for index, stream in enumerate(content["streams"]):
            table = f"{schema_of(content)}.{stream['name']}"
            if table in task.scored_tables and stream not in old.get("streams", []):
                found.append(StreamToTry(path, index, table))
    return found


class StreamResult(NamedTuple):
    """What became of the variants of a stream for one task."""

    mutants: tuple[TriedMutant, ...]
    equivalents: tuple[EquivalentResult, ...]


def try_streams(
    world: World,
    states: Sequence[RunState],
    project: Path,
    asked: Mapping[StreamToTry, Collection[str]],
    runtime: ForkRuntime,
    scratch: Path,
) -> dict[tuple[StreamToTry, str], StreamResult]:
    """Mutants and equivalents of streams of one connection, on visible data, in every scenario.

    Args:
        world: Of the solution.
        states: The runs that the tasks score.
        project: The laid solution.
        asked: Which streams, and the tasks that ask for each.
        runtime: Where loads run.
        scratch: An empty folder.
    """
    made = {stream: _made(states[0], project, stream) for stream in asked}
    asking = {
        variant: set(asked[stream]) for stream, some in made.items() for variant in (*some.mutants, *some.rewrites)
    }
    outcomes = _try(world, asking, states, runtime, scratch)
    return {
        (stream, task): StreamResult(
            tuple(_tried(variant, outcomes[variant.id, task]) for variant in made[stream].mutants),
            tuple(_accepted(variant, outcomes[variant.id, task]) for variant in made[stream].rewrites),
        )
        for stream, tasks in asked.items()
        for task in tasks
    }


class _MadeVariants(NamedTuple):
    """All versions of a stream."""

    mutants: tuple[Variant, ...]
    rewrites: tuple[Variant, ...]


def _made(state: RunState, project: Path, stream: StreamToTry) -> _MadeVariants:
    content = parse_yaml(read_text(project / stream.path), project / stream.path)
    columns, files = state.database.columns(stream.table), _files(state, stream.table)
    case = StreamCase(_only(content, stream.position), 0, columns, files)
    whole = StreamCase(content, stream.position, columns, files)
    return _MadeVariants(
        tuple(_variants_of(stream.table, case, whole, CONNECTION_MUTATIONS)),
        tuple(_variants_of(stream.table, case, whole, CONNECTION_REWRITES)),
    )


def _accepted(variant: Variant, outcome: Outcome) -> EquivalentResult:
    return EquivalentResult(
        operator=variant.operator,
        part=variant.part,
        is_accepted=not outcome.scenario,
        difference=" ".join(outcome).strip(),
        diff=variant.diff if outcome.scenario else "",
    )


def _only(content: dict[str, Any], index: int) -> dict[str, Any]:
    """A connection with one of its streams: the others need not be read again for each variant."""
    return {**content, "streams": [content["streams"][index]]}


def _files(state: RunState, table: str) -> tuple[str, ...]:
    if "_source_file" not in state.database.columns(table):
        return ()
    rows = state.database.connection.execute(f"SELECT DISTINCT _source_file FROM {quote_relation(table)} ORDER BY 1")
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
            is_same = edited.content == source.content
            digest = hashlib.sha256(f"{part}|{name}|{edited.before}|{edited.after}".encode()).hexdigest()[:8]
            diff = short_diff(original, text)
            own = _yaml(_renamed(edited.content, f"{connection}_{digest}"))
            yield Variant(
                digest, name, part, table, f"{connection}_{digest}", edited.before, edited.after, own, diff, is_same
            )


def _renamed(content: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A connection under another name, with the schema that goes with it."""
    return {key: value for key, value in content.items() if key != "namespace"} | {"connection": name}


def _yaml(content: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(content), sort_keys=False, allow_unicode=True)


def _try(
    world: World,
    asked: Mapping[Variant, Collection[str]],
    states: Sequence[RunState],
    runtime: ForkRuntime,
    scratch: Path,
) -> dict[tuple[str, str], Outcome]:
    """Take each variant through the scenarios on visible data, runs that they share once.

    Returns:
        Variant and task that asks -> the first difference that the task sees.
    """
    outcomes: dict[tuple[str, str], Outcome] = {}
    settled: set[str] = set()
    visible = [state for state in states if state.dials.seed == states[0].dials.seed]
    named = _named_systems(world, (variant.text for variant in asked))
    with SystemsOfSeed(world, states[0].dials, scratch / "systems", only=named) as systems:
        loads = _Loads(world, states[0].dials, systems, runtime, scratch)
        for state in sorted(visible, key=lambda s: (not s.is_calm, s.runs[-1].incident, s.days[-1], len(s.days))):
            asking = {
                variant.id: {task for task in state.tasks & set(tasks) if (variant.id, task) not in outcomes}
                for variant, tasks in asked.items()
            }
            pending = [variant for variant in asked if asking[variant.id] and variant.id not in settled]
            for n_runs in range(1, len(state.runs) + 1):
                loads.run(pending, state.runs[:n_runs])
            for variant in pending:
                for task, difference in loads.differences(variant, state, asking[variant.id]).items():
                    outcomes[variant.id, task] = Outcome(state.label, difference)
            settled |= {variant.id for variant in pending if variant.is_same_content}
    return {
        (variant.id, task): outcomes.get((variant.id, task), Outcome())
        for variant, tasks in asked.items()
        for task in tasks
    }


def _named_systems(world: World, texts: Iterable[str]) -> set[str]:
    """The source systems whose variables stand in connection files; the others need not run."""
    variables = {name for text in texts for name in re.findall(r"\$\{(\w+)", text)}
    return {
        spec.name
        for spec in load_sources(world.id).systems
        if any(name == spec.name.upper() or name.startswith(f"{spec.name.upper()}_") for name in variables)
    }


class _Loads:
    """Loads of variants, one run after the other, each run in a copy of what the run before left.

    Variants load side by side into one warehouse, each under a name of its own. In an incident in which a server counts
    requests each meets source systems of its own: faults are for whoever asks first.
    """

    def __init__(self, world: World, dials: Dials, systems: SystemsOfSeed, runtime: ForkRuntime, scratch: Path) -> None:
        self._world = world
        self._dials = dials
        self._systems = systems
        self._runtime = runtime
        self._scratch = scratch
        self._folders: dict[tuple[str, Runs], Path] = {}
        """Variant and runs -> the workspace that they left."""
        self._ends: dict[tuple[str, Runs], str] = {}
        """How the load of a variant's last run ended."""
        self._numbers = count(1)
        """Each load has a folder of its own: what one left must not be another's."""

    def run(self, variants: Sequence[Variant], runs: Runs) -> None:
        """Load these variants, as far as they were not."""
        todo = [variant for variant in variants if (variant.id, runs) not in self._ends]
        together: dict[Path | None, list[Variant]] = {}
        for variant in todo:
            together.setdefault(self._folders.get((variant.id, runs[:-1])), []).append(variant)
        for before, group in together.items():
            is_shared = not self._counts_requests(runs[-1].incident)
            if is_shared and len(group) > 1 and self._load(group, runs, before) == "ok":
                continue
            for variant in group:  # one that breaks the load must not break it for others
                self._load([variant], runs, before)

    def _counts_requests(self, incident: str) -> bool:
        return get_incident(self._world.id, incident).http_faults is not None

    def _load(self, variants: Sequence[Variant], runs: Runs, before: Path | None) -> str:
        self._systems.bring_to(runs[-1])
        folder = self._scratch / f"load-{next(self._numbers)}"
        if before:
            shutil.copytree(before, folder)
            shutil.rmtree(folder / "el")
        (folder / "el").mkdir(parents=True)
        for variant in variants:
            (folder / "el" / f"{variant.name}.yaml").write_text(variant.text, encoding="utf-8")
        clock = clock_environment(self._world.pinned_now(replace(self._dials, day=runs[-1].day)))
        arguments = {
            "warehouse": WAREHOUSE, "el": "el", "now": clock["PINNED_NOW"], "environment": self._systems.environment
        }  # fmt: skip
        log = folder / "load.log"
        request = ChildRequest("runtime.jobs.load:run", arguments, folder, log, environment=clock, limits=LOAD_LIMITS)
        status = self._runtime.run(request).status
        for variant in variants:
            self._ends[variant.id, runs] = status
            self._folders[variant.id, runs] = folder
        return status

    def differences(self, variant: Variant, state: RunState, tasks: Collection[str]) -> dict[str, str]:
        """Compare the raw table of a variant after a state's runs with gold.

        Args:
            variant: The variant.
            state: The state.
            tasks: Those that ask.

        Returns:
            Task -> what differs, where it does.
        """
        status = self._ends[variant.id, state.runs]
        if status != "ok":
            return dict.fromkeys(tasks, f"{variant.table} (the load ends: {status})")
        folder, output = self._folders[variant.id, state.runs], self._scratch / "tables"
        own = f"{schema_of({'connection': variant.name})}.{variant.table.partition('.')[2]}"
        written = {"warehouse": str(folder / WAREHOUSE), "output": str(output), "relations": [own]}
        reasons = list(export.run(written)["unreadable"].values())
        unreadable = {variant.table: reasons[0]} if reasons else {}
        if (output / export.file_name(own)).is_file():
            (output / export.file_name(own)).rename(output / export.file_name(variant.table))
        found: dict[str, str] = {}
        for watch in state.database.watches[variant.table]:
            if watching := watch.tasks & set(tasks):
                verdict = judge_tables(state.gold.folder, output, {variant.table: watch.spec}, unreadable)
                if not verdict[variant.table].is_match:
                    found |= dict.fromkeys(watching, f"{variant.table} ({verdict[variant.table].kind})")
        shutil.rmtree(output)
        return found


def _tried(variant: Variant, outcome: Outcome) -> TriedMutant:
    return TriedMutant(
        id=variant.id,
        operator=variant.operator,
        part=variant.part,
        before=variant.before,
        after=variant.after,
        killed_in=outcome.scenario,
        killed_by=outcome.difference,
        diff=variant.diff,
    )
