"""How many rows a pipeline handles to make some tables: every query of a model is made once more, and counted.

The count is of DuckDB's operators (`runtime.jobs.work`), on one thread, so it is the same on any machine and day.
Nothing that a build did can be taken for work that is not counted:

- The queries of a submission are compiled from its own files, beside tables that have no rows
  (`runtime.jobs.work.compile_queries`). So Jinja has no row to read an answer from.
- They are made one after the other in a warehouse that holds what was loaded, and nothing else. So no hook, and no
  table that the build left, has done the work.
- What comes out must be the table that the build left, which is the one that is scored.
- Rows that are packed into one value are gone through there without being counted, so a submission packs them only by
  what the solution has, too (`evaluators.scoring.work_limit`).

What was loaded is taken from gold, for the solution and for a submission.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from benchmark.duckdb_sql import quote, quote_relation
from benchmark.errors import OurFaultError, SubmissionError
from benchmark.files import copy_plain_files, is_plain_folder, scratch_folder
from benchmark.work import WorkSpec
from evaluators.pipeline.gold import Gold
from evaluators.pipeline.loads import WAREHOUSE, WORKSPACE
from evaluators.pipeline.runner import PipelineState
from evaluators.pipeline.workspace_copies import MAX_COPIED_BYTES
from runtime.dbt.clock import clock_environment, parse_pinned, pin_warehouse
from runtime.interface import ChildRequest, Limits, Runtime
from runtime.jobs.export import file_name
from runtime.jobs.schemas import checked
from runtime.parquet_types import readable

LIMITS = Limits(wall_seconds=300)
TABLES = "/tables"
"""How the inside of a sandbox calls the folder of the tables that the queries have to make."""
_MADE = frozenset({"table", "incremental"})
"""Materialisations that are their query on the first run; views count where they are read."""
_GIVEN = frozenset({"seed", "snapshot"})
"""What is taken from gold as it stands, where the solution has it too."""

Relations = Mapping[str, Mapping[str, Any]]
"""`schema.identifier` -> `type`, `parents`, `compiled`, as in `PipelineState`."""


class Work(NamedTuple):
    """The rows that a pipeline handles to make some tables."""

    by_model: dict[str, int]
    """Relation -> rows; upstream first."""
    problem: str = ""
    """Why they cannot be counted; empty = they are."""
    packs: frozenset[str] = frozenset()
    """Aggregates of its queries that pack rows into one value, in which nothing is counted."""

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(self.by_model.values())


class _Place(NamedTuple):
    """Where a count is made, and when."""

    runtime: Runtime
    log_path: Path
    now: str
    """The pinned instant."""

    @property
    def environment(self) -> dict[str, str]:
        return {**clock_environment(parse_pinned(self.now)), "WAREHOUSE_PATH": f"../{WAREHOUSE}"}


def work_of_gold(spec: WorkSpec, gold: Gold, now: str, runtime: Runtime, folder: Path) -> Work:
    """The rows that the solution handles.

    Args:
        spec: Which tables.
        gold: Gold of a first run.
        now: Its pinned instant.
        runtime: Where it is counted.
        folder: For a warehouse; made here.
    """
    folder.mkdir(parents=True)
    return _count(spec, gold.relations, gold, gold.folder, folder, _Place(runtime, folder / "work.log", now))


def work_of_run(
    spec: WorkSpec, state: PipelineState, gold: Gold, output: Path, now: str, runtime: Runtime, log_path: Path
) -> Work:
    """The rows that a submission handles in its first run.

    Args:
        spec: Which tables.
        state: What the run left, with the copy of the workspace from before the build.
        gold: What the solution's run left.
        output: Folder of the submission's tables, as they are scored.
        now: The pinned instant.
        runtime: Where it is counted: behind the submission's walls.
        log_path: Receives what the jobs say.
    """
    if state.loaded is None:
        raise OurFaultError("The workspace was not kept as it was before the build.")
    place = _Place(runtime, log_path, now)
    with scratch_folder("work") as scratch:
        try:
            relations = _compile(spec, state.loaded / "dbt", gold, scratch / "compiled", place)
            (folder := scratch / "counted").mkdir()
            return _count(spec, relations, gold, output, folder, place)
        except SubmissionError as error:  # a project that cannot be copied or compiled, or models in a circle
            return Work({}, str(error))


def _compile(spec: WorkSpec, project: Path, gold: Gold, folder: Path, place: _Place) -> Relations:
    """What a project builds, compiled where there are no rows.

    Raises:
        SubmissionError: It cannot be.
    """
    if not is_plain_folder(project):
        raise SubmissionError("there is no folder dbt/")
    folder.mkdir()
    copy_plain_files(project, folder / "dbt", MAX_COPIED_BYTES)
    solution = _lowered(gold.relations)
    given = {
        name: file
        for name, file in _tables_of(gold).items()
        if name not in solution or solution[name]["type"] in _GIVEN
    }
    _lay(folder / WAREHOUSE, given, place.now, is_empty=True)
    request = ChildRequest(
        entry="runtime.jobs.work:compile_queries",
        arguments={"now": place.now, "is_walled": place.runtime.has_walls, "tables": list(spec.tables)},
        directory=folder / "dbt",
        log_path=place.log_path,
        environment=place.environment,
        limits=LIMITS,
        writable={WORKSPACE: folder},
    )
    result = checked(place.runtime.run(request), "compile_queries")
    if result.status != "ok":
        raise SubmissionError(f"compiling them ended: {result.message or result.status}")
    if error := result.value["error"]:
        raise SubmissionError(f"dbt cannot compile them on tables without rows: {error}")
    relations: dict[str, dict[str, Any]] = result.value["relations"]
    return relations


def _count(spec: WorkSpec, relations: Relations, gold: Gold, output: Path, folder: Path, place: _Place) -> Work:
    nodes, solution, files = _lowered(relations), _lowered(gold.relations), _tables_of(gold)
    targets = [name.lower() for name in spec.tables]
    order = _upstream_first(nodes, targets)
    if problem := next(_unmeasurable(order, targets, nodes, solution, files.keys() - solution.keys()), ""):
        return Work({}, problem)
    made = {name.lower(): output / file_name(name) for name in spec.tables}
    if absent := [name for name, file in made.items() if not file.is_file()]:
        return Work({}, f"{', '.join(absent)} is not in the warehouse")
    given = {name for name in order if name not in nodes or nodes[name]["type"] in _GIVEN}
    _lay(folder / WAREHOUSE, {name: files[name] for name in sorted(given & files.keys())}, place.now)
    steps = [
        {"relation": name, "is_view": nodes[name]["type"] == "view", "sql": nodes[name]["compiled"]}
        for name in order
        if name not in given and nodes[name]["type"] != "ephemeral"
    ]
    request = ChildRequest(
        entry="runtime.jobs.work:run",
        arguments={
            "warehouse": WAREHOUSE,
            "steps": steps,
            "targets": {name: str(file.resolve()) for name, file in made.items()},
        },
        directory=folder,
        log_path=place.log_path,
        environment=place.environment,
        limits=LIMITS,
        writable={WORKSPACE: folder},
        readable={TABLES: output},
    )
    result = checked(place.runtime.run(request), "work")
    if result.status != "ok":
        return Work({}, f"counting them ended: {result.message or result.status}")
    found: dict[str, dict[str, Any]] = result.value["models"]
    if problem := next(_unbelievable([step["relation"] for step in steps], found), ""):
        return Work({}, problem)
    counted = (step["relation"] for step in steps if not step["is_view"] or step["relation"] in targets)
    return Work(
        {name: found[name]["rows"] for name in counted},
        packs=frozenset(name for model in found.values() for name in model["packs"]),
    )


def _lowered(relations: Relations) -> dict[str, Mapping[str, Any]]:
    return {name.lower(): node for name, node in relations.items()}


def _tables_of(gold: Gold) -> dict[str, Path]:
    """Relation, in small letters -> its file."""
    return {path.name.removesuffix(".parquet").lower(): path for path in sorted(gold.folder.glob("*.parquet"))}


def _lay(path: Path, files: Mapping[str, Path], now: str, *, is_empty: bool = False) -> None:
    """Write a warehouse with some of gold's tables, or with their columns alone."""
    with duckdb.connect(str(path)) as connection:
        for relation, file in files.items():
            rows = readable(connection, file)
            connection.execute(f"create schema if not exists {quote(relation.partition('.')[0])}")
            limit = " limit 0" if is_empty else ""
            connection.execute(f"create table {quote_relation(relation)} as {rows}{limit}")
        pin_warehouse(connection, parse_pinned(now))


def _upstream_first(relations: Relations, targets: Collection[str]) -> list[str]:
    """Targets and all that they are built from, sources included."""
    parents: dict[str, list[str]] = {}
    todo = list(targets)
    while todo:
        name = todo.pop()
        if name not in parents:
            parents[name] = sorted(parent.lower() for parent in relations.get(name, {}).get("parents", ()))
            todo += parents[name]
    try:
        return list(TopologicalSorter(dict(sorted(parents.items()))).static_order())
    except CycleError as error:
        raise SubmissionError("The models go round in a circle.") from error


def _unmeasurable(
    order: Collection[str], targets: Collection[str], nodes: Relations, solution: Relations, raw: Collection[str]
) -> Iterator[str]:
    for name in order:
        node = nodes.get(name)
        if node is None:
            if name in targets:
                yield f"no model makes {name}"
            elif name not in raw:
                yield f"{name} is called a source, and nothing loads it"
            continue
        kind = node["type"]
        if name in raw:
            yield f"{name} is a model, and takes the place of what was loaded"
        elif kind in _GIVEN:
            if solution.get(name, {}).get("type") != kind or name in targets:
                yield f"{name} is a {kind}, whose rows cannot be counted"
        elif kind not in _MADE | {"view", "ephemeral"} or (kind == "ephemeral" and name in targets):
            yield f"{name} is of the materialisation '{kind}', whose rows cannot be counted"
        elif kind != "ephemeral" and node["compiled"] is None:
            yield f"{name} is no SQL"


def _unbelievable(names: Collection[str], found: Mapping[str, Any]) -> Iterator[str]:
    for name in names:
        model = found.get(name)
        if model is None:
            yield f"the query of {name} was not made once more"
        elif model["error"]:
            yield f"the query of {name} cannot be made from what was loaded and the models above it: {model['error']}"
        elif not model["is_same"]:
            yield f"the query of {name} gives other rows than its table has"
        elif others := [read for read in model["reads"] if read.endswith("()")]:
            yield f"{name} reads {', '.join(others)}, which is neither a model above it nor loaded"
