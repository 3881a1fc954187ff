"""What only a build shows: each mistake is found at its task, in the form of the others."""

from pathlib import Path

import duckdb
import pytest

from authoring.check.build_level import check_keys, check_world_data
from authoring.check.check import Report, check, chosen_folders
from authoring.check.levels import check_further
from authoring.new_world.blank import write_blank_world
from benchmark.errors import LockgateError
from benchmark.registry import list_tasks
from evaluators.pipeline.gold import Gold

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


def test_a_key_that_two_rows_share_is_found_with_its_values(shop: Path, tmp_path: Path) -> None:
    [task] = list_tasks()
    rows = {
        "intermediate.int_order_lines_priced": "select i as order_id, 1 as line_number from range(3) as t (i)",
        "marts.daily_sales": "select date '2024-01-01' as ordered_on from range(2)",
        "marts.customers": "select i as customer_id from range(3) as t (i)",
    }
    for table, query in rows.items():
        duckdb.sql(query).write_parquet(str(tmp_path / f"{table}.parquet"))
    [found] = check_keys(task, Gold(tmp_path, {}), 7)
    assert (found.code, found.path, found.key) == ("LG602", shop / "tables.yaml", "tables.marts.daily_sales.key")
    assert found.message == "table 'marts.daily_sales': 2 rows have the key (2024-01-01) on seed 7"


def test_rows_that_move_are_found(shop: Path) -> None:
    [task] = list_tasks()
    assert list(check_world_data(task.world)) == []
    query = shop / "generate" / "orders.sql"
    query.write_text(f"select *, count(*) over () as n_orders from ({query.read_text()})")
    [found] = check_world_data(task.world)
    assert (found.code, found.path) == ("LG610", shop / "world.yaml")
    assert found.message.startswith("table 'orders': ")
    assert "rows move when scale doubles" in found.message


@pytest.mark.slow
def test_a_right_task_has_no_finding_and_wrong_ones_have_theirs(shop: Path) -> None:
    assert built().findings == ()
    start = shop / TASK / "start/dbt/models/intermediate/int_order_lines_priced.sql"
    right = (shop / "project/dbt/models/intermediate/int_order_lines_priced.sql").read_text()

    start.write_text(right.replace("where orders.status is", "where true and orders.status is"))
    assert {(found.code, found.path.name) for found in built().findings} == {("LG603", "task.yaml")}

    start.write_text(right.replace("orders.customer_id,", "null::bigint as customer_id,"))
    assert {found.code for found in built().findings} == {"LG604"}, "its customers' revenue no longer adds up"


@pytest.mark.slow
def test_a_start_that_fails_in_a_later_run_only_is_no_mistake(shop: Path) -> None:
    start = shop / TASK / "start/dbt/models/intermediate/int_order_lines_priced.sql"
    right = (shop / "project/dbt/models/intermediate/int_order_lines_priced.sql").read_text()
    start.write_text(
        right.replace("where orders.status", "where orders.ordered_on <= date '2024-01-14' and orders.status")
    )
    assert built().findings == ()
