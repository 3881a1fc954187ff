"""A run configuration that cannot be is refused in one sentence that names the key."""

import json
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner
from dagster._cli import create_dagster_cli

WRONG: list[tuple[dict[str, Any], str]] = [
    ({"agnet": "idle"}, "key 'agnet' is not known here; did you mean 'agent'?"),
    ({"agent": "sabotur"}, "key 'agent': Unknown agent 'sabotur'"),
    ({"agent": 7}, "key 'agent': "),
    ({"budget": {"stepz": 7}}, "key 'budget.stepz' is not known here"),
    ({"budget": {"steps": -1}}, "key 'budget.steps': Input should be greater than 0 (got -1)"),
    ({"budget": {"cost_usd": 0.0}}, "key 'budget.cost_usd': Input should be greater than 0 (got 0.0)"),
    ({"budget": 7}, "key 'budget': "),
    ({"attempt": 0}, "key 'attempt': Input should be greater than or equal to 1 (got 0)"),
    ({"attempt": "many"}, "key 'attempt': "),
    ({"hint_level": 4}, "key 'hint_level': Input should be less than or equal to 3 (got 4)"),
    ({"holdout_seed": 0}, "key 'holdout_seed': "),
    ({"days": 0}, "key 'days': "),
    ({"fail_below": 1.5}, "key 'fail_below': "),
    ({"fail_below": -0.1}, "key 'fail_below': "),
    ({"scenarios": "visible"}, "key 'scenarios': "),
]


@pytest.mark.parametrize(("config", "said"), WRONG, ids=lambda value: json.dumps(value) if value else "")
@pytest.mark.parametrize("job", ["repair_ports", "suite"])
def test_a_value_that_cannot_be_is_one_sentence_before_the_run(
    defs: dg.Definitions, job: str, config: dict[str, Any], said: str
) -> None:
    with pytest.raises(dg.DagsterInvalidConfigError) as caught:
        dg.validate_run_config(defs.resolve_job_def(job), config)
    message = str(caught.value)
    assert message.startswith(f"Run configuration: {said}")
    assert len(message.splitlines()) == 1
    assert len(message) < 300


def test_every_wrong_key_is_named_at_once(defs: dg.Definitions) -> None:
    with pytest.raises(dg.DagsterInvalidConfigError) as caught:
        dg.validate_run_config(defs.resolve_job_def("repair_ports"), {"agnet": "x", "days": 0, "attempt": 0})
    assert [f"key '{key}'" in str(caught.value) for key in ("agnet", "days", "attempt")] == [True] * 3


def test_what_only_dagster_refuses_is_told_in_its_words(defs: dg.Definitions) -> None:
    """A whole number in quotes is one to us; Dagster wants it without."""
    with pytest.raises(dg.DagsterInvalidConfigError, match=r'^Run configuration: .*attempt.*"2"'):
        dg.validate_run_config(defs.resolve_job_def("repair_ports"), {"attempt": "2"})


def test_values_from_the_environment_are_checked_too(defs: dg.Definitions, monkeypatch: pytest.MonkeyPatch) -> None:
    job = defs.resolve_job_def("repair_ports")
    monkeypatch.setenv("ATTEMPT", "2")
    config = dg.validate_run_config(job, {"attempt": {"env": "ATTEMPT"}})
    assert config["ops"]["trial__repair_ports"]["config"]["attempt"] == 2
    monkeypatch.setenv("ATTEMPT", "0")
    with pytest.raises(dg.DagsterInvalidConfigError, match=r"key 'attempt': .* \(got 0\)"):
        dg.validate_run_config(job, {"attempt": {"env": "ATTEMPT"}})


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"holdout_seed": 9, "visible_seed": 9}, "The holdout seed 9 is the visible seed"),
        ({"hint_level": 2}, "Task repair_ports has no hints"),
        ({"run_id": "a/b"}, "Run id 'a/b' is not usable"),
    ],
)
def test_what_does_not_fit_the_task_fails_the_run_with_one_sentence(
    defs: dg.Definitions, config: dict[str, Any], said: str
) -> None:
    result = defs.resolve_job_def("repair_ports").execute_in_process(config, raise_on_error=False)
    assert not result.success
    failure = result.failure_data_for_node("trial__repair_ports")
    assert failure is not None
    assert failure.error is not None
    assert failure.error.cls_name == "Failure"
    assert failure.user_failure_data is not None
    assert str(failure.user_failure_data.description).startswith(said)


@pytest.mark.filterwarnings("ignore:Function `job_execute_command` is superseded")
@pytest.mark.parametrize("content", ["budget: {steps: -1}\n", "agnet: idle\n"], ids=["value", "key"])
def test_the_command_line_of_dagster_prints_one_sentence_and_starts_no_run(
    instance_home: Path, tmp_path: Path, content: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(instance_home))
    config = tmp_path / "config.yaml"
    config.write_text(content)
    arguments = ["job", "execute", "-m", "orchestration.definitions", "-j", "flights_feeds", "-c", str(config)]
    done = CliRunner().invoke(create_dagster_cli(), arguments)
    assert done.exit_code == 1
    assert isinstance(done.exception, SystemExit), "the sentence is printed; anything else would be a traceback"
    assert done.stderr.splitlines()[-1].startswith("Error: Run configuration: key '")
    with dg.DagsterInstance.from_config(str(instance_home)) as instance:
        assert instance.get_runs() == []
