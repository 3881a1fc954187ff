"""Mutants that dbt builds: of incremental models in a later run and snapshots, and of what only such models read."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment

from benchmark.errors import LockgateError
from evaluators.compare.relations import one_line
from evaluators.proof.gold_database import MutantOutcome, Outcomes
from evaluators.proof.scored_runs import RunState
from evaluators.proof.sql_trees import at
from runtime.dbt.clock import clock_environment, parse_pinned
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, Limits

_LIMITS = Limits(wall_seconds=900)
_WAREHOUSE = "warehouse.duckdb"
_ARGUMENT = r"\b{name}\s*=\s*('[^']*'|\"[^\"]*\")\s*,?"
_STILLBORN = ("Binder Error", "Parser Error", "Catalog Error", "Compilation Error")


class ModelFile(NamedTuple):
    """The file of a model, cut at the end of its `config()`."""

    path: str
    """Relative to the dbt project."""
    name: str
    head: str
    """Up to and with the config block."""
    body: str
    tail: str
    """What closes a snapshot; empty for a model."""

    def with_sql(self, sql: str) -> str:
        """The file with compiled SQL as its body."""
        return f"{self.head}\n{{% raw %}}\n{sql}\n{{% endraw %}}\n{self.tail}"


class ConfigEdit(NamedTuple):
    """A wrong configuration of a model."""

    operator: str
    before: str
    after: str
    text: str
    """The whole file."""


def read_model_file(project: Path, node: Mapping[str, Any], relation: str) -> ModelFile:
    """Read a model's or snapshot's file of a laid project."""
    path = str(node["path"]).removeprefix("dbt/")
    text = (project / "dbt" / path).read_text(encoding="utf-8")
    end = _end_of_config(text)
    tail_at = text.find("{% endsnapshot %}") if node["type"] == "snapshot" else -1
    body, tail = (text[end:tail_at], text[tail_at:]) if tail_at >= 0 else (text[end:], "")
    return ModelFile(path, relation.partition(".")[2], text[:end], body, tail)


def config_edits(file: ModelFile, columns: Mapping[str, str]) -> Iterator[ConfigEdit]:
    """Wrong keys, strategies and hooks of an incremental model or snapshot."""
    for name, operator in (("unique_key", "key_dropped"), ("post_hook", "hook_dropped")):
        if (found := _find(file.head, name)) and "snapshot" not in file.tail:
            yield ConfigEdit(operator, found.group(0), "", _edited(file, found, ""))
    if found := _find(file.head, "unique_key"):
        key = found.group(1).strip("'\"")
        others = [c for c in columns if c.lower() != key.lower() and columns[c] not in ("BOOLEAN", "DATE", "TIMESTAMP")]
        if others:
            yield ConfigEdit("key_wrong", key, others[-1], _edited(file, found, f"unique_key='{others[-1]}',"))
    if found := _find(file.head, "incremental_strategy"):
        yield ConfigEdit(
            "rows_appended", found.group(1), "append", _edited(file, found, "incremental_strategy='append',")
        )
    if (found := _find(file.head, "materialized")) and "incremental" in found.group(1):
        yield ConfigEdit("made_in_full", "incremental", "table", _edited(file, found, "materialized='table',"))


class Variant(NamedTuple):
    """One version of a model."""

    text: str
    """The whole file."""
    tasks: Collection[str]
    """Tasks that ask."""


def try_variants(
    state: RunState,
    project: Path,
    runtime: ForkRuntime,
    relation: str,
    file: ModelFile,
    variants: Mapping[str, Variant],
    folder: Path,
    below: Mapping[str, str] | None = None,
) -> dict[str, Outcomes]:
    """Build variants of one model in a run's gold and see whether a scored table notices.

    Args:
        state: The run.
        project: The laid solution; copied.
        runtime: Where dbt runs.
        relation: The model.
        file: Its file.
        variants: By mutant.
        folder: For the copy and the tables; must not exist yet.
        below: Relation -> dbt's name of models below that dbt builds as well; None = what follows runs as queries.

    Raises:
        LockgateError: The child died: nothing can be said.
    """
    if not variants:
        return {}
    shutil.copytree(project / "dbt", folder / "dbt")
    clock = clock_environment(parse_pinned(state.database.pinned_now))
    request = ChildRequest(
        entry="runtime.jobs.variants:run",
        arguments={
            "now": clock["PINNED_NOW"],
            "warehouse": f"../{_WAREHOUSE}",
            "gold": str(state.gold.folder.resolve()),
            "previous_gold": str(state.previous.folder.resolve()) if state.previous else None,
            "output": str((folder / "tables").resolve()),
            "variants": [
                {"id": name, "relation": relation, "name": file.name, "path": file.path, "text": variant.text}
                for name, variant in variants.items()
            ],
            "below": dict(below or {}),
        },
        directory=folder / "dbt",
        log_path=folder / "variants.log",
        environment={**clock, "WAREHOUSE_PATH": f"../{_WAREHOUSE}"},
        limits=_LIMITS,
    )
    result = runtime.run(request)
    if result.status != "ok":
        raise LockgateError(f"Variants of {relation} could not be built: {result.message}")
    tried: dict[str, Outcomes] = {}
    for name, failure in result.value["outcomes"].items():
        tasks, tables = variants[name].tasks, folder / "tables" / name
        if failure is None and below is not None:
            tried[name] = state.database.compare_files(tables, tasks)
        elif failure is None:
            tried[name] = state.database.try_file(relation, tables / f"{relation}.parquet", tasks)
        elif any(kind in failure for kind in _STILLBORN):
            tried[name] = dict.fromkeys(tasks, MutantOutcome("stillborn", reason=one_line(Exception(failure))))
        else:
            tried[name] = dict.fromkeys(tasks, MutantOutcome("rejected", relation, "does not run"))
    shutil.rmtree(folder)
    return tried


def sql_text(file: ModelFile, sql: str, state: RunState) -> str:
    """A model's file with a mutant's SQL, for one run."""
    return file.with_sql(at(sql, state.database.pinned_now))


def _end_of_config(text: str) -> int:
    """Position after the first `{{ config(...) }}`; 0 where there is none."""
    position, is_config, depth_at = 0, False, 0
    for _, kind, value in Environment(autoescape=False).lex(text):
        if kind == "variable_begin":
            depth_at, is_config = position, False
        position += len(value)
        if kind == "name" and value == "config" and depth_at >= 0:
            is_config = True
        if kind == "variable_end" and is_config:
            return text.index(value.strip(), position - len(value)) + len(value.strip())
    return 0


def _find(head: str, name: str) -> re.Match[str] | None:
    return re.search(_ARGUMENT.format(name=name), head)


def _edited(file: ModelFile, found: re.Match[str], replacement: str) -> str:
    return file.head[: found.start()] + replacement + file.head[found.end() :] + file.body + file.tail
