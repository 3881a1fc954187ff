"""What the pieces of a proof depend on, as content of their keys."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmark.tables import TableSpec
from benchmark.task import Task
from evaluators.proof.connection_mutants import StreamToTry
from evaluators.proof.scored_runs import RunState


def tables_key(tables: Mapping[str, TableSpec]) -> dict[str, Any]:
    """What tables are compared by."""
    return {
        name: spec.model_dump(mode="json", include={"key", "columns", "tolerance", "strict"})
        for name, spec in sorted(tables.items())
    }


def model_key(task: Task, states: Sequence[RunState], relation: str) -> dict[str, Any]:
    """A model, what is built from it, the tables that these read, and what a task scores of them."""
    own = [state for state in states if task.id in state.tasks]
    around = own[0].database.around(relation)
    return {
        "relation": relation,
        "tables": tables_key({name: spec for name, spec in task.scored_tables.items() if name in around}),
        "states": [_state_key(state, relation) for state in own],
    }


def _state_key(state: RunState, relation: str) -> dict[str, Any]:
    database = state.database
    around = database.around(relation)
    built = [relation, *database.below_in_order(relation)]
    content: dict[str, Any] = {
        "label": state.label,
        "now": database.pinned_now,
        "runs": [len(state.runs), len(state.gold_runs)],
        "nodes": {name: _node_key(database.relations.get(name, {})) for name in built},
        "files": files_key(state.gold.folder, around),
    }
    if any(database.needs_dbt(name) for name in built if name in database.relations):
        content["project"] = state.gold.folder.name  # dbt builds, from the whole project
        content["previous"] = state.previous.folder.name if state.previous else None
    return content


def _node_key(node: Mapping[str, Any]) -> dict[str, Any]:
    return {name: node.get(name) for name in ("type", "compiled", "parents")}


def stream_key(task: Task, states: Sequence[RunState], project: Path, stream: StreamToTry) -> dict[str, Any]:
    """A stream, the data that it reads, and what a task scores of its table."""
    visible = [state for state in states if state.dials.seed == states[0].dials.seed and task.id in state.tasks]
    return {
        "connection": (project / stream.path).read_text(encoding="utf-8"),
        "position": stream.position,
        "tables": tables_key({stream.table: task.scored_tables[stream.table]}),
        "states": [
            {
                "label": state.label,
                "runs": [list(run) for run in state.runs],
                "gold": state.gold.folder.name,
            }
            for state in visible
        ],
    }


def files_key(folder: Path, relations: Iterable[str]) -> dict[str, str]:
    """The content of gold's tables; what has no file is left out."""
    files = {name: folder / f"{name}.parquet" for name in sorted(relations)}
    return {name: _file_hash(path) for name, path in files.items() if path.is_file()}


@lru_cache(maxsize=20_000)
def _file_hash(path: Path) -> str:
    """Of a file that nobody changes: gold lies under a name of its own."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
