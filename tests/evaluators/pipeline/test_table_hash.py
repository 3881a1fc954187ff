"""The hash of what tables follow from: data tests are no part of it, everything else is."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from evaluators.pipeline.table_hash import hash_of_tables

PROPERTIES = """
models:
  - name: days
    description: One row per day.
    config: {materialized: table}
    columns:
      - {name: day, data_tests: [unique]}
sources:
  - name: app
    tables: [{name: sales, tests: [{unique: {column_name: id}}], columns: [{name: id, data_tests: [not_null]}]}]
"""
PROJECT = {
    "el/app.yaml": "connection: app\n",
    "dbt/dbt_project.yml": "name: shop\ntest-paths: ['tests']\nmodel-paths: [models]\n",
    "dbt/models/days.sql": "select 1 as day",
    "dbt/models/_days.yml": PROPERTIES,
    "dbt/tests/assert_days.sql": "select 1 where false",
}


def hashed(folder: Path, files: Mapping[str, str]) -> str:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return hash_of_tables(folder)


@pytest.mark.parametrize(
    "other",
    [
        {"dbt/tests/assert_days.sql": "select 2"},
        {"dbt/tests/feeds/assert_more.sql": "select 2"},
        {"dbt/models/_days.yml": PROPERTIES.replace(", data_tests: [unique]", "")},
        {"dbt/models/_days.yml": PROPERTIES.replace("[not_null]", "[unique, {accepted_values: {values: [1]}}]")},
        {"dbt/models/_days.yml": PROPERTIES.replace("tests: [{unique: {column_name: id}}], ", "")},
        {"dbt/models/_days.yml": PROPERTIES + "unit_tests: [{name: one}]\n"},
        {"dbt/models/_days.yml": PROPERTIES + "# by hand\n"},
        {"dbt/models/_more.yml": "version: 2\nunit_tests: [{name: one}]\n"},
    ],
)
def test_data_tests_change_nothing(other: dict[str, str], tmp_path: Path) -> None:
    assert hashed(tmp_path / "one", PROJECT) == hashed(tmp_path / "other", PROJECT | other)


@pytest.mark.parametrize(
    "other",
    [
        {"el/app.yaml": "connection: other\n"},
        {"dbt/models/days.sql": "select 2 as day"},
        {"dbt/models/tests/more.sql": "select 1"},
        {"dbt/models/_days.yml": PROPERTIES.replace("table}", "view}")},
        {"dbt/models/_days.yml": PROPERTIES.replace("One row", "A row")},
        {"dbt/models/_days.yml": PROPERTIES.replace("config: {", "config: {tests: 1, ")},
        {"dbt/tests/generic/test_sum.sql": "{% test sum(model) %}{% endtest %}"},
        {"dbt/macros/days.sql": "{% macro days() %}{% endmacro %}"},
        {"dbt/seeds/days.csv": "day\n1\n"},
    ],
)
def test_everything_else_changes_it(other: dict[str, str], tmp_path: Path) -> None:
    assert hashed(tmp_path / "one", PROJECT) != hashed(tmp_path / "other", PROJECT | other)


@pytest.mark.parametrize(
    "project",
    [
        {"dbt/dbt_project.yml": "name: shop\ntest-paths: [tests, checks]\n"},
        {"dbt/dbt_project.yml": "name: shop\nmodel-paths: [models, tests/models]\n"},
        {"dbt/dbt_project.yml": "name: shop\nmacro-paths: ['.']\n"},
        {"dbt/dbt_project.yml": "name: shop\nmodel-paths: 3\n"},
        {"dbt/dbt_project.yml": "name: shop\nmacro-paths: tests\n"},
        {"dbt/dbt_project.yml": "- no mapping\n"},
        {"dbt/models/days.sql": "select {{ graph.nodes | length }} as day"},
    ],
)
def test_where_tables_could_depend_on_tests_they_count(project: dict[str, str], tmp_path: Path) -> None:
    files = PROJECT | project
    assert hashed(tmp_path / "one", files) != hashed(tmp_path / "other", files | {"dbt/tests/assert_days.sql": "x"})


def test_yaml_that_cannot_be_read_counts_as_it_is(tmp_path: Path) -> None:
    broken = PROJECT | {"dbt/models/_days.yml": "models: [\n"}
    mixed = PROJECT | {"dbt/models/_days.yml": "models: []\n1: a\nb: 2\n"}
    assert hashed(tmp_path / "a", broken) != hashed(tmp_path / "b", broken | {"dbt/models/_days.yml": "models: [ \n"})
    assert hashed(tmp_path / "c", mixed) != hashed(tmp_path / "d", PROJECT)
