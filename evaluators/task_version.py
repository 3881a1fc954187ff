"""The version of a task: a hash that changes with every file that decides what the task is."""

from __future__ import annotations

import hashlib

from benchmark.files import hash_folder
from benchmark.task import Task


def task_version(task: Task) -> str:
    """Hash of the task, its world's project and tables, and what generates the world's data; 64 digits."""
    from sources.generated_cache import fingerprint  # both import duckdb
    from sources.registry import load_sources

    world = task.world
    parts = [hash_folder(task.folder), hash_folder(world.project_dir), fingerprint(load_sources(world.id))]
    parts += [(world.folder / name).read_text(encoding="utf-8") for name in ("world.yaml", "tables.yaml")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
