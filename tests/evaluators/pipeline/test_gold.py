"""Gold: its key covers the code that it depends on, and two processes that build it share it."""

from __future__ import annotations

import ast
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmark.cache import new_entry
from benchmark.generator_parameters import Dials
from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_task
from evaluators.pipeline import gold, run_keys
from evaluators.scenarios import days
from runtime.fork_client import ForkRuntime
from sources.registry import load_sources

ENTRIES = (
    "runtime.jobs.load",
    "runtime.jobs.build",
    "runtime.jobs.export",
    "evaluators.pipeline.runner",
    "evaluators.pipeline.source_systems",
    "sources.systems.host",
)
CHANGES_NO_VALUE = {
    "benchmark/answer.py": "what agents are asked beside tables",
    "benchmark/orchestration.py": "what definitions are asked; gold is loaded and built without them",
    "benchmark/planted.py": "how agents that follow planted instructions are found",
    "benchmark/border.py": "sentences",
    "benchmark/bounded_json.py": "the form of answers",
    "benchmark/budget.py": "limits of agents",
    "benchmark/cache.py": "where things are kept",
    "benchmark/cache_limit.py": "how long things are kept",
    "benchmark/cache_users.py": "how long things are kept",
    "benchmark/errors.py": "sentences",
    "benchmark/file_tree.py": "where files lie; their content is hashed",
    "benchmark/held_folders.py": "where scratch folders lie",
    "benchmark/hostile_tree.py": "copies",
    "benchmark/files.py": "copies",
    "benchmark/graph_rules.py": "names of rules",
    "benchmark/limits.py": "what a person may ask for",
    "benchmark/patches.py": "what is submitted",
    "benchmark/paths.py": "where things lie",
    "benchmark/redact.py": "messages",
    "benchmark/scorecard.py": "the form of results",
    "benchmark/seeded_faults.py": "data-test tasks",
    "benchmark/spec_fields.py": "words of errors",
    "benchmark/snapshot.py": "what is submitted",
    "benchmark/spelling.py": "words of errors",
    "benchmark/spread_folders.py": "where scratch folders lie",
    "benchmark/stages.py": "names of stages",
    "benchmark/tables.py": "what is compared",
    "benchmark/task.py": "what is scored",
    "benchmark/usage.py": "costs of agents",
    "benchmark/versions.py": "versions, which are in the key",
    "benchmark/work.py": "what is asked of the cost of tables; gold is loaded and built without it",
    "benchmark/workspace.py": "where files lie; their content is hashed",
    "evaluators/pipeline/partial_builds.py": "builds of submissions",
    **{
        f"evaluators/pipeline/plain/{name}.py": "builds of submissions"
        for name in ("differences", "functions", "jinja", "properties", "solution", "sql")
    },
    "evaluators/pipeline/reading.py": "builds of submissions",
    "evaluators/pipeline/short_ways.py": "whether loads are kept",
    "evaluators/pipeline/workspace_copies.py": "copies",
    "evaluators/scenarios/registry.py": "names of scenarios",
    "runtime/interface.py": "the form of requests",
    "runtime/jobs/graph.py": "what rules of style look at",
    "runtime/jobs/schemas.py": "the form of answers",
}
OURS = ("sources", "runtime", "benchmark", "evaluators")


def imported(module: str) -> Iterator[str]:
    path = REPOSITORY_DIR / Path(*module.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").is_file() else path / "__init__.py"
    if not file.is_file():
        return
    yield str(file.relative_to(REPOSITORY_DIR))
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (f">{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield f">{node.module}"
            yield from (f">{node.module}.{alias.name}" for alias in node.names)


def closure(entries: tuple[str, ...]) -> set[str]:
    todo, modules, files = list(entries), set(), set()
    while todo:
        module = todo.pop()
        if module in modules or module.partition(".")[0] not in OURS:
            continue
        modules.add(module)
        for found in imported(module):
            if found.startswith(">"):
                todo.append(found[1:])
            else:
                files.add(found)
    return files


def test_the_key_of_gold_covers_everything_that_loads_and_builds() -> None:
    files = {name for name in closure(ENTRIES) if not name.endswith("__init__.py")}
    assert {"runtime/dbt/clock.py", "sources/loader/writer.py", "evaluators/pipeline/runner.py"} <= files
    missing = [name for name in files if not any(name == code or name.startswith(f"{code}/") for code in run_keys.CODE)]
    assert sorted(set(missing) - CHANGES_NO_VALUE.keys()) == []


def test_a_generator_outside_this_repository_is_part_of_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "quay_world").mkdir()
    code = tmp_path / "quay_world/__init__.py"
    monkeypatch.syspath_prepend(tmp_path)
    flights = load_sources("flights")
    keys = set()
    for text in ("x = 1\n", "x = 2\n"):
        code.write_text(text)
        monkeypatch.setattr(run_keys, "load_sources", lambda _world: replace(flights, package="quay_world"))
        keys.add(gold._key(get_task("flights_feeds"), tmp_path / "project", Dials(0, 14), days(1)))
    assert len(keys) == 2


def test_each_folder_has_a_lock_of_its_own_while_it_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One caller wants days 1 and 2, another only day 2: the second waits, and day 2 is built once."""
    task, dials = get_task("flights_feeds"), Dials(0, 14)
    built: list[Any] = []
    is_building, may_end = threading.Event(), threading.Event()

    def build(_task: Any, _chain: Any, runs: Any, folder: Path, _scratch: Path, pipeline: str) -> None:
        built.append(runs)
        if runs == days(1, 2):
            is_building.set()
            assert may_end.wait(20)
        with new_entry(folder) as entry:
            (entry / "gold.json").write_text(json.dumps({"relations": {}, "pipeline": pipeline}))

    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path))
    monkeypatch.setattr(gold, "_build", build)
    results: list[Any] = []

    def ask(*wanted: Any) -> None:
        results.append(gold.get_gold(task, dials, list(wanted), ForkRuntime(), lambda *_: None))

    class Chain:
        def __init__(self, *_: Any, **__: Any) -> None: ...
        def started(self) -> Any:
            from contextlib import nullcontext

            return nullcontext()

    monkeypatch.setattr(gold, "PipelineChain", Chain)
    first = threading.Thread(target=ask, args=(days(1), days(1, 2)))
    first.start()
    assert is_building.wait(20)
    second = threading.Thread(target=ask, args=(days(1, 2),))
    second.start()
    second.join(0.5)
    assert second.is_alive(), "it does not wait for the folder that another one builds"
    may_end.set()
    first.join(20)
    second.join(20)
    assert built == [days(1), days(1, 2)]
    assert len(results) == 2
