"""dbt's manifest, taken from memory, says what the file would have said."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmark.paths import REPOSITORY_DIR
from runtime.dbt.warm_up import FILES
from runtime.jobs import build, graph

pytestmark = pytest.mark.slow  # dbt starts in a process of its own

MORE = {
    "seeds/codes.csv": "code,name\n1,one\n",
    "models/more.sql": "{{ config(alias='Renamed', materialized='ephemeral') }} select * from {{ ref('codes') }}",
    "models/last.sql": "select * from {{ ref('more') }} where {{ one() }} = 1",
    "models/more.yml": """
models:
  - name: more
    description: More.
    columns: [{name: code, description: "'é'"}, {name: name}]
    data_tests:
      - test_of_columns: {arguments: {combination_of_columns: [code, name]}}
""",
    "macros/columns.sql": "{% test test_of_columns(model, combination_of_columns) %}select 1 where false{% endtest %}",
}
NOT_WRITTEN_OF_SEEDS = {"language": "sql", "nodes": []}
SCRIPT = """
import json, os, sys
from runtime.dbt.noted_manifest import as_written, note_manifests
from dbt.cli.main import dbtRunner
os.chdir(sys.argv[1])
made = note_manifests()
result = dbtRunner().invoke(["build", "--quiet", "--profiles-dir", ".", "--project-dir", "."])
assert result.success, result
assert len(made) == 1
json.dump(as_written(made[0]), open("noted.json", "w"))
"""


@pytest.fixture(scope="module")
def manifests(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], dict[str, Any]]:
    """What was noted, and what dbt wrote."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in (FILES | MORE).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text.replace("", ""))
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder)], capture_output=True, text=True, check=False, cwd=REPOSITORY_DIR
    )
    assert run.returncode == 0, run.stdout + run.stderr
    paths: list[Path] = [folder / "noted.json", folder / "target/manifest.json"]
    noted, written = (json.loads(path.read_text()) for path in paths)
    return noted, written


def test_each_field_is_that_of_the_file(manifests: tuple[dict[str, Any], dict[str, Any]]) -> None:
    noted, written = manifests
    for kind in ("sources", "macros"):
        assert noted[kind].keys() == written[kind].keys()
    assert set(noted["nodes"]) == set(written["nodes"])
    assert noted["metadata"]["project_name"] == written["metadata"]["project_name"]
    for kind in ("nodes", "sources", "macros"):
        for key, fields in noted[kind].items():
            assert_same(fields, written[kind][key], key)


def assert_same(noted: Any, written: Any, where: str) -> None:
    if isinstance(noted, dict) and isinstance(written, dict):
        for name, value in noted.items():
            assert_same(value, written.get(name, NOT_WRITTEN_OF_SEEDS.get(name)), f"{where}.{name}")
    else:
        assert noted == written, where


def test_jobs_read_the_same_from_both(manifests: tuple[dict[str, Any], dict[str, Any]]) -> None:
    noted, written = manifests
    assert build.relations(noted) == build.relations(written)
    assert graph.extract(noted) == graph.extract(written)
    assert {node["type"] for node in graph.extract(noted)["nodes"].values()} == {"model", "snapshot", "seed", "test"}
