"""Whatever the text of a submission does to what reads it: the whole project is built, and nothing of ours ends."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from evaluators.pipeline import reading
from evaluators.pipeline.plain.differences import Differences
from evaluators.pipeline.plain.jinja import NotPlainError
from evaluators.pipeline.reading import read_differences
from runtime.fork_client import ForkRuntime
from runtime.interface import Limits
from tests.helpers.plain_project import SCHEMAS, SOLUTION, graph

YAML, MODEL = "dbt/models/marts/_models.yml", "dbt/models/marts/lines.sql"
UNITS = "unit_tests: [{name: u, model: days, given: [], expect: {rows: []}}]"


def read(
    changes: Mapping[str, str | None], folder: Path, runtime: ForkRuntime, solution: Mapping[str, str] = SOLUTION
) -> Differences:
    for side, files in (("own", {**solution, **changes}), ("theirs", solution)):
        for name, text in files.items():
            if text is not None:
                path = folder / side / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
    return read_differences(folder / "own", folder / "theirs", graph(), SCHEMAS, runtime, folder / "log")


def test_what_differs_comes_back_as_it_was_found(tmp_path: Path, runtime: ForkRuntime) -> None:
    found = read({"dbt/models/marts/orders.sql": "select 1 as id, 2 as total"}, tmp_path, runtime)
    assert found.selected == ("models/marts/days.sql", "models/marts/orders.sql")
    assert {name.rsplit(".", 1)[-1] for name in found.same} == {"stg_orders", "lines"}
    assert Differences.from_json(found.as_json()) == found


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param(YAML, "models: [{name: lines, description: !!bool maybe}]", id="a value that is no truth"),
        pytest.param(YAML, "models: [{name: lines, description: !!int x}]", id="a value that is no number"),
        pytest.param(YAML, "models: [{name: lines, description: 2024-13-01}]", id="a day that is none"),
        pytest.param(YAML, "models: [{name: lines, data_tests: 1}]", id="data tests that are a number"),
        pytest.param(YAML, "models: [{name: lines, data_tests: {unique: {}}}]", id="data tests that are a mapping"),
        pytest.param(YAML, "models: [{name: lines, columns: [{name: id, data_tests: x}]}]", id="a test that is a word"),
        pytest.param(YAML, "models: " + "[" * 100_000, id="brackets"),
        pytest.param(YAML, "models: " + "{a: " * 20_000, id="mappings"),
        pytest.param(YAML, "a: &a [1]\nmodels: &m [*m]", id="a list that holds itself"),
        pytest.param(MODEL, "select " + "date (" * 60 + "1" + ")" * 60 + " as id", id="dates in dates"),
        pytest.param(MODEL, "select " + "(" * 40_000 + "1" + ")" * 40_000 + " as id", id="parentheses"),
        pytest.param(MODEL, "{{" + " " * 90_000 + "x", id="blanks"),
        pytest.param(
            MODEL, "{{ config(unique_key=[" + "'a'" + (" " * 40 + "'a'") * 40 + "x) }} select 1 as id", id="a list"
        ),
        pytest.param(MODEL, "select rowid as id from {{ ref('stg_orders') }}", id="where a row lies"),
    ],
)
def test_a_text_that_is_hard_to_read_is_not_plain(
    name: str, text: str, tmp_path: Path, runtime: ForkRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "LIMITS", Limits(wall_seconds=1))
    with pytest.raises(NotPlainError):
        read({name: text}, tmp_path, runtime)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("dbt/models/marts/_units.yml", UNITS),
        ("dbt/models/_exposures.yml", "exposures: [{name: e, type: dashboard, depends_on: [ref('days')]}]"),
        ("dbt/analyses/look.sql", "select * from {{ ref('days') }}"),
        ("dbt/macros/_macros.yml", "macros: [{name: cents, description: as in days}]"),
    ],
)
def test_what_still_names_a_model_that_is_gone_is_noticed(
    path: str, text: str, tmp_path: Path, runtime: ForkRuntime
) -> None:
    without = {"dbt/models/marts/days.sql": None, "dbt/tests/assert_days.sql": None}
    assert read(without, tmp_path / "without", runtime).named == frozenset()
    assert read(without, tmp_path / "with", runtime, {**SOLUTION, path: text}).named == {"days"}
