"""The stage of a dbt model: by its folder, its schema, its name, else by its place in the graph."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from benchmark.stages import Stage

_FOLDERS: dict[str, Stage] = {
    "staging": "staging", "stage": "staging", "stg": "staging", "base": "staging", "sources": "staging",
    "raw": "staging", "bronze": "staging", "cleaned": "staging", "intermediate": "intermediate", "int": "intermediate",
    "silver": "intermediate", "transform": "intermediate", "core": "marts", "marts": "marts", "mart": "marts",
    "gold": "marts", "reporting": "marts", "reports": "marts", "analytics": "marts", "metrics": "marts",
}  # fmt: skip
_NAMES: tuple[tuple[str, Stage], ...] = (
    (r"(stg|staging|base|src)_", "staging"),
    (r"(int|intermediate|prep)_", "intermediate"),
    (r"(fct|fact|dim|mart|agg|rpt|report|obt)_", "marts"),
)


class StageFound(NamedTuple):
    """A stage, and what says so."""

    stage: Stage
    evidence: str


def stage_of(name: str, path: str, schema: str, parents: Mapping[str, str], n_children: int) -> StageFound:
    """Find the stage of a model.

    Args:
        name: Of the model.
        path: Of its file, within the project.
        schema: Where it is built.
        parents: What it reads -> `source`, `seed`, `model` or `snapshot`.
        n_children: Models that read it.
    """
    for folder in PurePosixPath(path).parts[1:-1]:
        if stage := _FOLDERS.get(folder.lower()):
            return StageFound(stage, f"folder {folder}")
    if stage := _FOLDERS.get(schema.rpartition("_")[2].lower()):
        return StageFound(stage, f"schema {schema}")
    for pattern, stage in _NAMES:
        if re.match(pattern, name.lower()):
            return StageFound(stage, "its name")
    if not n_children:
        return StageFound("marts", "nothing reads it")
    if set(parents.values()) <= {"source", "seed"}:
        return StageFound("staging", "it reads sources alone")
    return StageFound("intermediate", "it stands between others")
