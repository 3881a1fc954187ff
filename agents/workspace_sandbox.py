"""Where agents work: a sandbox around the workspace, with the source systems and their drop folders."""

import os
from collections.abc import Sequence
from pathlib import Path

from agents.base import AgentContext
from benchmark.errors import LockgateError
from runtime.sandbox.interface import Sandbox, SandboxLimits, SandboxSpec
from runtime.sandbox.registry import open_sandbox as open_backend
from runtime.sandbox.visible_files import inside_environment

PROGRAMS_VARIABLE = "LOCKGATE_PROGRAMS"
"""Names folders with programs in their `bin/`, separated by colons, that command-line agents see read-only."""


def open_sandbox(context: AgentContext, programs: Sequence[Path] = ()) -> Sandbox:
    """A sandbox around the workspace of a trial; a context manager.

    Args:
        context: Of the trial.
        programs: Folders that it sees too, at the same path; their `bin/` come last on the PATH.
    """
    environment = {**context.environment, "WAREHOUSE_PATH": "../warehouse.duckdb", "DBT_PROFILES_DIR": "."}
    if context.sandbox == "none":
        # Without walls the usual home is the host's /tmp: trials would overwrite each other's configuration there.
        home = context.workspace.parent / "home"
        home.mkdir(exist_ok=True)
        environment["HOME"] = str(home.resolve())
    if programs:
        # Last: a Python environment among them must not hide the one that has dbt.
        path = [inside_environment({})["PATH"], *(str(folder / "bin") for folder in programs)]
        environment["PATH"] = os.pathsep.join(path)
    limits = SandboxLimits(wall_seconds=context.budget.wall_seconds)
    folders = {path: Path(path) for name, path in context.environment.items() if name.endswith("_DIR")}
    folders |= {str(folder): folder for folder in programs}
    spec = SandboxSpec(context.workspace, context.systems_pid, folders, environment, limits)
    return open_backend(context.sandbox, spec)


def find_programs() -> list[Path]:
    """The folders that the user named for command-line agents.

    Raises:
        LockgateError: One has no `bin`, or its path is not absolute.
    """
    folders = [Path(name) for name in os.environ.get(PROGRAMS_VARIABLE, "").split(os.pathsep) if name]
    for folder in folders:
        if not folder.is_absolute() or not (folder / "bin").is_dir():
            raise LockgateError(
                f"{PROGRAMS_VARIABLE} names '{folder}', which is not the absolute path of a folder with a bin/ in it. "
                "Name the folder above the programs, for example what `npm prefix -g` prints."
            )
    return folders
