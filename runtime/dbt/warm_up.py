"""Warming up a fork server: dbt compiles most of its serialisers at first use, so one tiny build goes ahead.

Measured on 74 nodes: a build in a child costs about 3 s of CPU after the imports alone, and about half after this.
"""

import contextlib
import gc
import io
import os
import tempfile
import threading
from pathlib import Path

from runtime.dbt.process_clock import find_clock_imports
from runtime.dbt.speed import quicken_dbt
from runtime.dbt.threads import use_one_thread

FILES = {
    "dbt_project.yml": """
name: warm_up
version: "1.0"
profile: warm_up
model-paths: [models]
snapshot-paths: [snapshots]
test-paths: [tests]
macro-paths: [macros]
flags: {send_anonymous_usage_stats: false}
""",
    "profiles.yml": """
warm_up:
  target: dev
  outputs: {dev: {type: duckdb, path: warm_up.duckdb, threads: 2}}
""",
    "macros/m.sql": "{% macro one() %}1{% endmacro %}",
    "models/a.sql": "select {{ one() }} as id, cast('2020-01-01' as timestamp) as changed_at",
    "models/b.sql": "{{ config(materialized='table') }} select * from {{ ref('a') }}",
    "models/c.sql": "{{ config(materialized='incremental', unique_key='id') }} select * from {{ ref('b') }} "
    "{% if is_incremental() %} where id > 0 {% endif %}",
    "models/_models.yml": """
models:
  - name: a
    description: A.
    columns:
      - name: id
        description: Key.
        data_tests: [unique, not_null]
  - name: b
    columns:
      - name: id
        data_tests:
          - accepted_values: {arguments: {values: [1], quote: false}}
sources:
  - name: main
    schema: main
    tables: [{name: a, columns: [{name: id, description: Key.}]}]
""",
    "snapshots/s.sql": "{% snapshot s %} {{ config(unique_key='id', strategy='timestamp', updated_at='changed_at') }} "
    "select * from {{ ref('b') }} {% endsnapshot %}",
    "tests/assert_a.sql": "select * from {{ ref('a') }} where id <> 1",
}


COMMAND = ["build", "--quiet", "--profiles-dir", ".", "--project-dir", "."]


def warm_dbt() -> None:
    """Build a tiny project twice in this process (the second time incrementally), and leave no thread behind.

    dbt's own cache of parsed Jinja is switched on: its 500 built-in macros are parsed here, once, not in each child.
    """
    from dbt.cli.main import dbtRunner
    from dbt.parser import models
    from dbt_common.tests import enable_test_caching

    enable_test_caching()
    quicken_dbt()
    use_one_thread()
    find_clock_imports()

    before = Path.cwd()
    n_threads = _count_threads()
    with tempfile.TemporaryDirectory(prefix="lockgate-warm-") as name, contextlib.redirect_stdout(io.StringIO()):
        for file, text in FILES.items():
            path = Path(name) / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.strip() + "\n", encoding="utf-8")
        os.chdir(name)
        original = models.py_extract_from_source
        models.py_extract_from_source = _decline
        try:
            for _ in range(2):
                result = dbtRunner().invoke(COMMAND)
                if not result.success:
                    raise RuntimeError(f"the warm-up build failed: {result.exception or result.result}")
        finally:
            os.chdir(before)
            models.py_extract_from_source = original
    close_adapter()
    if threading.active_count() > 1 or _count_threads() > n_threads:
        raise RuntimeError("the warm-up build left threads behind, so this process cannot fork")


def _decline(source: str) -> None:
    """Stand in for dbt's static parser, whose native threads would not exist in a fork: it would wait for ever.

    Unit tests and `ref` in YAML need the parser too, so the tiny project has neither.
    """
    from dbt_extractor import ExtractionError

    raise ExtractionError(source)


def _count_threads() -> int:
    """Threads of this process, native ones included."""
    return len(list(Path("/proc/self/task").iterdir()))


def close_adapter() -> None:
    """Close dbt's DuckDB. In a fork its threads would not exist, and a child that drops it would abort."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import reset_adapters

    environment = DuckDBConnectionManager._ENV
    if environment is not None:
        environment.close()
    DuckDBConnectionManager._ENV = None
    reset_adapters()
    gc.collect()
