"""How many rows a pipeline handles to make some tables: every query of a model is made once more, and counted.

The count is of DuckDB's operators (`runtime.jobs.work`), on one thread, so it is the same on any machine and day. It is
believed where the query of a model makes the very table that the pipeline left, and reads nothing but tables that are
counted too: then no hook and no other table did the work.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, NamedTuple

from benchmark.errors import OurFaultError, SubmissionError
from benchmark.work import WorkSpec
from evaluators.pipeline.gold import Gold
from evaluators.pipeline.loads import WAREHOUSE, WORKSPACE
from evaluators.pipeline.runner import PipelineState
from runtime.interface import ChildRequest, Limits, Runtime
from runtime.jobs.schemas import checked

LIMITS = Limits(wall_seconds=300)
LOADED = "/loaded"
"""How the inside of a sandbox calls the workspace as it was before the build."""
_MADE = frozenset({"table", "incremental"})
"""Materialisations that are their query on the first run; views count where they are read."""
_GIVEN = frozenset({"seed", "snapshot"})
"""What is taken as it stands, where the solution has it too."""

Relations = Mapping[str, Mapping[str, Any]]
"""`schema.identifier` -> `type`, `parents`, `compiled`, as in `PipelineState`."""


class Work(NamedTuple):
    """The rows that a pipeline handles to make some tables."""

    by_model: dict[str, int]
    """Relation -> rows; upstream first."""
    problem: str = ""
    """Why they cannot be counted; empty = they are."""

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(self.by_model.values())


def work_of_gold(spec: WorkSpec, gold: Gold, now: str, runtime: Runtime, folder: Path) -> Work:
    """The rows that the solution handles.

    Args:
        spec: Which tables.
        gold: Gold of a first run.
        now: Its pinned instant.
        runtime: Where it is counted.
        folder: For a copy of the warehouse; made here.
    """
    nodes = gold.relations
    views = [name for name in _upstream_first(nodes, nodes) if nodes.get(name, {}).get("type") == "view"]
    files = {path.name.removesuffix(".parquet"): str(path.resolve()) for path in sorted(gold.folder.glob("*.parquet"))}
    given = {
        "now": now,
        "files": {name: file for name, file in files.items() if name not in views},
        "views": [[name, nodes[name]["compiled"]] for name in views],
    }
    folder.mkdir(parents=True)
    return _count(spec, nodes, gold, runtime, _Place(folder, folder / "work.log"), {"given": given})


def work_of_run(spec: WorkSpec, state: PipelineState, gold: Gold, runtime: Runtime, log_path: Path) -> Work:
    """The rows that a submission handles in its first run.

    Args:
        spec: Which tables.
        state: What the run left; nothing runs in its workspace, and it has the copy from before the build.
        gold: What the solution's run left.
        runtime: Where it is counted: behind the submission's walls.
        log_path: Receives what the job says.
    """
    if state.loaded is None:
        raise OurFaultError("The warehouse was not kept as it was before the build.")
    place = _Place(state.folder, log_path, {LOADED: state.loaded})
    return _count(spec, state.relations, gold, runtime, place, {"loaded": str(state.loaded.resolve() / WAREHOUSE)})


class _Place(NamedTuple):
    """Where a count is made."""

    folder: Path
    log_path: Path
    readable: Mapping[str, Path] = {}


def _count(
    spec: WorkSpec, relations: Relations, gold: Gold, runtime: Runtime, place: _Place, more: Mapping[str, Any]
) -> Work:
    nodes = {name.lower(): node for name, node in relations.items()}
    solution = {name.lower(): node for name, node in gold.relations.items()}
    tables = {path.name.removesuffix(".parquet").lower() for path in gold.folder.glob("*.parquet")}
    targets = [name.lower() for name in spec.tables]
    order = _upstream_first(nodes, targets)
    if problem := next(_unmeasurable(order, targets, nodes, solution, tables - solution.keys()), ""):
        return Work({}, problem)
    queries = {
        name: _query(nodes[name], solution.get(name))
        for name in order
        if name in nodes and (nodes[name]["type"] in _MADE or (name in targets and nodes[name]["type"] == "view"))
    }
    request = ChildRequest(
        entry="runtime.jobs.work:run",
        arguments={
            "warehouse": WAREHOUSE,
            "queries": queries,
            "sources": [name for name in order if name not in nodes],
            **more,
        },
        directory=place.folder,
        log_path=place.log_path,
        limits=LIMITS,
        writable={WORKSPACE: place.folder},
        readable=place.readable,
    )
    result = checked(runtime.run(request), "work")
    if result.status != "ok":
        return Work({}, f"counting them ended: {result.message or result.status}")
    found: dict[str, dict[str, Any]] = result.value["models"]
    if changed := result.value["changed"]:
        return Work({}, f"the build changed what was loaded: {', '.join(changed)}")
    if problem := next(_unbelievable(queries, found, order), ""):
        return Work({}, problem)
    return Work({name: found[name]["rows"] for name in queries})


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
        if kind in _GIVEN:
            if solution.get(name, {}).get("type") != kind:
                yield f"{name} is a {kind}, whose rows cannot be counted"
        elif kind not in _MADE | {"view", "ephemeral"}:
            yield f"{name} is of the materialisation '{kind}', whose rows cannot be counted"
        elif kind in _MADE and _query(node, solution.get(name)) is None:
            yield f"{name} is no SQL"


def _query(node: Mapping[str, Any], of_solution: Mapping[str, Any] | None) -> str | None:
    """The compiled SQL of a model; that of the solution's model where the build copied its table."""
    compiled: str | None = node["compiled"]
    if compiled is None and of_solution is not None and node["path"].endswith(".sql"):
        compiled = of_solution["compiled"]
    return compiled


def _unbelievable(
    queries: Mapping[str, str | None], found: Mapping[str, Any], may_read: Collection[str]
) -> Iterator[str]:
    for name in queries:
        model = found.get(name)
        if model is None:
            yield f"{name} is not in the warehouse"
        elif model["error"]:
            yield f"the query of {name} cannot be made once more: {model['error']}"
        elif not model["is_same"]:
            yield f"the query of {name} gives other rows than its table has"
        elif others := [read for read in model["reads"] if read.lower() not in may_read or read.lower() == name]:
            yield f"{name} reads {', '.join(others)}, which is neither a model above it nor loaded"
