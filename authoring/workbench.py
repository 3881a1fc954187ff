"""Source systems, a project and a warehouse to work on by hand, with the programs that a pipeline is run by.

Everything here is the author's own: nothing is walled. What agents left belongs in a sandbox.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from agents.tools.base import script
from agents.tools.pipeline import LOAD
from benchmark.errors import LockgateError
from benchmark.generator_parameters import Dials
from benchmark.paths import REPOSITORY_DIR, home_dir
from benchmark.task import Task
from benchmark.workspace import TICKET_NAME, lay_solution, lay_start
from benchmark.world import World
from runtime.dbt.clock import clock_environment
from sources.systems.client import SourceSystems

_PROGRAM = """\
#!/bin/sh
# {purpose}
set -a
. {environment}
set +a
cd {project}
exec {command} "$@"
"""
_SHELL_START = """\
[ -f ~/.bashrc ] && . ~/.bashrc
set -a
. {environment}
set +a
PS1='({name}) \\w $ '
"""


class Workbench:
    """A project on the source systems of one day.

    Args:
        world: Whose source systems.
        project: The folder with `el/` and `dbt/`.
        folder: For all that is written: the warehouse, dbt's own files, the programs.
        dials: Seed and days; the day to begin with.
    """

    def __init__(self, world: World, project: Path, folder: Path, dials: Dials) -> None:
        self.world = world
        self.project = project
        self.folder = folder
        self.warehouse = folder / "warehouse.duckdb"
        self._systems = SourceSystems(world.id, dials, folder / "systems")

    @property
    def dials(self) -> Dials:
        """Those that the source systems show now."""
        return self._systems.dials

    @property
    def told(self) -> dict[str, str]:
        """The source systems' own variables."""
        return dict(self._systems.environment)

    @property
    def environment(self) -> dict[str, str]:
        """What programs of the pipeline are told: source systems, clock, warehouse."""
        return {
            **self._systems.environment,
            **clock_environment(self.world.pinned_now(self.dials)),
            "WAREHOUSE_PATH": str(self.warehouse),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_PROFILES_DIR": str(self.project / "dbt"),
            "PATH": os.pathsep.join((str(self._programs), str(Path(sys.executable).parent), os.environ["PATH"])),
        }

    @contextmanager
    def started(self) -> Iterator[Workbench]:
        """Start the source systems; they end with the block."""
        with self._systems:
            self._write_programs()
            yield self

    def set_day(self, day: int) -> None:
        """Bring the source systems to a later day; the warehouse stays as it is."""
        self._systems.set_day(day)
        self._write_programs()

    def run(self, command: Sequence[str]) -> int:
        """Run a program in the project, with the terminal as it is; returns its exit code.

        Raises:
            LockgateError: There is no such program.
        """
        environment = {**os.environ, **self.environment}
        try:
            return subprocess.run(command, cwd=self.project, env=environment, check=False).returncode
        except OSError as error:
            raise LockgateError(f"'{command[0]}' cannot be run: {error.strerror}.") from error

    def empty_warehouse(self) -> None:
        """Begin with an empty warehouse, as a trial does."""
        for path in (self.warehouse, self.warehouse.with_name(f"{self.warehouse.name}.wal")):
            path.unlink(missing_ok=True)

    def load_and_build(self) -> bool:
        """Load every connection, then `dbt build`; True when both went well. Both say on the terminal what they do."""
        return self.run(["load"]) == 0 and self.run(["dbt", "build", "--quiet"]) == 0

    def shell(self) -> int:
        """A shell in the project until the person leaves it; returns its exit code."""
        return self.run(["bash", "--rcfile", str(self.folder / "shell_start"), "-i"])

    @property
    def _programs(self) -> Path:
        return self.folder / "bin"

    def _write_programs(self) -> None:
        """Write `load` and `dbt`, which read the surroundings anew each time, so that they follow the day."""
        self._programs.mkdir(parents=True, exist_ok=True)
        environment = self.folder / "environment"
        environment.write_text(_assignments(self.environment), encoding="utf-8")
        dbt = self.folder / "dbt_command.py"
        dbt.write_text(script("dbt"), encoding="utf-8")
        python = [sys.executable, "-W", "ignore"]
        for name, purpose, command in (
            ("load", "Load the connections of el/ into the warehouse.", [*python, *_load_options(self.warehouse)]),
            ("dbt", "dbt with the pinned clock.", [*python, str(dbt)]),
        ):
            program = self._programs / name
            text = _PROGRAM.format(
                purpose=purpose,
                environment=shlex.quote(str(environment)),
                project=shlex.quote(str(self.project)),
                command=f"env PYTHONPATH={shlex.quote(str(REPOSITORY_DIR))} {shlex.join(command)}",
            )
            program.write_text(text, encoding="utf-8")
            program.chmod(0o755)
        start = _SHELL_START.format(environment=shlex.quote(str(environment)), name=self.folder.name)
        (self.folder / "shell_start").write_text(start, encoding="utf-8")


@contextmanager
def open_workbench(
    world: World,
    dials: Dials,
    task: Task | None = None,
    *,
    is_solution: bool = False,
    project: Path | None = None,
    folder: Path | None = None,
) -> Iterator[Workbench]:
    """A started workbench below Lockgate's home: of a world's own project, or of a task's workspace.

    A world's project is worked on where it lies. A task's workspace is a copy, made anew each time.

    Args:
        world: The world.
        dials: Seed, days, day.
        task: Whose workspace; None = the world's project.
        is_solution: The task's solution in place of its start.
        project: Another project of the world.
        folder: For what is written; None = below Lockgate's home.

    Raises:
        LockgateError: Somebody else works on it.
        SourceSystemError: A source system does not start.
    """
    folder = folder or home_dir() / "try" / (task.id if task else world.id)
    with _only_one(folder):
        if task is not None:
            project = folder / "workspace"
            shutil.rmtree(project, ignore_errors=True)
            (lay_solution if is_solution else lay_start)(task, project)
            (project / TICKET_NAME).write_text(task.instruction, encoding="utf-8")
        with Workbench(world, project or world.project_dir, folder, dials).started() as bench:
            yield bench


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise LockgateError(
                f"Somebody works in {folder} already: leave the other shell first, or name another --directory."
            ) from error
        yield


def _load_options(warehouse: Path) -> list[str]:
    """What follows `python` to load `el/` into a warehouse."""
    options = LOAD[LOAD.index("-m") :]
    return [*options[: options.index("--warehouse")], "--warehouse", str(warehouse)]


def _assignments(environment: Mapping[str, str]) -> str:
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(environment.items()))
