"""The graph that is read from files is the one that dbt itself makes of them."""

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from authoring.lineage.project_graph import read_project
from benchmark.file_tree import solution_files
from benchmark.registry import list_tasks
from runtime.dbt.clock import clock_environment

NOW = datetime(2024, 1, 1, tzinfo=UTC)

Edges = dict[str, set[str]]


def edges_of_files(files: dict[str, Path]) -> Edges:
    graph = read_project(files)
    return {
        name: set(node.upstream) for name, node in graph.tables.items() if node.kind in ("model", "snapshot", "seed")
    }


def edges_of_dbt(files: dict[str, Path], folder: Path) -> Edges:
    for name, path in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    command = [str(Path(sys.executable).with_name("dbt")), "parse", "--profiles-dir", ".", "--quiet"]
    environment = {"WAREHOUSE_PATH": "w.duckdb", **clock_environment(NOW), "PATH": "/usr/bin:/bin", "DO_NOT_TRACK": "1"}
    done = subprocess.run(command, cwd=folder / "dbt", env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = json.loads((folder / "dbt/target/manifest.json").read_text(encoding="utf-8"))
    nodes = {**manifest["nodes"], **manifest["sources"]}
    names = {key: f"{node['schema']}.{node.get('alias') or node.get('identifier')}" for key, node in nodes.items()}
    return {
        names[key]: {names[parent] for parent in node["depends_on"]["nodes"]}
        for key, node in manifest["nodes"].items()
        if node["resource_type"] in ("model", "snapshot", "seed")
    }


@pytest.mark.slow
def test_every_solution_has_the_edges_that_dbt_sees(tmp_path: Path) -> None:
    for task in list_tasks():
        files = dict(solution_files(task))
        assert edges_of_files(files) == edges_of_dbt(files, tmp_path / task.id), task.id
