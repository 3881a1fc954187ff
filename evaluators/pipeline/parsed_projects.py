"""What dbt's parse of a solution leaves, kept: the first build of a copy reads it, and parses only what it has to."""

from __future__ import annotations

import shutil
from pathlib import Path

from benchmark.cache import find_entry, new_entry
from benchmark.files import hash_folder, scratch_folder
from benchmark.paths import cache_dir
from benchmark.versions import tool_versions
from evaluators.pipeline.loads import WAREHOUSE
from evaluators.pipeline.run_keys import code_hash
from runtime.interface import ChildRequest, Limits, Runtime

PARSED = "partial_parse.msgpack"
"""In the folder `target` of a dbt project; dbt holds it against the files, and against its own version."""
LIMITS = Limits(wall_seconds=300)


def lay_parse(project: Path, runtime: Runtime, environment: dict[str, str]) -> None:
    """Put what dbt's parse leaves into a project, which then parses quicker; one that cannot be parsed stays as it is.

    Args:
        project: A laid solution, in which nothing has run. Its files run without walls.
        runtime: Where dbt runs.
        environment: The pinned clock of some run.
    """
    code = code_hash(("runtime/dbt", "runtime/jobs/build.py"))
    entry = cache_dir() / "parses" / f"{hash_folder(project)[:24]}-{tool_versions()['dbt-core']}-{code[:8]}"
    if not (find_entry(entry) and (entry / PARSED).is_file()):
        _parse(project, runtime, environment, entry)
    if (entry / PARSED).is_file():
        (project / "dbt/target").mkdir(exist_ok=True)
        shutil.copyfile(entry / PARSED, project / "dbt/target" / PARSED)


def _parse(project: Path, runtime: Runtime, environment: dict[str, str], entry: Path) -> None:
    with scratch_folder("parse") as scratch:
        copy = scratch / "project"
        shutil.copytree(project, copy)
        arguments = {"warehouse": f"../{WAREHOUSE}", "now": environment["PINNED_NOW"], "command": ["parse"]}
        clock = {**environment, "WAREHOUSE_PATH": f"../{WAREHOUSE}"}
        log = scratch / "parse.log"
        runtime.run(
            ChildRequest("runtime.jobs.build:run", arguments, copy / "dbt", log, environment=clock, limits=LIMITS)
        )
        parsed = copy / "dbt/target" / PARSED
        if parsed.is_file():
            with new_entry(entry) as folder:
                shutil.copyfile(parsed, folder / PARSED)
