"""What only a build shows: each mistake is found at its task, in the form of the others."""

from pathlib import Path

import pytest

from authoring.check.check import Report, check, chosen_folders
from authoring.check.levels import check_further
from authoring.new_world.blank import write_blank_world
from benchmark.errors import LockgateError

TASK = "tasks/shop_missing_sales"


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path / "worlds"))
    write_blank_world(tmp_path / "worlds" / "shop")
    return tmp_path / "worlds" / "shop"


def built(level: str = "build") -> Report:
    return check_further(check(), chosen_folders([]), level, lambda _tasks: [])


def test_the_first_level_reads_files_alone(shop: Path) -> None:
    assert built("spec") == check()


def test_what_is_wrong_in_its_files_is_not_built(shop: Path) -> None:
    """Fast: nothing is started."""
    path = shop / "tables.yaml"
    path.write_text(path.read_text().replace("marts.customers:", "marts.customer:"))
    assert built() == check()
    assert built().n_errors


def test_a_world_that_is_not_run_is_told(shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_blank_world(tmp_path / "elsewhere" / "other")
    with pytest.raises(LockgateError, match="other is not among the worlds that are run"):
        check_further(check([str(shop)]), [tmp_path / "elsewhere" / "other"], "build", lambda _tasks: [])


@pytest.mark.slow
def test_a_right_task_has_no_finding_and_wrong_ones_have_theirs(shop: Path) -> None:
    assert built().findings == ()
    start = shop / TASK / "start/dbt/models/intermediate/int_order_lines_priced.sql"
    right = (shop / "project/dbt/models/intermediate/int_order_lines_priced.sql").read_text()

    start.write_text(right.replace("where orders.status is", "where true and orders.status is"))
    assert {(found.code, found.path.name) for found in built().findings} == {("LG603", "task.yaml")}

    start.write_text(right.replace("orders.customer_id,", "null::bigint as customer_id,"))
    assert {found.code for found in built().findings} == {"LG604"}, "its customers' revenue no longer adds up"

    path = shop / "tables.yaml"
    path.write_text(path.read_text().replace("key: [ordered_on]", "key: [n_orders]"))
    assert "LG602" in {found.code for found in built().findings}
