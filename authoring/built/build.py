"""Loading and building a world's own pipeline on day 1, with what dbt says kept for reading."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from authoring.workbench import open_workbench
from benchmark.errors import LockgateError
from benchmark.paths import projects_dirs
from benchmark.world import World

_SHOWN_LINES = 12
_SHOWN_NAMES = 6


class BuiltWorld(NamedTuple):
    """What one load and one `dbt build` left."""

    warehouse: Path
    manifest: dict[str, Any]
    """dbt's."""
    failures: tuple[str, ...]
    """One sentence for each model, seed, snapshot or data test that is not right."""


def build_world(world: World, folder: Path, seed: int | None = None) -> BuiltWorld:
    """Load and build a world's project as agents' solutions are.

    Args:
        world: In a folder of worlds that is read; see `only_worlds_of`.
        folder: For all that is written; it is kept.
        seed: Of the data; None = the one that agents see.

    Raises:
        LockgateError: The load failed, or dbt cannot read the project.
        SourceSystemError: A source system does not start.
    """
    dials = world.spec.dials(seed)
    with open_workbench(world, dials, folder=folder) as bench:
        bench.empty_warehouse()
        for command, log in (("load", folder / "load.log"), ("dbt build", folder / "build.log")):
            code = bench.run(["sh", "-c", f'{command} > "{log}" 2>&1'])
            if code and command == "load":
                raise LockgateError(f"The load of {world.id} failed:\n{_end_of(log)}")
    results = folder / "target" / "run_results.json"
    manifest = folder / "target" / "manifest.json"
    if not results.is_file() or not manifest.is_file():
        raise LockgateError(f"dbt cannot build {world.project_dir / 'dbt'}:\n{_end_of(folder / 'build.log')}")
    failures = tuple(_failures(json.loads(results.read_text(encoding="utf-8"))))
    return BuiltWorld(folder / "warehouse.duckdb", json.loads(manifest.read_text(encoding="utf-8")), failures)


@contextmanager
def only_worlds_of(folder: Path) -> Iterator[None]:
    """Within the block the worlds are those of one folder, also for the processes that are started in it."""
    before = os.environ.get("LOCKGATE_PROJECTS")
    os.environ["LOCKGATE_PROJECTS"] = str(folder)
    try:
        assert projects_dirs()
        yield
    finally:
        if before is None:
            del os.environ["LOCKGATE_PROJECTS"]
        else:
            os.environ["LOCKGATE_PROJECTS"] = before


def _failures(results: dict[str, Any]) -> Iterator[str]:
    skipped = [result for result in results.get("results", []) if result["status"] == "skipped"]
    for result in results.get("results", []):
        status = str(result["status"])
        if status in ("error", "fail", "runtime error"):
            name = str(result["unique_id"]).split(".", 2)[-1]
            message = " ".join(str(result.get("message") or "").split())
            yield f"{name}: {status}{f', {message[:300]}' if message else ''}"
    if skipped:
        names = [str(result["unique_id"]).split(".", 2)[-1] for result in skipped]
        shown = f"{', '.join(names[:_SHOWN_NAMES])}{', ...' if len(names) > _SHOWN_NAMES else ''}"
        yield f"{len(names)} that come after these were not built or tested: {shown}"


def _end_of(log: Path) -> str:
    """The last lines that say something."""
    text = log.read_text(encoding="utf-8", errors="replace") if log.is_file() else ""
    lines = [re.sub(r"^\d\d:\d\d:\d\d\s+", "", line) for line in text.splitlines() if line.strip(" ─━│┃┏┓┗┛┡┩└┘┴┬╇┳┻")]
    return "\n".join(lines[-_SHOWN_LINES:]) or "it said nothing."
