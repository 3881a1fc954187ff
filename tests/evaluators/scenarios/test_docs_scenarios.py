"""docs/scenarios.md says what is so."""

import re
import sys
from types import ModuleType
from typing import Any

import pytest

from benchmark.generator_parameters import Dials
from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_world
from evaluators.scenarios import SCENARIOS, Runs, Scenario, get_scenario
from sources.contract import Incident
from sources.flights import generate

PAGE = (REPOSITORY_DIR / "docs/scenarios.md").read_text()
WORDS = {
    "": "",
    "faults": " with faults",
    "recovered": " recovered",
    "drift": " with drift",
    "outage": " with an outage",
    "spoiled": " with a bad delivery",
}


def in_words(runs: Runs) -> str:
    if {run.incident for run in runs} == {"late"}:
        return f"{' and '.join(f'day {run.day}' for run in runs)}, rows held back"
    return ", ".join(f"day {run.day}{WORDS[run.incident]}" for run in runs)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_table_has_the_runs_of_every_scenario(name: str) -> None:
    scenario = get_scenario(name)
    runs, gold = in_words(scenario.runs), in_words(scenario.gold_runs)
    assert f"| `{name}` | {scenario.seed} | {runs} | {gold} |" in PAGE


@pytest.fixture
def examples(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The page's Python, as if it stood in `my_package.storm` and `my_package.week`."""
    names: dict[str, Any] = {"__name__": "my_package.storm"}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(block, names)
    for module_name in ("my_package", "my_package.storm", "my_package.week"):
        module = ModuleType(module_name)
        module.__dict__.update(names)
        monkeypatch.setitem(sys.modules, module_name, module)
    return names


def test_scenarios_of_the_page_can_be_made_as_written(examples: dict[str, Any]) -> None:
    from sources.incidents import get_incident

    world = get_world("flights")
    for path in ("my_package.week:Week", "my_package.storm:Storm"):
        scenario = get_scenario(path)
        assert isinstance(scenario, Scenario)
        assert scenario.missing_incidents(world) == []
    incident = get_incident("flights", get_scenario("my_package.storm:Storm").runs[1].incident)
    assert isinstance(incident, Incident)
    assert incident.change is not None
    shown = incident.change(generate(Dials(world.spec.visible_seed, world.spec.days)))
    assert shown.tables["weather.stations"].num_rows == 0
    assert shown.tables["weather.observations"].num_rows > 0


def test_agents_are_told_in_the_section_that_the_page_names() -> None:
    text = (get_world("flights").project_dir / "docs/sources.md").read_text()
    assert "## 4. What goes wrong at times" in text
