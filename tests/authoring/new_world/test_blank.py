"""A world from nothing: without a mistake, and with one task that tells right from wrong."""

import json
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from authoring.check.check import check
from authoring.new_world.blank import write_blank_world
from authoring.new_world.new_folder import new_folder, world_place
from benchmark.errors import LockgateError
from benchmark.generator_parameters import Dials
from benchmark.registry import list_tasks
from sources.registry import load_sources


def test_it_has_no_mistake_and_says_its_own_name_everywhere(worlds: Path) -> None:
    write_blank_world(worlds / "tea_house")
    assert check().findings == ()
    assert [task.id for task in list_tasks()] == ["tea_house_missing_sales"]
    texts = [path.read_text() for path in worlds.rglob("*") if path.is_file()]
    assert not [text for text in texts if "WORLD_NAME" in text or "SCHEMAS/" in text]
    assert "letter_case" in (worlds / "tea_house" / "PLANTED.md").read_text()


def test_the_figures_of_its_ticket_are_those_of_its_data(worlds: Path) -> None:
    write_blank_world(worlds / "tea_house")
    day = load_sources("tea_house").generate(Dials(0, 14, 1))
    [prices] = [delivery.table for delivery in day.deliveries]
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        for name, table in [*day.tables.items(), ("office.prices", prices)]:
            connection.register(name.partition(".")[2], table)
        sold = (
            "select sum(pieces * price_cents) from orders join order_lines using (order_id) join prices "
            "on prices.product = order_lines.product and valid_from = date '2024-01-08' "
            "where ordered_at::date = date '2024-01-13'"
        )
        figures = [
            connection.execute(f"{sold} and {rule}").fetchall()[0][0]
            for rule in ("status is distinct from 'cancelled'", "status != 'cancelled'")
        ]
        assert figures == [32452, 14514]
        last = "select count(*) from orders where ordered_at::date = date '2024-01-14'"
        assert connection.execute(last).fetchall() == [(5,)]
    ticket = (worlds / "tea_house/tasks/tea_house_missing_sales/instruction.md").read_text()
    assert all(figure in ticket for figure in ("145.14", "324.52", "five customers"))


@pytest.mark.parametrize("name", ["Shop", "my-shop", "1shop", "", "../shop"])
def test_a_name_that_no_world_can_have_is_refused(worlds: Path, name: str) -> None:
    with pytest.raises(LockgateError, match="cannot be a name"):
        world_place(name, None)


def test_a_world_that_is_there_stays_as_it_is(worlds: Path) -> None:
    write_blank_world(worlds / "shop")
    (worlds / "shop" / "world.yaml").write_text("mine")
    with pytest.raises(LockgateError, match=r"There is .*shop already"):
        world_place("shop", None)
    with pytest.raises(LockgateError, match=r"There is .*shop already"):
        write_blank_world(worlds / "shop")
    assert (worlds / "shop" / "world.yaml").read_text() == "mine"


def test_nothing_is_left_of_what_fails(worlds: Path) -> None:
    def fail_half_way() -> None:
        with new_folder(worlds / "shop") as folder:
            (folder / "world.yaml").write_text("id: shop")
            raise LockgateError("half way")

    with pytest.raises(LockgateError, match="half way"):
        fail_half_way()
    assert list(worlds.iterdir()) == []


MAKE_AND_WAIT = """
import sys, time
from pathlib import Path
from authoring.new_world.new_folder import new_folder
with new_folder(Path(sys.argv[1])) as folder:
    (folder / "world.yaml").write_text("id: shop")
    print("ready", flush=True)
    time.sleep(600)
"""


def test_what_a_killed_process_left_is_removed_by_the_next_one_and_a_living_ones_stays(worlds: Path) -> None:
    worlds.mkdir(exist_ok=True)
    kept = [worlds / ".shop.notes123" / "mine.txt", worlds / ".shop.two.12345678" / "shop" / "a"]
    for path in kept:
        path.parent.mkdir(parents=True)
        path.write_text("mine")
    with subprocess.Popen(
        [sys.executable, "-c", MAKE_AND_WAIT, str(worlds / "shop")], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        (theirs,) = set(worlds.glob(".shop.????????")) - {kept[0].parent}
        with new_folder(worlds / "shop"):
            assert (theirs / "shop" / "world.yaml").is_file(), "its process lives"
        (worlds / "shop").rmdir()
        other.kill()
        other.wait()
        assert theirs.is_dir(), "killed with -9: nobody cleaned up"
    with new_folder(worlds / "shop") as folder:
        assert not theirs.exists()
        assert folder.is_dir()
    assert all(path.read_text() == "mine" for path in kept)
    assert sorted(path.name for path in worlds.iterdir()) == [".shop.notes123", ".shop.two.12345678", "shop"]


@pytest.mark.slow
def test_the_oracle_passes_its_task_and_the_idle_agent_does_not(
    worlds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    command = [sys.executable, "-m", "orchestration.cli"]
    subprocess.run([*command, "new", "world", "tea"], check=True)
    options = ["--tasks", "tea*", "--agent", "oracle", "--agent", "idle", "--holdout-seed", "1", "--json"]
    done = subprocess.run([*command, "run", *options], check=True, capture_output=True, text=True)
    cards = json.loads(done.stdout)["trials"]
    assert {card["trial"]["agent"]: card["success"] for card in cards} == {"oracle": True, "idle": False}
