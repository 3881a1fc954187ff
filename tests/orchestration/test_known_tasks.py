"""A seed of one's own gives no task that the world has already: nobody can have prepared for a private suite."""

from collections import Counter
from pathlib import Path
from typing import cast

from authoring.generate.task_yaml import seed_of
from authoring.generate.ticket_choice import ChosenTickets
from authoring.generate.world_runs import WorldRuns
from benchmark.world import World, read_world
from orchestration.generate import Wanted, _Making, _written
from tests.helpers.kiosk.world import write_kiosk


def task_yaml(seed: int) -> str:
    return f"# lockgate canary\n# Made by `lockgate generate kiosk --kind repair --seed {seed}`: a join.\nid: t\n"


def world_with(folder: Path, tasks: dict[str, str]) -> World:
    write_kiosk(folder)
    for name, text in tasks.items():
        (folder / "kiosk" / "tasks" / name).mkdir(parents=True)
        (folder / "kiosk" / "tasks" / name / "task.yaml").write_text(text)
    return read_world(folder / "kiosk")


def test_what_another_seed_or_a_person_made_is_left_out_and_what_this_one_made_is_made_again(tmp_path: Path) -> None:
    there = {"kiosk_a": task_yaml(1), "kiosk_b": task_yaml(7), "kiosk_c": "id: kiosk_c\n"}
    original, copy = world_with(tmp_path / "there", there), world_with(tmp_path / "copy", {})
    fallen: Counter[str] = Counter()
    making = _Making(
        cast("WorldRuns", None), Wanted(copy, "repair", 9, 7, None), original, fallen, ChosenTickets(fallen)
    )

    def write(name: str, folder: Path, _parents: Path) -> Path | None:
        if name == "no ticket":
            return None
        (folder / name).mkdir()
        (folder / name / "task.yaml").write_text(task_yaml(7))
        return folder / name

    made = list(_written(write, ["kiosk_a", "kiosk_b", "no ticket", "kiosk_c", "kiosk_d"], making))
    assert [place.name for place in made] == ["kiosk_b", "kiosk_d"]
    assert fallen == {"the world has this task already": 2}
    left = {path.name for path in (copy.folder / "tasks").iterdir()}
    assert left == {"kiosk_sales", "kiosk_b", "kiosk_d"}


def test_the_seed_is_read_from_the_head_of_a_generated_task_alone() -> None:
    assert seed_of(task_yaml(8731942)) == 8731942
    assert seed_of("id: t\ntitle: Made by `lockgate generate shop --seed 1`\n") is None
