"""A broken model whose fault nobody but a reader of a mart notices."""

from pathlib import Path

import pytest

from authoring.check.check import check
from authoring.new_task.breaking import write_break_task
from benchmark.errors import LockgateError, UnknownNameError
from benchmark.task_folder import read_task
from benchmark.world import World


def test_what_cannot_be_broken_unseen_is_told(shop: World) -> None:
    with pytest.raises(LockgateError, match=r"No mart with a key is made from marts\.customers"):
        write_break_task(shop, "shop_broken", "customers")
    with pytest.raises(UnknownNameError, match="Unknown operator 'bound'"):
        write_break_task(shop, "shop_broken", "int_order_lines_priced", "bound")
    assert not (shop.folder / "tasks" / "shop_broken").exists()


@pytest.mark.slow
def test_the_fault_is_in_the_file_and_the_symptom_in_the_ticket(
    shop: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    made = write_break_task(shop, "shop_broken", "int_order_lines_priced")
    task = read_task(made.folder, shop)
    assert task.spec.kind == "repair"
    [path] = (made.folder / "start").rglob("*.sql")
    right = shop.project_dir / path.relative_to(made.folder / "start")
    wrong, good = path.read_text().split(), right.read_text().split()
    assert wrong != good
    assert "{{ ref('stg_shop__orders') }}" in path.read_text()
    assert "int_order_lines_priced" not in task.instruction
    assert "| shown | right |" in task.instruction
    assert [found.code for found in check(["shop_broken"]).findings if not found.is_warning] == []
