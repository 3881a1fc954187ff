"""What dbt's parse of a solution leaves, kept: the first build of a copy reads it, and parses only what it has to."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from benchmark.cache import find_entry, new_entry, one_at_a_time
from benchmark.files import hash_folder, is_plain_folder, scratch_folder
from benchmark.paths import cache_dir
from benchmark.versions import tool_versions
from evaluators.pipeline.loads import WAREHOUSE, WORKSPACE
from evaluators.pipeline.run_keys import code_hash
from runtime.interface import ChildRequest, Limits, Runtime

COMPILED_BESIDE = "data/warehouse.duckdb"
"""The warehouse beside which data tests are compiled, relative to the dbt project."""
PARSED = "partial_parse.msgpack"
"""In the folder `target` of a dbt project; dbt holds it against the files, and against its own version."""
MAX_PARSED_BYTES = 64 * 1024**2
"""Of one that a submission's run left; 70 models have 2 MB."""
LIMITS = Limits(wall_seconds=300)


def parse_request(dbt: Path, environment: Mapping[str, str], log: Path) -> ChildRequest:
    """The job in which dbt reads a project and builds nothing; its answer is that of `runtime.jobs.build`.

    Args:
        dbt: The dbt project, in a workspace of its own; a warehouse appears beside it.
        environment: The pinned clock.
        log: For what dbt says.
    """
    return ChildRequest(
        entry="runtime.jobs.build:run",
        arguments={"warehouse": f"../{WAREHOUSE}", "now": environment["PINNED_NOW"], "command": ["parse"]},
        directory=dbt,
        log_path=log,
        environment={**environment, "WAREHOUSE_PATH": f"../{WAREHOUSE}"},
        limits=LIMITS,
        writable={WORKSPACE: dbt.parent},
    )


def _parse_tests_request(dbt: Path, environment: Mapping[str, str], log: Path) -> ChildRequest:
    """The same under the profile with which data tests are compiled: dbt takes over no parse of another one."""
    return replace(
        parse_request(dbt, environment, log),
        entry="runtime.jobs.data_tests:parse",
        arguments={"now": environment["PINNED_NOW"]},
        environment={**environment, "WAREHOUSE_PATH": COMPILED_BESIDE},
    )


def lay_parse(
    project: Path,
    runtime: Runtime,
    environment: Mapping[str, str],
    *,
    of: Path | None = None,
    for_data_tests: bool = False,
) -> None:
    """Put what dbt's parse leaves into a project, which then parses quicker; one that cannot be parsed stays as it is.

    Args:
        project: A laid project, in which nothing has run.
        runtime: Where dbt runs.
        environment: The pinned clock of some run.
        of: A solution that the project differs from in some files, whose parse it gets: dbt parses those files. None =
            the project itself. Its files run without walls.
        for_data_tests: Whether its data tests are to be compiled, by `runtime.jobs.data_tests`; else it is built.
    """
    solution = of or project
    code = code_hash(("runtime/dbt", "runtime/jobs/build.py", "runtime/jobs/data_tests.py"))
    place = hashlib.sha256(f"{hash_folder(solution)} {for_data_tests}".encode()).hexdigest()[:24]
    name = f"{place}-{tool_versions()['dbt-core']}-{code[:8]}"
    entry = cache_dir() / "parses" / name
    with one_at_a_time("parses", name):
        if not find_entry(entry):
            _parse(solution, runtime, environment, _parse_tests_request if for_data_tests else parse_request, entry)
    if (entry / PARSED).is_file() and (project / "dbt").is_dir():
        (project / "dbt/target").mkdir(exist_ok=True)
        shutil.copyfile(entry / PARSED, project / "dbt/target" / PARSED)


def take_over_parse(source: Path, workspace: Path) -> None:
    """Give a workspace what dbt's parse left in another one of the same submission; nothing where there is none.

    Args:
        source: A workspace in which the submission ran, and nothing runs any more.
        workspace: A copy of one (`benchmark.files.copy_plain_files`), in which dbt has not run.
    """
    target = workspace / "dbt/target"
    parsed = source / "dbt/target" / PARSED
    folders = (source / "dbt", source / "dbt/target")
    if os.path.lexists(target) or not all(is_plain_folder(folder) for folder in folders):
        return
    if parsed.is_symlink() or not parsed.is_file() or parsed.stat().st_size > MAX_PARSED_BYTES:
        return
    target.mkdir()
    shutil.copyfile(parsed, target / PARSED)


def _parse(
    project: Path,
    runtime: Runtime,
    environment: Mapping[str, str],
    request: Callable[[Path, Mapping[str, str], Path], ChildRequest],
    entry: Path,
) -> None:
    with scratch_folder("parse") as scratch:
        copy = scratch / "project"
        shutil.copytree(project, copy)
        runtime.run(request(copy / "dbt", environment, scratch / "parse.log"))
        parsed = copy / "dbt/target" / PARSED
        if parsed.is_file():
            with new_entry(entry) as folder:
                shutil.copyfile(parsed, folder / PARSED)
