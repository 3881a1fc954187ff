"""The files of a dbt project as text: never an exception, whatever is in them."""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from authoring.lineage.dbt_files import folder_config, parse_code, read_model_code, read_properties, read_yaml

PROJECT: dict[str, Any] = {
    "name": "shop",
    "models": {
        "+schema": "all",
        "shop": {
            "materialized": "view",
            "staging": {"+schema": "staging", "crm": {"+materialized": "table", "enabled": False}},
            "marts": {"+schema": "{{ target.name }}", "+alias": 7},
        },
        "other_package": {"+schema": "theirs"},
    },
    "seeds": "not a mapping",
    "snapshots": {"+schema": "history"},
}


@pytest.mark.parametrize(
    ("folders", "config"),
    [
        (("models",), {"schema": "all", "materialized": "view"}),
        (("models", "nosuch"), {"schema": "all", "materialized": "view"}),
        (("models", "staging"), {"schema": "staging", "materialized": "view"}),
        (("models", "staging", "crm"), {"schema": "staging", "materialized": "table", "enabled": False}),
        (("models", "staging", "erp", "crm"), {"schema": "staging", "materialized": "view"}),
        (("models", "marts"), {"schema": "all", "materialized": "view"}),
        (("seeds",), {}),
        (("tests",), {}),
        (("snapshots", "crm"), {"schema": "history"}),
    ],
    ids=lambda value: "/".join(value) if isinstance(value, tuple) else "",
)
def test_settings_of_deeper_folders_win(folders: tuple[str, ...], config: dict[str, Any]) -> None:
    assert folder_config(PROJECT, folders) == config


@pytest.mark.parametrize(
    ("text", "config"),
    [
        ("{{ config(materialized='table') }}", {"materialized": "table"}),
        ('{{ config(schema = "a", alias="b") }}{{ config(alias="c") }}', {"schema": "a", "alias": "c"}),
        ("{{ config(enabled=false) }}", {"enabled": False}),
        ("{{ config(enabled = var('x', True)) }}", {}),
        ("{{ config(target_schema='s') }}", {"target_schema": "s"}),
        ("{{ config(target_schema='s', schema='t') }}", {"target_schema": "s", "schema": "t"}),
        ("{{ config(post_hook=f(g('x')), schema='a') }} schema='b'", {"schema": "a"}),
        ("{# {{ config(schema='old') }} #} select 1", {}),
        ("select schema='x' from t", {}),
        ("{{ config(schema='a' }} and never closed alias='z'", {"schema": "a", "alias": "z"}),
        ("def model(dbt, session):\n    dbt.config(materialized='incremental')", {"materialized": "incremental"}),
    ],
)
def test_settings_of_a_file_are_those_in_the_brackets_of_config(text: str, config: dict[str, Any]) -> None:
    assert parse_code(text).config == config


PIECES = st.sampled_from(
    ["{{ ref('a') }}", "{{ source('x', 'y') }}", "{{ config(", ")", "{#", "#}", "'", '"', "(", "enabled=false", "\n",
     "{% snapshot s %}", "select 1", "\x00", "ref(", "schema='"]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=20).map("".join))
def test_code_of_any_shape_is_read(text: str) -> None:
    code = parse_code(text)
    assert code.references <= {"a"} or "ref" in text
    assert parse_code("{#" + text.replace("#}", "") + "#}").references == frozenset()


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=4)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "models",
                    "sources",
                    "tables",
                    "name",
                    "columns",
                    "data_tests",
                    "tests",
                    "config",
                    "relation",
                    "schema",
                ]
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=25,
)


@given(content=JSON)
def test_yaml_of_any_shape_is_read(content: object, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("any") / "models.yml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    problems: list[str] = []
    properties = read_properties(path, problems)
    assert all(isinstance(document.name, str) for document in properties.documents)
    assert all(isinstance(table.schema, str) for table in properties.sources)
    assert bool(problems) == (content is not None and not isinstance(content, dict))


def write(folder: Path, text: str) -> Path:
    path = folder / "models.yml"
    path.write_text(text)
    return path


def test_sources_have_schema_and_identifier_of_their_own_or_their_names(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "sources:\n- name: crm\n  schema: raw_crm\n  description: The\n    CRM.\n  tables:\n"
        "  - {name: people, identifier: PEOPLE_1}\n  - {name: calls, description: Calls.}\n- name: erp\n"
        "  tables: [{name: x}, {no: name}]\n",
    )
    found = [
        (item.source, item.table, item.schema, item.identifier, item.description)
        for item in read_properties(path, []).sources
    ]
    assert found == [
        ("crm", "people", "raw_crm", "PEOPLE_1", "The CRM."),
        ("crm", "calls", "raw_crm", "calls", "Calls."),
        ("erp", "x", "erp", "x", ""),
    ]


@pytest.mark.parametrize("key", ["data_tests", "tests"])
def test_constraints_and_other_tests_of_a_column_are_told_apart(tmp_path: Path, key: str) -> None:
    path = write(
        tmp_path,
        f"models: [{{name: a, columns: [{{name: id, data_type: bigint, {key}: [unique, not_null, "
        "{relationships: {to: x}}, {name: mine, accepted_values: {}}, 7, {}]}, {name: b}]}]",
    )
    (document,) = read_properties(path, []).documents
    key_column, other = document.columns
    assert (key_column.is_unique, key_column.is_nullable, key_column.data_type) == (True, False, "bigint")
    assert key_column.tests == ("mine", "relationships")
    assert (other.is_unique, other.is_nullable, other.tests, other.data_type) == (False, True, (), None)


def test_a_file_is_read_again_when_it_has_changed(tmp_path: Path) -> None:
    path = write(tmp_path, "models: [{name: a}]")
    assert [document.name for document in read_properties(path, []).documents] == ["a"]
    before = path.stat()
    write(tmp_path, "models: [{name: b}]")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000))
    assert [document.name for document in read_properties(path, []).documents] == ["b"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read: "),
        (b"\xff", "cannot be read: "),
        (b"a: [", "not valid YAML: "),
        (b"- a", "the top level is not a mapping"),
    ],
    ids=["missing", "no text", "broken", "list"],
)
def test_a_file_that_cannot_be_read_is_empty_and_named_in_one_line(
    tmp_path: Path, content: bytes | None, said: str
) -> None:
    path = tmp_path / "x.yml"
    if content is not None:
        path.write_bytes(content)
    for _ in range(2):
        problems: list[str] = []
        assert read_yaml(path, problems) == {}
        (problem,) = problems
        assert problem.startswith(f"{path}: {said}")
        assert "\n" not in problem


def test_code_that_cannot_be_read_is_empty_and_named(tmp_path: Path) -> None:
    problems: list[str] = []
    assert read_model_code(tmp_path, problems).references == frozenset()
    assert problems[0].startswith(f"{tmp_path}: cannot be read: ")
