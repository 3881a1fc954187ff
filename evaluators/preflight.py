"""What can be checked before anything runs: scenarios that do not exist, expectation suites that are not valid."""

from benchmark.errors import SpecError, UnknownNameError
from benchmark.task import Task
from evaluators.expectations.suite import read_suites
from evaluators.scenarios import get_scenario


def check_task(task: Task) -> None:
    """Check what a task and its world say about scenarios and expectations.

    Raises:
        SpecError: Names the file and what is wrong in it.
    """
    try:
        for name in task.spec.scenarios:
            missing = get_scenario(name).missing_incidents(task.world)
            if missing:
                problem = f"scenario '{name}' needs {', '.join(missing)}, which world {task.world.id} does not have"
                raise SpecError(task.folder / "task.yaml", [f"key 'scenarios': {problem}; take it from the list"])
    except UnknownNameError as error:
        raise SpecError(task.folder / "task.yaml", [f"key 'scenarios': {error}"]) from error
    read_suites(task.world.expectations_dir, task.world.tables)
