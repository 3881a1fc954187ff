"""A run as a matrix."""

from pathlib import Path

import pytest

from benchmark.errors import SpecError
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
