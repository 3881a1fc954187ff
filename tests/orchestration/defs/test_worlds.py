"""A world's pipeline, materialized for real: day after day, with checks, rows, columns and lineage."""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from authoring.new_world.blank import write_blank_world
from benchmark.paths import home_dir
from orchestration.defs.build import build_definitions

pytestmark = pytest.mark.usefixtures("shared_servers")

LEDGER = Path(__file__).parents[2] / "cases" / "worlds" / "ledger"
MODELS = """\
models:
  - name: balances
    data_tests: [{one_row_each: {arguments: {columns: [account_id]}}}]
    columns:
      - {name: account_id, description: One account., data_tests: [unique, not_null]}
  - name: stg_books__entries
    columns: [{name: entry_id, data_tests: [not_null]}]
"""
TEST = """\
{% test one_row_each(model, columns) %}
select {{ columns | join(', ') }} from {{ model }} group by all having count(*) > 1
{% endtest %}
"""
SOURCES = """\
sources:
  - name: books
    schema: erp
    tables: [{name: accounts, columns: [{name: account_id, data_tests: [unique]}]}, {name: entries}]
"""
SEEN = """\
{{ config(materialized='incremental') }}
select current_date as day, count(*) as n from {{ source('books', 'entries') }}
"""


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A world whose tables are given, with data tests and a model that remembers; the folder of its project."""
    folder = tmp_path / "worlds" / "ledger"
    shutil.copytree(LEDGER, folder)
    shutil.rmtree(folder / "tasks")
    project = folder / "project"
    for name, text in {
        "models/marts/_models.yml": MODELS,
        "models/staging/_sources.yml": SOURCES,
        "models/marts/seen.sql": SEEN,
        "tests/generic/one_row_each.sql": TEST,
        "tests/assert_all_counted.sql": "select * from {{ ref('balances') }} where n_entries < 0",
    }.items():
        path = project / "dbt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(folder.parent))
    return project


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


class Made:
    """What a run of a day left."""

    def __init__(self, result: dg.ExecuteInProcessResult) -> None:
        self.result = result
        self.checks = {
            f"{item.asset_key.path[-1]}:{item.check_name}": item for item in result.get_asset_check_evaluations()
        }
        events = result.get_asset_materialization_events()
        self.tables: dict[str, Mapping[str, Any]] = {
            "/".join(event.asset_key.path[1:]): event.materialization.metadata for event in events if event.asset_key
        }

    @property
    def failure(self) -> str:
        """The message of the step that failed."""
        events = [event for event in self.result.all_events if event.is_step_failure]
        data = events[0].step_failure_data.user_failure_data
        return str(data.description) if data else str(events[0].step_failure_data.error)


def make(instance: dg.DagsterInstance, day: int | None, world: str = "ledger", **options: Any) -> Made:
    job = build_definitions().resolve_job_def(f"pipeline__{world}")
    key = None if day is None else str(day)
    return Made(job.execute_in_process(instance=instance, partition_key=key, raise_on_error=False, **options))


@pytest.mark.slow
def test_day_2_builds_on_day_1(ledger: Path, instance: dg.DagsterInstance) -> None:
    first, second = make(instance, 1), make(instance, 2)
    assert first.result.success
    assert second.result.success
    assert set(first.tables) == {
        "erp/accounts",
        "erp/entries",
        "staging/stg_books__entries",
        "marts/balances",
        "marts/seen",
    }
    rows = [made.tables["erp/entries"]["dagster/row_count"].value for made in (first, second)]
    assert rows[0] < rows[1]
    # An incremental model has a row of each day: the warehouse of day 2 begins as day 1 left it.
    assert [made.tables["marts/seen"]["dagster/row_count"].value for made in (first, second)] == [1, 2]
    balances = second.tables["marts/balances"]
    columns = {column.name: column for column in balances["dagster/column_schema"].value.columns}
    assert (columns["account_id"].description, columns["account_id"].constraints.unique) == ("One account.", True)
    assert columns["n_entries"].type == "BIGINT"
    lineage = balances["dagster/column_lineage"].value.deps_by_column
    assert [(dep.asset_key.path, dep.column_name) for dep in lineage["balance"]] == [
        (["ledger", "staging", "stg_books__entries"], "amount")
    ]
    link = "[stg\\_books\\_\\_entries.amount](/assets/ledger/staging/stg_books__entries)"
    assert f"| balance | {link} |" in balances["columns_from"].value
    assert balances["as_of"].value == "2024-01-07 20:00 UTC"
    assert "| account\\_id | title |" in balances["rows"].value
    assert {name: check.passed for name, check in second.checks.items()} == {
        "balances:one_row_each_balances_account_id": True,
        "balances:unique_balances_account_id": True,
        "balances:not_null_balances_account_id": True,
        "balances:assert_all_counted": True,
        "stg_books__entries:not_null_stg_books__entries_entry_id": True,
        "accounts:source_unique_books_accounts_account_id": True,
    }
    assert {check.partition for check in second.checks.values()} == {"2"}
    key = dg.AssetKey(["ledger", "marts", "seen"])
    assert instance.get_materialized_partitions(key) == {"1", "2"}


@pytest.mark.slow
def test_a_model_that_is_wrong_is_red_and_one_that_is_broken_fails_the_run(
    ledger: Path, instance: dg.DagsterInstance
) -> None:
    model = ledger / "dbt" / "models" / "marts" / "balances.sql"
    right = model.read_text()
    model.write_text(f"{right}\nunion all\n{right}")
    wrong = make(instance, 1)
    assert wrong.result.success
    check = wrong.checks["balances:unique_balances_account_id"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.ERROR)
    assert "configured to fail if" in str(check.description)
    assert "| unique\\_field | n\\_records |" in str(check.metadata["failing_rows"].value)
    assert "select" in str(check.metadata["sql"].value)

    model.write_text(right.replace("accounts.title", "accounts.titel"))
    broken = make(instance, 1)
    assert not broken.result.success
    assert "marts/balances" not in broken.tables
    assert "staging/stg_books__entries" in broken.tables
    assert broken.failure.startswith("1 of the tables were not built. model balances: ")
    assert "titel" in broken.failure
    after = make(instance, 2)
    assert "Day 2 of world ledger builds on day 1, which was not built to the end" in after.failure

    model.write_text(right)
    job = build_definitions().resolve_job_def("pipeline__ledger")
    alone = Made(
        job.execute_in_process(
            instance=instance, partition_key="1", asset_selection=[dg.AssetKey(["ledger", "marts", "balances"])]
        )
    )
    assert set(alone.tables) == {"marts/balances"}, "the author's change is taken, on the warehouse as it stands"
    assert alone.checks["balances:unique_balances_account_id"].passed


def test_a_day_needs_the_day_before(ledger: Path, instance: dg.DagsterInstance) -> None:
    made = make(instance, 2)
    assert not made.result.success
    assert made.failure.startswith("Day 2 of world ledger builds on day 1, which is not there (seed 0).")
    assert made.failure.endswith("Materialize partition 1 of the whole group ledger first.")
    marts = [dg.AssetKey(["ledger", "marts", "balances"])]
    made = make(instance, 1, asset_selection=marts)
    assert made.failure.startswith("Day 1 of world ledger is not loaded yet")


def test_a_scale_that_cannot_be_is_told(ledger: Path, instance: dg.DagsterInstance) -> None:
    config = {"resources": {"source_systems": {"config": {"scale": 0}}}}
    told = "Resource source_systems: key 'scale': give a number from 1 (got 0)."
    assert make(instance, 1, run_config=config).failure == told


def test_a_run_without_a_day_is_told_how_to_give_one(ledger: Path, instance: dg.DagsterInstance) -> None:
    assert make(instance, None).failure.startswith("Choose an as-of day: partition 1")


def test_connections_are_loaded_one_by_one_and_suites_are_checks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instance: dg.DagsterInstance
) -> None:
    """The world that `lockgate new world` writes, on another seed than the one that agents see."""
    write_blank_world(tmp_path / "worlds" / "corner")
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "worlds"))
    config = {"resources": {"source_systems": {"config": {"seed": 5}}}}
    made = make(instance, 1, "corner", run_config=config)
    assert made.result.success, made.failure
    graph = build_definitions().resolve_asset_graph()
    keys = {"/".join(key.path[1:]) for key in graph.get_all_asset_keys() if key.path[0] == "corner"}
    assert set(made.tables) == keys, "nothing stays grey"
    assert len(made.checks) == len([key for key in graph.asset_check_keys if key.asset_key.path[0] == "corner"])
    suite = next(check for name, check in made.checks.items() if name.endswith(":expectations"))
    assert suite.passed
    assert made.tables["shop/orders"]["records"].value == made.tables["raw_shop/orders"]["dagster/row_count"].value
    assert made.tables["shop/orders"]["seed"].value == "5"
    assert (home_dir() / "worlds" / "corner" / "seed-5" / "day-1" / "warehouse.duckdb").is_file()

    raw = dg.AssetKey(["corner", "raw_office", "prices"])
    stream = dg.AssetKey(["corner", "office", "prices"])
    again = make(instance, 1, "corner", run_config=config, asset_selection=[raw, stream])
    assert set(again.tables) == {"raw_office/prices", "office/prices"}
    assert (
        again.tables["raw_office/prices"]["dagster/row_count"] == made.tables["raw_office/prices"]["dagster/row_count"]
    )
