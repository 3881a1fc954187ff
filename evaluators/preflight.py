"""What can be checked before anything runs: scenarios that do not exist, suites and variables that are not valid."""

from __future__ import annotations

from pathlib import Path

from benchmark.cache_limit import limit_bytes
from benchmark.errors import SpecError, UnknownNameError
from benchmark.task import Task
from benchmark.world import World
from evaluators.expectations.suite import read_suites
from evaluators.pipeline.short_ways import takes_short_ways
from evaluators.scenarios import get_scenario


def check_variables() -> None:
    """Check variables of the environment that every trial reads, so that a slip does not leave each of them unscored.

    Raises:
        LockgateError: One has a value that it cannot have.
    """
    takes_short_ways()
    limit_bytes()


def check_task(task: Task) -> None:
    """Check what a task and its world say about scenarios and expectations.

    Raises:
        SpecError: Names the file and what is wrong in it.
    """
    Preflight().check(task)


class Preflight:
    """Checks of tasks; what is the same for all tasks of a world is looked at once."""

    def __init__(self) -> None:
        self._missing: dict[tuple[Path, str], list[str]] = {}
        self._suites: dict[Path, SpecError | None] = {}

    def check(self, task: Task) -> None:
        """Check a task, as `check_task`."""
        try:
            for name in task.spec.scenarios:
                kinds = get_scenario(name).kinds
                if kinds is not None and task.spec.kind not in kinds:
                    problem = f"scenario '{name}' is for tasks of kind {', '.join(sorted(kinds))}"
                    raise SpecError(task.folder / "task.yaml", [f"key 'scenarios': {problem}; take it from the list"])
                if missing := self._missing_incidents(task.world, name):
                    problem = f"scenario '{name}' needs {', '.join(missing)}, which world {task.world.id} does not have"
                    raise SpecError(task.folder / "task.yaml", [f"key 'scenarios': {problem}; take it from the list"])
        except UnknownNameError as error:
            raise SpecError(task.folder / "task.yaml", [f"key 'scenarios': {error}"]) from error
        if wrong_suite := self._suite_error(task.world):
            raise wrong_suite

    def _missing_incidents(self, world: World, scenario: str) -> list[str]:
        key = (world.folder, scenario)
        if key not in self._missing:
            self._missing[key] = get_scenario(scenario).missing_incidents(world)
        return self._missing[key]

    def _suite_error(self, world: World) -> SpecError | None:
        if world.folder not in self._suites:
            self._suites[world.folder] = None
            try:
                read_suites(world.expectations_dir, world.tables)
            except SpecError as error:
                self._suites[world.folder] = error
        return self._suites[world.folder]
