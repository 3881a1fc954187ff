"""The steps that Dagster definitions call: `load` and `dbt`."""

from pathlib import Path

import pytest

from runtime import steps
from runtime.steps import StepError


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("el", "dbt", "dagster_project"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("PINNED_NOW", "2024-04-02T21:30:00Z")
    monkeypatch.chdir(tmp_path / "dagster_project")
    return tmp_path


def test_the_workspace_is_found_from_a_folder_inside_it(workspace: Path) -> None:
    assert steps.find_workspace() == workspace


def test_outside_of_a_workspace_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(StepError, match="is in no workspace"):
        steps.load("carrier")


def test_without_a_clock_one_sentence_says_so(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PINNED_NOW")
    with pytest.raises(StepError, match="PINNED_NOW is not set"):
        steps.load("carrier")


def test_a_connection_that_is_not_there_is_named(workspace: Path) -> None:
    (workspace / "el/carrier.yaml").write_text("connection: carrier\nsource: files\nconfig: {}\nstreams: []\n")
    with pytest.raises(StepError, match="carier"):
        steps.load("carier")


@pytest.mark.slow
def test_dbt_builds_in_the_warehouse_and_a_failed_test_raises(workspace: Path) -> None:
    import duckdb

    profile = "p: {target: t, outputs: {t: {type: duckdb, path: \"{{ env_var('WAREHOUSE_PATH') }}\"}}}\n"
    (workspace / "dbt/profiles.yml").write_text(profile)
    (workspace / "dbt/dbt_project.yml").write_text("name: p\nprofile: p\nversion: '1.0'\n")
    (workspace / "dbt/models").mkdir()
    (workspace / "dbt/models/today.sql").write_text("{{ config(materialized='table') }} select current_date as day")
    (workspace / "dbt/tests").mkdir()

    steps.dbt("build")
    with duckdb.connect(str(workspace / "warehouse.duckdb")) as connection:
        assert str(connection.execute("select day from today").fetchall()) == "[(datetime.date(2024, 4, 2),)]"

    (workspace / "dbt/tests/never.sql").write_text("select * from {{ ref('today') }}")
    with pytest.raises(StepError, match="never"):
        steps.dbt("build")
