"""Versions of Dagster definitions: each changes one place, is Python, and has an id of its own."""

from pathlib import Path

import pytest

from evaluators.proof.definition_mutants import right_versions, wrong_versions

SOURCE = '''"""The night – with a letter of more than one byte."""
import dagster as dg
from runtime.steps import dbt, load

DAYS = dg.DailyPartitionsDefinition("2024-03-20")


@dg.asset(partitions_def=DAYS, retry_policy=dg.RetryPolicy(max_retries=3))
def carrier():
    load("carrier")  # – a dash before


@dg.asset(deps=[carrier], partitions_def=DAYS)
def staging():
    dbt("build", "--select", "path:models/staging")


defs = dg.Definitions(
    assets=[carrier, staging],
    schedules=[dg.ScheduleDefinition(job_name="nightly", cron_schedule="30 23 * * *", execution_timezone="UTC")],
)
'''


@pytest.fixture
def solution(tmp_path: Path) -> Path:
    folder = tmp_path / "dagster_project"
    folder.mkdir()
    (folder / "definitions.py").write_text(SOURCE, encoding="utf-8")
    return tmp_path


def test_each_wrong_version_is_python_and_differs_in_one_place(solution: Path) -> None:
    variants = wrong_versions(solution)
    assert len({variant.id for variant in variants}) == len(variants)
    for variant in variants:
        compile(variant.text, variant.path, "exec")
        assert variant.text != SOURCE
        assert variant.text == SOURCE.replace(variant.before, variant.after, 1) or SOURCE.count(variant.before) > 1
        assert variant.diff.count("@@") == 2, variant.id


def test_what_people_forget_is_forgotten_once_each(solution: Path) -> None:
    found = {(variant.operator, variant.line) for variant in wrong_versions(solution)}
    assert found == {
        ("lost_partitions_def", 8),
        ("lost_retry_policy", 8),
        ("too_few_retries", 8),
        ("lost_step", 10),
        ("swallowed_failure", 10),
        ("lost_deps", 13),
        ("lost_partitions_def", 13),
        ("lost_step", 15),
        ("swallowed_failure", 15),
        ("whole_project", 15),
        ("lost_schedules", 20),
        ("other_time", 20),
        ("lost_execution_timezone", 20),
    }


def test_a_swallowed_failure_keeps_the_step(solution: Path) -> None:
    (swallowed,) = (v for v in wrong_versions(solution) if v.id.endswith(":10:swallowed_failure"))
    assert "    try:\n        load('carrier')\n    except Exception:\n        pass  # – a dash before" in swallowed.text


def test_assets_the_other_way_round_mean_the_same(solution: Path) -> None:
    (version,) = right_versions(solution)
    assert "assets=[staging, carrier]," in version.text


def test_a_solution_without_definitions_has_no_versions(tmp_path: Path) -> None:
    assert wrong_versions(tmp_path) == []
    assert right_versions(tmp_path) == []
