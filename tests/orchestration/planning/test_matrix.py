"""A run as a matrix."""

from pathlib import Path

import pytest

from benchmark.errors import SpecError
from benchmark.registry import get_task
from orchestration.planning.matrix import RunMatrix, read_matrix


@pytest.mark.parametrize("name", ["idle", "null", '"null"'])
def test_the_idle_agent_is_known_by_its_earlier_name(tmp_path: Path, name: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(f"agents: [oracle, {name}]\n")
    assert read_matrix(path).agents == ("oracle", "idle")


def test_trials_of_the_earlier_name_are_those_of_the_idle_agent() -> None:
    matrix = RunMatrix(agents=("null",), tasks=("flights_otp_scorecard",))
    assert [trial.trial_id for trial in matrix.plan("r").trials] == ["flights_otp_scorecard--idle--1"]


def test_agents_that_are_no_list_of_names_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text("agents: [oracle, 7]\n")
    with pytest.raises(SpecError, match=r"key 'agents\.1'"):
        read_matrix(path)


def test_the_options_of_a_file_are_those_of_each_trial(tmp_path: Path) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(
        "agents: [oracle, saboteur]\ntasks: [flights_feeds]\nattempts: 2\nbudget: {steps: 7}\nscenarios: [visible]\n"
        "holdout_seed: 5\nagent_seed: 3\nhints: 0\nsandbox: none\ndays: 3\n"
    )
    trials = read_matrix(path).plan("r").trials
    assert [(trial.agent, trial.attempt, trial.agent_seed) for trial in trials] == [
        ("oracle", 1, 3),
        ("oracle", 2, 4),
        ("saboteur", 1, 3),
        ("saboteur", 2, 4),
    ]
    same = [(t.scenarios, t.holdout_seed, t.sandbox, t.days, t.hint_level, t.budget_changes) for t in trials]
    assert same == [(("visible",), 5, "none", 3, 0, (("steps", 7.0),))] * 4
    assert {trial.budget for trial in trials} == {get_task("flights_feeds").spec.budget.model_copy(update={"steps": 7})}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("hints: 4", r"line 1: key 'hints': .*3 \(got 4\)"),
        ("holdout_seed: 0", r"line 1: key 'holdout_seed': .*1 \(got 0\)"),
        ("budget: {steps: 0}", r"line 1: key 'budget\.steps'"),
        ("budget: {step: 1}", r"line 1: key 'budget\.step' is not known here"),
        ("scenarios: visible", r"line 1: key 'scenarios'"),
        ("model: openai/x", r"line 1: key 'model' is not known here"),
    ],
)
def test_an_option_that_cannot_be_is_refused_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "run.yaml"
    path.write_text(f"{line}\n")
    with pytest.raises(SpecError, match=said):
        read_matrix(path)
