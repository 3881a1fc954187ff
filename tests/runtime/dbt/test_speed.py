"""dbt with our short cuts writes what it writes without them."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmark.paths import REPOSITORY_DIR
from runtime.dbt.warm_up import FILES

MORE = {
    "macros/own.sql": "{% macro generate_schema_name(name, node) %}{{ name or 'marts' }}{% endmacro %}"
    "{% macro default__concat(fields) %}'own ' || {{ fields | join(' || ') }}{% endmacro %}",
    "models/own.sql": "select {{ dbt.concat([\"'é'\", \"'b'\"]) }} as text, {{ one() }} as id",
    "models/typed.sql": "{% if execute %}"
    "{% set row = run_query(\"select 1 as a, '2020-01-01' as b, null as c, '' as d, '01' as e\").rows[0] %}"
    "select '{{ row.values() | join(';') }}' as t{% else %}select ''{% endif %}",
    "tests/warns.sql": "{{ config(severity='warn') }} select 1",
}
pytestmark = pytest.mark.slow  # two builds in new processes

CHANGES = [
    {},
    {},
    {"models/own.sql": MORE["models/own.sql"] + " -- changed"},
    {"models/_models.yml": FILES["models/_models.yml"].replace("Key.", "The key.")},
    {"macros/m.sql": FILES["macros/m.sql"] + "{# changed #}"},
]
"""What changes before each of the builds, all at one instant."""
SCRIPT = """
import json, os, sys
from datetime import UTC, datetime
from pathlib import Path
from runtime.dbt.process_clock import pin_process_clock
mode, folder, changes = sys.argv[1:]
if mode == "quick":
    from runtime.dbt.speed import quicken_dbt
    quicken_dbt()
import duckdb  # with all other libraries that read the clock, before it is pinned
from dbt.cli.main import dbtRunner
from dbt.parser import manifest
import dbt.adapters.duckdb
pin_process_clock(datetime(2024, 4, 2, 21, 30, tzinfo=UTC))
make = manifest.generate_runtime_docs_context
n_contexts = [0]
def count(*arguments):
    n_contexts[-1] += 1
    return make(*arguments)
manifest.generate_runtime_docs_context = count
os.chdir(folder)
for files in json.loads(changes):
    for path, text in files.items():
        Path(path).write_text(text)
    result = dbtRunner().invoke(["build", "--no-use-colors", "--profiles-dir", ".", "--project-dir", "."])
    assert result.success, result
    n_contexts.append(0)
Path("n_contexts.json").write_text(json.dumps(n_contexts))
"""
VARYING = {"metadata", "root_path", "dbt_valid_from", "dbt_updated_at"}


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What dbt leaves with and without the short cuts."""
    return {mode: build(mode, tmp_path_factory.mktemp(mode)) for mode in ("quick", "plain")}


def build(mode: str, folder: Path) -> dict[str, Any]:
    for name, text in (FILES | MORE).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    command = [sys.executable, "-c", SCRIPT, mode, str(folder), json.dumps(CHANGES)]
    run = subprocess.run(command, capture_output=True, text=True, check=False, cwd=REPOSITORY_DIR)
    assert run.returncode == 0, run.stdout + run.stderr
    with duckdb.connect(str(folder / "warm_up.duckdb")) as connection:
        names = connection.execute(
            "select table_name from information_schema.tables where table_name <> 's'"
        ).fetchall()
        tables = {name: connection.execute(f"from marts.{name}").fetchall() for (name,) in names}
    manifest = json.loads((folder / "target/manifest.json").read_text())
    # What two threads say comes in any order; how long it took differs.
    log = sorted(
        re.split(r" in \d+\.", line[10:])[0].split(" of ")[-1]
        for line in run.stdout.splitlines()
        if "seconds" not in line
    )
    return {
        "manifest": without(manifest, VARYING),
        "graph": without(json.loads((folder / "target/graph_summary.json").read_text()), {"_invocation_id"}),
        "tables": tables,
        "log": log,
        "n_contexts": json.loads((folder / "n_contexts.json").read_text()),
    }


def without(content: Any, keys: set[str]) -> Any:
    if isinstance(content, dict):
        return {key: without(value, keys) for key, value in content.items() if key not in keys}
    return [without(value, keys) for value in content] if isinstance(content, list) else content


@pytest.mark.parametrize("part", ["manifest", "graph", "tables", "log"])
def test_what_dbt_leaves_is_the_same(results: dict[str, dict[str, Any]], part: str) -> None:
    assert results["quick"][part] == results["plain"][part]


def test_only_what_changed_is_processed_again(results: dict[str, dict[str, Any]]) -> None:
    first, again, *changed, _after_the_last = results["quick"]["n_contexts"]
    assert first > 400
    assert again == 0
    assert all(0 < n < 20 for n in changed), changed
    assert results["plain"]["n_contexts"][2] > 400, "dbt does so itself by now"


def test_the_project_uses_what_is_cut_short(results: dict[str, dict[str, Any]]) -> None:
    quick = results["quick"]
    assert quick["tables"]["own"] == [("own éb", 1)]
    assert quick["tables"]["typed"][0][0].startswith("1;2020-01-01")
    assert len(quick["manifest"]["macros"]) > 400
    assert any("WARN" in line for line in quick["log"])
