"""Scenarios as tasks and authors meet them; the pipelines that fail them are in test_scenarios_bite.py."""

from pathlib import Path

import pytest
import yaml

from benchmark.errors import LockgateError, SpecError, UnknownNameError
from benchmark.generator_parameters import Dials
from benchmark.registry import get_task, get_world
from benchmark.task_folder import read_task
from evaluators.pipeline.runner import PipelineChain
from evaluators.preflight import check_task
from evaluators.scenarios import SCENARIOS, PipelineRun, Scenario, applicable_scenarios, days, get_scenario, in_order
from runtime.fork_client import ForkRuntime


class Week(Scenario):
    """An outsider's scenario: a run on day 1, and one a week later."""

    name = "week"
    question = "Is it right after a week without a run?"
    runs = days(1, 8)
    gold_runs = days(1, 8)
    gold_before = days(1)


class Flood(Week):
    """Needs what no world has."""

    name = "flood"
    runs = (PipelineRun(1), PipelineRun(2, "flood"))


PATH = f"{__name__}:Week"
FOR_ALL_KINDS = [name for name in SCENARIOS if get_scenario(name).kinds is None]


def test_every_scenario_says_what_gold_is() -> None:
    for name in SCENARIOS:
        scenario = get_scenario(name)
        assert scenario.name == name
        assert scenario.question.endswith("?")
        assert "Gold is" in (scenario.__doc__ or "")


def test_scenarios_come_in_the_order_of_reports() -> None:
    names = [scenario.name for scenario in in_order(("late", PATH, "day2", "visible", "late"))]
    assert names == ["visible", "day2", "late", "week"]


def test_unknown_scenarios_are_named() -> None:
    with pytest.raises(
        UnknownNameError, match=r"Unknown scenario 'flood'\. Known: bad_delivery, day2, day3, drift, faults"
    ):
        get_scenario("flood")
    with pytest.raises(LockgateError, match=r"cannot be loaded.*Give package\.module:Class"):
        get_scenario(f"{__name__}:Drought")


def copied_task(folder: Path, scenarios: list[str]) -> None:
    source = get_world("flights").folder / "tasks/flights_otp_scorecard"
    folder.mkdir(parents=True)
    content = yaml.safe_load((source / "task.yaml").read_text()) | {"scenarios": scenarios}
    (folder / "task.yaml").write_text(yaml.safe_dump(content))
    (folder / "instruction.md").write_text("# Ticket\n")


def test_a_task_is_refused_when_its_world_lacks_an_incident(tmp_path: Path) -> None:
    folder = tmp_path / "flights_otp_scorecard"
    copied_task(folder, ["visible", PATH, f"{__name__}:Flood"])
    task = read_task(folder, get_world("flights"))
    with pytest.raises(SpecError, match=r"key 'scenarios': scenario '.*:Flood' needs flood, which world flights"):
        check_task(task)
    assert [scenario.name for scenario in applicable_scenarios(task)] == [*FOR_ALL_KINDS, "week"]


def test_an_unscored_scenario_applies_to_every_task_of_the_world() -> None:
    task = get_task("flights_otp_scorecard")
    assert "late" not in task.spec.scenarios
    assert [scenario.name for scenario in applicable_scenarios(task)] == FOR_ALL_KINDS


def test_a_scenario_of_definitions_is_refused_for_a_task_about_models(tmp_path: Path) -> None:
    folder = tmp_path / "flights_otp_scorecard"
    copied_task(folder, ["visible", "outage"])
    with pytest.raises(SpecError, match=r"scenario 'outage' is for tasks of kind orchestrate; take it from the list"):
        check_task(read_task(folder, get_world("flights")))


def test_a_bad_delivery_compares_marts_alone() -> None:
    task = get_task("shop_accounts_differ")
    compared = get_scenario("bad_delivery").tables_of(task)
    assert {spec.stage for spec in compared.values()} == {"marts"}
    assert get_scenario("day2").tables_of(task) == task.scored_tables


@pytest.mark.slow
def test_runs_that_begin_alike_are_run_once_and_systems_follow(tmp_path: Path) -> None:
    """An empty pipeline does nothing in each run, but each run has the source systems that it asks for."""
    world = get_world("flights")
    project = tmp_path / "project"
    (project / "el").mkdir(parents=True)
    seen = []
    with ForkRuntime() as runtime:
        chain = PipelineChain(project, world, Dials(1, 2), runtime, tmp_path, tmp_path / "logs", lambda *_: None)
        with chain.started():
            for runs in (days(1), days(1, 2), (PipelineRun(1), PipelineRun(2, "late")), days(1, 1)):
                chain.state(runs)
                systems = chain._loads._systems.current
                assert systems is not None
                seen.append((systems.pid, systems.incident, systems.dials.day))
    assert [(incident, day) for _, incident, day in seen] == [("", 1), ("", 2), ("late", 2), ("", 1)]
    assert seen[0][0] == seen[1][0], "another day needs no new servers"
    assert len({pid for pid, _, _ in seen}) == 3
    folders = [path.name for path in tmp_path.iterdir() if path.name not in ("project", "systems", "logs")]
    assert len(folders) == 4, "a workspace for each sequence of runs"
    assert not any("late" in name or "run" in name for name in folders), "sandboxes see these names"
    names = [step.name for step in chain.state((PipelineRun(1), PipelineRun(2, "late"))).steps]
    assert names == ["load on day 1", "build on day 1", "load on day 2 (late)", "build on day 2 (late)"]
