"""Keys of what is kept of a pipeline's runs: a hash of everything that its tables depend on."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache

from benchmark.files import hash_folder
from benchmark.generator_parameters import Dials
from benchmark.paths import REPOSITORY_DIR
from benchmark.versions import tool_versions
from benchmark.world import World
from evaluators.scenarios import Runs
from sources.generated_cache import fingerprint
from sources.incidents import incident_fingerprint
from sources.registry import load_sources

CODE = (
    "sources",
    "runtime/dbt/clock.py",
    "runtime/dbt/lock.py",
    "runtime/dbt/noted_manifest.py",
    "runtime/dbt/process_clock.py",
    "runtime/dbt/speed.py",
    "runtime/dbt/threads.py",
    "runtime/jobs/build.py",
    "runtime/jobs/export.py",
    "runtime/jobs/load.py",
    "runtime/jobs/take_load.py",
    "runtime/jobs/warehouse_objects.py",
    "runtime/parquet_types.py",
    "runtime/warehouse.py",
    "benchmark/connection.py",
    "benchmark/data_packages.py",
    "benchmark/delivered_files.py",
    "benchmark/delivery_schedule.py",
    "benchmark/duckdb_sql.py",
    "benchmark/durations.py",
    "benchmark/file_options.py",
    "benchmark/generator_parameters.py",
    "benchmark/given_system.py",
    "benchmark/http_auth.py",
    "benchmark/http_paging.py",
    "benchmark/http_records.py",
    "benchmark/http_system.py",
    "benchmark/mysql_system.py",
    "benchmark/mysql_types.py",
    "benchmark/incident_options.py",
    "benchmark/noise_rules.py",
    "benchmark/raw_schemas.py",
    "benchmark/source_systems.py",
    "benchmark/system_parts.py",
    "benchmark/world.py",
    "benchmark/world_data.py",
    "benchmark/yaml_files.py",
    "benchmark/yaml_guard.py",
    "evaluators/pipeline/cut_runs.py",
    "evaluators/pipeline/exports.py",
    "evaluators/pipeline/kept_builds.py",
    "evaluators/pipeline/kept_loads.py",
    "evaluators/pipeline/loads.py",
    "evaluators/pipeline/parsed_projects.py",
    "evaluators/pipeline/run_keys.py",
    "evaluators/pipeline/runner.py",
    "evaluators/pipeline/source_systems.py",
    "evaluators/pipeline/table_hash.py",
    "evaluators/scenarios/base.py",
)
"""Our code that tables depend on: what generates data, loads, builds and exports. A change there builds gold again."""


def run_key(world: World, dials: Dials, runs: Runs, pipeline: str) -> str:
    """The key of what a pipeline leaves after some runs.

    Args:
        world: Whose source systems it reads.
        dials: Seed, days and scale.
        runs: The runs; each has its own day.
        pipeline: Hash of its files.
    """
    content = {
        "world": hashlib.sha256((world.folder / "world.yaml").read_bytes()).hexdigest(),
        "generator": fingerprint(load_sources(world.id)),  # it may lie outside this repository
        "solution": pipeline,
        "seed": dials.seed,
        "history_days": dials.days,
        "scale": dials.scale,
        "runs": [(*run, incident_fingerprint(run.incident)) for run in runs],
        "code": code_hash(CODE),
        "versions": tool_versions(),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]


@lru_cache
def code_hash(names: tuple[str, ...]) -> str:
    """Hash of modules and folders of this repository, by their paths in it."""
    digest = hashlib.sha256()
    for name in names:
        path = REPOSITORY_DIR / name
        digest.update((hash_folder(path) if path.is_dir() else hashlib.sha256(path.read_bytes()).hexdigest()).encode())
    return digest.hexdigest()
