"""The local instance: made where it is missing, kept where it is, and used as its file says."""

import logging
from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager

from benchmark.paths import dagster_home
from orchestration.dagster_instance.config import ensure_instance, ui_command
from orchestration.dagster_instance.dev_server import _is_for_users


def test_the_folder_is_that_of_dagsters_variable_else_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert ensure_instance() == dagster_home()
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "a/b"))
    assert ensure_instance() == tmp_path / "a/b"
    assert (tmp_path / "a/b/dagster.yaml").is_file()


@pytest.mark.parametrize(("n_processors", "n_runs"), [(None, 1), (1, 1), (2, 1), (8, 4)])
def test_the_ui_starts_as_many_runs_at_once_as_half_the_processors(
    monkeypatch: pytest.MonkeyPatch, n_processors: int | None, n_runs: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: n_processors)
    content = yaml.safe_load((ensure_instance() / "dagster.yaml").read_text())
    assert content["concurrency"]["runs"]["max_concurrent_runs"] == n_runs


def test_dagster_takes_the_file_and_sends_and_captures_nothing(instance_home: Path) -> None:
    with dg.DagsterInstance.from_config(str(instance_home)) as instance:
        assert instance.telemetry_enabled is False
        assert instance.nux_enabled is False
        assert isinstance(instance.compute_log_manager, NoOpComputeLogManager)
        assert instance.python_log_level == "INFO"


def test_the_ui_is_served_by_this_python_on_the_port() -> None:
    command = ui_command(3456)
    assert Path(command[0]).name.startswith("python")
    assert command[-1] == "3456"


def test_the_note_that_a_user_cannot_act_on_is_left_out_of_the_log_of_the_ui() -> None:
    def record(text: str, *values: object) -> logging.LogRecord:
        return logging.LogRecord("dagster", logging.WARNING, "x.py", 1, text, values, None)

    assert not _is_for_users(record("Found a dagster instance configuration value in %s", "dagster.yaml"))
    assert _is_for_users(record("Code server for %s died", "orchestration.definitions"))
