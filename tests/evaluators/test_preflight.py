"""What can be checked before anything runs; tasks of one world are told the same, and another world's are not."""

from pathlib import Path

import pytest

from benchmark.errors import SpecError
from evaluators.preflight import Preflight
from tests.helpers.kiosk.world import write_kiosk

BROKEN = {"project/expectations/marts.yaml": "stage: marts\nsuites: [{table: marts.nowhere, expectations: []}]\n"}


def test_a_broken_suite_refuses_every_task_of_its_world_and_no_other(tmp_path: Path) -> None:
    broken, sound = write_kiosk(tmp_path / "one", BROKEN), write_kiosk(tmp_path / "two")
    preflight = Preflight()
    preflight.check(sound)
    for _ in range(2):
        with pytest.raises(SpecError, match=r"one/kiosk/project/expectations/marts\.yaml"):
            preflight.check(broken)
    preflight.check(sound)


def test_a_scenario_that_the_world_does_not_have_is_the_task_s_problem(tmp_path: Path) -> None:
    task = write_kiosk(tmp_path)
    other = task.model_copy(update={"spec": task.spec.model_copy(update={"scenarios": ("visible", "nightly")})})
    preflight = Preflight()
    with pytest.raises(SpecError, match=r"task\.yaml: key 'scenarios': Unknown scenario 'nightly'"):
        preflight.check(other)
    preflight.check(task)
