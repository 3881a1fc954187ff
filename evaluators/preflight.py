"""What can be checked before anything runs: scenarios that do not exist, expectation suites that are not valid."""

from __future__ import annotations

from pathlib import Path

from benchmark.errors import SpecError, UnknownNameError
from benchmark.task import Task
from benchmark.world import World
from evaluators.expectations.suite import read_suites
from evaluators.scenarios import get_scenario


class Preflight:
    """Checks tasks; what those of one world share is read once."""

    def __init__(self) -> None:
        self._missing: dict[tuple[Path, str], list[str]] = {}
        self._suites: dict[Path, SpecError | None] = {}

    def check(self, task: Task) -> None:
        """Check what a task and its world say about scenarios and expectations.

        Raises:
            SpecError: Names the file and what is wrong in it.
        """
        try:
            for name in task.spec.scenarios:
                if missing := self._missing_incidents(name, task.world):
                    problem = f"scenario '{name}' needs {', '.join(missing)}, which world {task.world.id} does not have"
                    raise SpecError(task.folder / "task.yaml", [f"key 'scenarios': {problem}; take it from the list"])
        except UnknownNameError as error:
            raise SpecError(task.folder / "task.yaml", [f"key 'scenarios': {error}"]) from error
        if (problem_of_suites := self._problem_of_suites(task.world)) is not None:
            raise problem_of_suites

    def _missing_incidents(self, scenario: str, world: World) -> list[str]:
        if (world.folder, scenario) not in self._missing:
            self._missing[world.folder, scenario] = get_scenario(scenario).missing_incidents(world)
        return self._missing[world.folder, scenario]

    def _problem_of_suites(self, world: World) -> SpecError | None:
        if world.folder not in self._suites:
            try:
                read_suites(world.expectations_dir, world.tables)
                self._suites[world.folder] = None
            except SpecError as error:
                self._suites[world.folder] = error
        return self._suites[world.folder]


def check_task(task: Task) -> None:
    """Check one task, as `Preflight.check` does.

    Raises:
        SpecError: Names the file and what is wrong in it.
    """
    Preflight().check(task)
