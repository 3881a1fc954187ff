"""Bad input gets one clear message that names file, line and key."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from benchmark.connection import ConnectionSpec, read_connection
from benchmark.errors import SpecError
from benchmark.registry import list_tasks, list_worlds, select_tasks
from benchmark.tables import TablesFile
from benchmark.task import CANARY, TaskFile
from benchmark.yaml_files import read_spec

GOOD_TASK = """\
id: a_task
kind: impl
title: A task
difficulty: easy
scored:
  marts: [marts.orders]
"""


def read_task_text(tmp_path: Path, text: str) -> TaskFile:
    path = tmp_path / "task.yaml"
    path.write_text(text)
    return read_spec(path, TaskFile)


def test_a_good_task_file_is_read(tmp_path: Path) -> None:
    task = read_task_text(tmp_path, GOOD_TASK)
    assert task.scored == {"marts": ("marts.orders",)}
    assert task.scenarios == ("visible", "holdout", "rerun", "day2")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(GOOD_TASK + "colour: red\n", r"line 7: key 'colour' is not known", id="unknown key"),
        pytest.param(GOOD_TASK.replace("kind: impl", "kind: magic"), r"line 2: key 'kind'.*got 'magic'", id="bad kind"),
        pytest.param(GOOD_TASK.replace("title: A task\n", ""), r"key 'title' is missing", id="missing key"),
        pytest.param(GOOD_TASK + "id: other\n", r"line 7.*key 'id' is given twice", id="key twice"),
        pytest.param(GOOD_TASK + "tags: [\n", r"line \d+: not valid YAML", id="not YAML"),
        pytest.param("- a list\n", r"top level must be a mapping", id="a list"),
        pytest.param(GOOD_TASK + "budget: {steps: many}\n", r"line 7: key 'budget.steps'", id="wrong type, nested"),
        pytest.param(GOOD_TASK.replace("marts.orders", "orders"), r"key 'scored.marts.0'", id="table without schema"),
    ],
)
def test_a_bad_task_file_says_where(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(SpecError, match=message) as caught:
        read_task_text(tmp_path, text)
    assert "task.yaml" in str(caught.value)


def test_a_key_that_is_no_column_is_refused() -> None:
    with pytest.raises(ValueError, match="'id' is in key or tolerance but not in columns"):
        TablesFile.model_validate({"tables": {"marts.orders": {"stage": "marts", "key": ["id"], "columns": ["total"]}}})


def test_a_tolerance_needs_a_reason() -> None:
    table = {"stage": "marts", "columns": ["total"], "tolerance": {"total": {"relative": 0.01}}}
    with pytest.raises(ValueError, match="reason"):
        TablesFile.model_validate({"tables": {"marts.orders": table}})


CONNECTION = """\
connection: shop
source: postgres
config: {host: "${SHOP_HOST}", port: "${SHOP_PORT}"}
streams:
  - {name: orders, sync_mode: incremental, destination_sync_mode: append_dedup, primary_key: [id], cursor_field: at}
"""


def test_variables_are_filled_in(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(CONNECTION)
    spec = read_connection(path, {"SHOP_HOST": "127.0.0.1", "SHOP_PORT": "5432"})
    assert spec.config == {"host": "127.0.0.1", "port": "5432"}


def test_a_missing_variable_names_file_and_key(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text(CONNECTION)
    with pytest.raises(SpecError, match=r"shop.yaml: key 'config.port': variable SHOP_PORT is not set"):
        read_connection(path, {"SHOP_HOST": "127.0.0.1"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"source": "manifest"}, "key 'manifest' is needed", id="manifest missing"),
        pytest.param({"streams": []}, "streams", id="no streams"),
        pytest.param({"streams": [{"name": "a", "pattern": "*.csv", "format": "csv"}]}, "source files", id="pattern"),
        pytest.param({"streams": [{"name": "a", "destination_sync_mode": "append_dedup"}]}, "primary_key", id="dedup"),
        pytest.param({"streams": [{"name": "a", "sync_mode": "incremental"}]}, "cannot overwrite", id="overwrite"),
        pytest.param({"streams": [{"name": "a"}, {"name": "a"}]}, "listed twice", id="stream twice"),
    ],
)
def test_modes_that_do_not_fit_are_refused(change: dict[str, object], message: str) -> None:
    content = {"connection": "shop", "source": "postgres", "streams": [{"name": "orders"}], **change}
    with pytest.raises(ValueError, match=message):
        ConnectionSpec.model_validate(content)


def test_every_world_and_task_is_valid_and_carries_the_canary() -> None:
    assert {world.id for world in list_worlds()} >= {"flights"}
    tasks = list_tasks()
    assert len(tasks) >= 6
    for task in tasks:
        assert CANARY in (task.folder / "task.yaml").read_text(), task.id
        assert CANARY not in task.instruction, f"{task.id}: the agent must not be told"
        assert len(task.instruction) > 200, task.id


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("names: 3", "should be a list"),
        ("names: [a]\nn: x", "should be a valid integer"),
        ("by: 3", "should be a mapping"),
    ],
)
def test_messages_speak_of_yaml_not_of_python(tmp_path: Path, text: str, says: str) -> None:
    class Spec(BaseModel):
        names: tuple[str, ...] = ()
        by: dict[str, str] = {}
        n: int = 0

    path = tmp_path / "spec.yaml"
    path.write_text(text)
    with pytest.raises(SpecError, match=says):
        read_spec(path, Spec)


def test_a_kind_is_known_by_its_earlier_name(tmp_path: Path) -> None:
    assert read_task_text(tmp_path, GOOD_TASK.replace("kind: impl", "kind: quality")).kind == "data_tests"
    assert select_tasks(["kind:quality"]) == select_tasks(["kind:data_tests"]) != []
