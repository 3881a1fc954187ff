"""Which checks a task has, by the suites of its world."""

from pathlib import Path

import pytest

from benchmark.registry import get_task
from benchmark.task import Task
from orchestration.dagster_ui.names import expectations_stages, table_key
from tests.helpers.kiosk.world import write_kiosk

SUITE = "suites: [{table: marts.takings, expectations: []}]\n"


@pytest.mark.parametrize(
    ("files", "stages"),
    [
        ({}, []),
        ({"a.yaml": SUITE}, ["marts"]),
        (
            {"a.yml": SUITE, "b.yaml": "suites: [{table: raw_kiosk.sales}, {table: raw_kiosk.items}]\n"},
            ["raw", "marts"],
        ),
        ({"a.yaml": "suites: [{table: marts.nosuch}]\n"}, []),
        ({"a.yaml": "suites:\n"}, []),
        ({"a.yaml": "suites: [marts.takings]\n", "b.yaml": "- no mapping\n", "c.yaml": "suites: [\n"}, []),
        ({"a.json": SUITE}, []),
    ],
    ids=["none", "one", "two", "unscored table", "empty", "odd files", "other suffix"],
)
def test_stages_with_a_suite_on_a_scored_table_are_listed_upstream_first(
    tmp_path: Path, files: dict[str, str], stages: list[str]
) -> None:
    """A file that is not valid is the evaluation's to report: the names are only made where one is."""
    task = write_kiosk(tmp_path, {f"project/expectations/{name}": text for name, text in files.items()})
    assert task.world.expectations_dir == tmp_path / "kiosk/project/expectations"
    assert expectations_stages(task) == stages


def test_a_task_of_data_tests_has_no_expectations() -> None:
    assert expectations_stages(get_task("flights_report_contract")) == []


def test_the_key_of_a_table_splits_at_its_schema_alone(task: Task) -> None:
    assert table_key(task, "marts.ports.v2").path == ["repair_ports", "marts", "ports.v2"]
