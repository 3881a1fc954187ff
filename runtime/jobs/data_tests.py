"""The data tests of a project: compiled once by dbt, then run as SQL on many warehouses, in children."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import yaml

from benchmark.hostile_tree import remove_tree
from benchmark.time_limit import time_limit
from benchmark.yaml_guard import load_yaml
from runtime.dbt.clock import parse_pinned, pin_dbt
from runtime.dbt.noted_manifest import as_written, note_manifests
from runtime.dbt.process_clock import pin_process_clock
from runtime.jobs import graph

MAX_TESTS = 2_000
"""Tests that are looked at; a project with more is not about data."""
TEST_SECONDS = 20.0
"""Time of one test on one warehouse."""
PROFILE_DIR = "lockgate_profile"
_WAREHOUSE = Path("tried/warehouse.duckdb")
"""What every warehouse is called while it is read; the SQL of the tests names the catalog `warehouse`."""
_QUIET = ("--quiet", "--no-use-colors", "--no-write-json", "--profiles-dir", PROFILE_DIR, "--target-path", "target")
_LOCKED = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "lock_configuration": True,
}
"""A test reads its warehouse and nothing else: no file that it could have left on another one."""


def compile_tests(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Compile the data tests of the dbt project in the current folder.

    `data/warehouse.duckdb` should have the tables without rows: what Jinja asks of it ends up in the SQL, and would
    otherwise tell right data from wrong.

    Args:
        arguments: `now` (pinned instant), `tables` (`schema.identifier`; a test that reads none of them is left out).

    Returns:
        `error` (of dbt as a whole; empty = none), `tests` (`name`, `sql`, `fail_calc`, `error_if`, `is_error`; sorted
        by name) and `graph` (see `runtime.jobs.graph`).
    """
    from dbt.cli.main import dbtRunner

    pin_dbt(parse_pinned(arguments["now"]))
    _write_profile()
    manifests = note_manifests()
    response = dbtRunner().invoke(["compile", "--select", "test_type:data", *_QUIET])
    manifest = as_written(manifests[-1]) if manifests else {}
    results = getattr(response.result, "results", None) or []
    broken = [f"{item.node.name}: {item.message}" for item in results if str(item.status) not in ("success", "pass")]
    error = str(response.exception) if response.exception else "; ".join(broken)
    wanted = _unique_ids(manifest, arguments["tables"])
    tests = [
        {
            "name": str(item.node.name),
            "sql": str(item.node.compiled_code),
            "fail_calc": str(item.node.config.fail_calc),
            "error_if": str(item.node.config.error_if),
            "is_error": str(item.node.config.severity).lower() == "error",
        }
        for item in results
        if str(item.node.resource_type) == "test" and wanted & set(item.node.depends_on.nodes)
    ]
    return {
        "error": " ".join(error.split())[:1000],
        "tests": sorted(tests, key=lambda test: str(test["name"]))[:MAX_TESTS],
        "graph": graph.extract(manifest) if manifest else None,
    }


def parse(arguments: Mapping[str, Any]) -> dict[str, str]:
    """Read the dbt project in the current folder, and leave in `target/` what `compile_tests` reads first.

    Args:
        arguments: `now` (pinned instant).

    Returns:
        `error`, of dbt as a whole; empty = none.
    """
    from dbt.cli.main import dbtRunner

    pin_dbt(parse_pinned(arguments["now"]))
    _write_profile()
    return {"error": str(dbtRunner().invoke(["parse", *_QUIET]).exception or "")}


def run_tests(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Run compiled tests on warehouses, each opened for reading only, with locked settings.

    A test fails as in dbt: `fail_calc` over its rows meets `error_if`, and its severity is `error`. Each warehouse is
    a database instance of its own under one and the same path, and the tests run on it in a random order.

    Args:
        arguments: `tests` (of `compile_tests`), `warehouses` (paths below the current folder; one may come again).

    Returns:
        For each warehouse, in order: name of the test -> why it fails; tests that pass are absent.
    """
    if pinned := os.environ.get("PINNED_NOW"):  # a test on `system.main.now()` sees one instant as well
        pin_process_clock(parse_pinned(pinned))
    return {"alarms": [_run_all(path, arguments["tests"]) for path in arguments["warehouses"]]}


def _run_all(path: str, tests: list[dict[str, Any]]) -> dict[str, str]:
    found = {}
    config: dict[str, str | bool | int | float | list[str]] = {**_LOCKED, "threads": 2, "memory_limit": "2GB"}
    _WAREHOUSE.parent.mkdir()
    os.link(path, _WAREHOUSE)
    try:
        with duckdb.connect(_WAREHOUSE, read_only=True, config=config) as connection:
            _WAREHOUSE.unlink()  # SQL may read the file of its own database, and the file's times tell right from wrong
            for test in random.sample(tests, len(tests)):
                with connection.cursor() as session:
                    message = _run_one(session, test) if test["is_error"] else ""
                if message:
                    found[test["name"]] = message
    finally:
        remove_tree(_WAREHOUSE.parent)  # SQL may write profiles and read files where the warehouse spills
    return found


def _run_one(connection: duckdb.DuckDBPyConnection, test: Mapping[str, Any]) -> str:
    calculated = test["fail_calc"]
    query = (
        f"select {calculated}, coalesce({calculated} {test['error_if']}, false) from (\n{test['sql']}\n) as rows_found"
    )
    try:
        if len(duckdb.extract_statements(query)) != 1:
            return "It is not one query."
        with time_limit(connection, TEST_SECONDS):
            row = connection.execute(query).fetchone()
    except duckdb.InterruptException:
        return f"It ran longer than {TEST_SECONDS:g} s."
    except duckdb.Error as error:
        return " ".join(str(error).split())[:300]
    assert row is not None
    return f"Got {row[0]} results, configured to fail if {test['error_if']}"[:300] if row[1] else ""


def _unique_ids(manifest: Mapping[str, Any], tables: list[str]) -> set[str]:
    wanted = {table.lower() for table in tables}
    nodes = {**manifest.get("nodes", {}), **manifest.get("sources", {})}
    return {
        unique_id
        for unique_id, node in nodes.items()
        if f"{node.get('schema')}.{node.get('identifier') or node.get('alias') or node.get('name')}".lower() in wanted
    }


def _write_profile() -> None:
    """A profile of ours under the project's name for it: the project's own could open the doors again."""
    try:
        project = load_yaml(Path("dbt_project.yml").read_text(encoding="utf-8"))
    except yaml.YAMLError:
        project = None  # dbt says what is wrong with it
    name = str(project.get("profile", "default")) if isinstance(project, Mapping) else "default"
    output = {"type": "duckdb", "path": "data/warehouse.duckdb", "schema": "main", "threads": 2}
    shutil.rmtree(PROFILE_DIR, ignore_errors=True)
    Path(PROFILE_DIR).mkdir()
    content = {name: {"target": "warehouse", "outputs": {"warehouse": output | {"config_options": _LOCKED}}}}
    (Path(PROFILE_DIR) / "profiles.yml").write_text(yaml.safe_dump(content), encoding="utf-8")
