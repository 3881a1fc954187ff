"""Data tests as the files of a project name them."""

from pathlib import Path

import pytest

from authoring.lineage.data_tests import DataTest, generic_test_name, read_data_tests
from authoring.lineage.project_graph import read_project

MODELS = """\
models:
  - name: ports
    data_tests:
      - unique_pair: {arguments: {columns: [port, day]}, config: {severity: warn}}
    columns:
      - name: port
        data_tests:
          - unique
          - not_null: {config: {enabled: false}}
          - accepted_values: {values: [A, B-1], description: Two ports.}
          - dbt_utils.not_empty: {name: "port: is said"}
"""
SOURCES = """\
sources:
  - name: ships
    schema: raw_ships
    tables:
      - name: arrivals
        identifier: arrived
        columns: [{name: arrival_id, tests: [not_null]}]
"""


def write(folder: Path, texts: dict[str, str]) -> dict[str, Path]:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return {name: folder / name for name in texts}


def found(folder: Path, **more: str) -> dict[tuple[str, str], DataTest]:
    files = write(
        folder,
        {
            "dbt/dbt_project.yml": "name: harbour\n",
            "dbt/models/_models.yml": MODELS,
            "dbt/models/_sources.yml": SOURCES,
            "dbt/models/stg.sql": "select * from {{ source('ships', 'arrivals') }}",
            "dbt/models/ports.sql": "select * from {{ ref('stg') }}",
            **{f"dbt/tests/{name}.sql": text for name, text in more.items()},
        },
    )
    return {(test.table, test.name): test for test in read_data_tests(files, read_project(files))}


def test_tests_of_models_and_sources_are_named_as_dbt_names_them(tmp_path: Path) -> None:
    tests = found(tmp_path)
    assert set(tests) == {
        ("main.ports", "unique_pair_ports_port__day"),
        ("main.ports", "unique_ports_port"),
        ("main.ports", "accepted_values_ports_port__A__B_1"),
        ("main.ports", "port_is_said"),
        ("raw_ships.arrived", "source_not_null_ships_arrivals_arrival_id"),
    }
    assert [name for (_, name), test in tests.items() if test.is_warning] == ["unique_pair_ports_port__day"]
    assert [name for (_, name), test in tests.items() if test.is_on_source] == [
        "source_not_null_ships_arrivals_arrival_id"
    ]
    assert tests["main.ports", "accepted_values_ports_port__A__B_1"].description == "Two ports."
    assert tests["main.ports", "unique_ports_port"].description == "dbt test unique of column port."


def test_a_query_is_a_test_of_the_table_that_is_made_from_most_others(tmp_path: Path) -> None:
    tests = found(
        tmp_path,
        both="select * from {{ ref('stg') }} join {{ ref('ports') }} using (port)",
        raw="{{ config(severity='warn') }} select * from {{ source('ships', 'arrivals') }}",
        off="{{ config(enabled=false) }} select * from {{ ref('stg') }}",
    )
    assert ("main.ports", "both") in tests
    assert tests["raw_ships.arrived", "raw"].is_on_source
    assert tests["raw_ships.arrived", "raw"].is_warning
    assert not any(name == "off" for _, name in tests)


@pytest.mark.parametrize(
    "content",
    [
        "models: 7\n",
        "models: [{name: ports, columns: 3, data_tests: {a: 1}}]\n",
        "models: [{name: ports, tests: [7]}]\n",
    ],
)
def test_odd_files_are_no_tests_and_no_error(tmp_path: Path, content: str) -> None:
    files = write(tmp_path, {"dbt/models/_m.yml": content, "dbt/models/ports.sql": "select 1 as a"})
    assert read_data_tests(files, read_project(files)) == []


def test_arguments_come_in_the_order_of_their_names() -> None:
    arguments = {"to": "ref('airlines')", "field": "airline_id", "column_name": "airline_id"}
    name = "relationships_flights_airline_id__airline_id__ref_airlines_"
    assert generic_test_name("relationships", "flights", arguments) == name
