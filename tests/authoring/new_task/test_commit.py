"""A task from a project's history."""

import subprocess
from pathlib import Path

import pytest

from authoring.check.check import check
from authoring.new_task.commit import write_commit_task
from benchmark.errors import LockgateError
from benchmark.task_folder import read_task
from benchmark.world import World


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


@pytest.fixture
def history(shop: World) -> World:
    """A commit without the mart of customers and with another one of days, then one with both as they are."""
    mart = shop.project_dir / "dbt/models/marts"
    customers, days = (mart / "customers.sql").read_text(), (mart / "daily_sales.sql").read_text()
    test = shop.project_dir / "dbt/tests/assert_sales_add_up.sql"
    kept = test.read_text()
    (mart / "customers.sql").unlink()
    test.unlink()
    (mart / "daily_sales.sql").write_text(days.replace("count(distinct order_id)", "count(*)"))
    git(shop.folder, "init", "-q")
    git(shop.folder, "add", ".")
    git(shop.folder, "commit", "-qm", "Begin")
    (mart / "customers.sql").write_text(customers)
    (mart / "daily_sales.sql").write_text(days)
    test.write_text(kept)
    git(shop.folder, "add", ".")
    git(shop.folder, "commit", "-qm", "Orders are counted once\n\nThe sales team asked for a table of customers.")
    return shop


def test_the_start_is_what_was_there_before(history: World) -> None:
    made = write_commit_task(history, "shop_counted", "HEAD~1")
    task = read_task(made.folder, history)
    assert task.spec.title == "Orders are counted once"
    assert task.spec.start.remove == ("dbt/models/marts/customers.sql", "dbt/tests/assert_sales_add_up.sql")
    assert "count(*)" in (made.folder / "start/dbt/models/marts/daily_sales.sql").read_text()
    assert task.spec.scored == {"marts": ("marts.daily_sales", "marts.customers")}
    assert "asked for a table of customers" in task.instruction
    assert [found.code for found in check(["shop_counted"]).findings if not found.is_warning] == []


def test_what_cannot_be_is_told(history: World) -> None:
    with pytest.raises(LockgateError, match="is what it was at HEAD"):
        write_commit_task(history, "shop_counted", "HEAD")
    with pytest.raises(LockgateError, match="nowhere"):
        write_commit_task(history, "shop_counted", "nowhere")
    assert not (history.folder / "tasks" / "shop_counted").exists()
