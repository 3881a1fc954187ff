"""A seed of one's own gives no task that the world has already: nobody can have prepared for a private suite."""

from collections import Counter
from pathlib import Path

from authoring.generate.task_yaml import seed_of
from authoring.generate.ticket_choice import ChosenTickets
from authoring.generate.tickets import Ticket
from benchmark.world import read_world
from orchestration.generate import _made_otherwise
from tests.helpers.kiosk.world import write_kiosk


def task_yaml(seed: int) -> str:
    return f"# lockgate canary\n# Made by `lockgate generate kiosk --kind repair --seed {seed}`: a join.\nid: t\n"


def test_what_another_seed_or_a_person_made_is_left_out_and_what_this_one_made_is_made_again(tmp_path: Path) -> None:
    write_kiosk(tmp_path)
    for name, text in (("kiosk_a", task_yaml(1)), ("kiosk_b", task_yaml(7)), ("kiosk_c", "id: kiosk_c\n")):
        (tmp_path / "kiosk" / "tasks" / name).mkdir(parents=True)
        (tmp_path / "kiosk" / "tasks" / name / "task.yaml").write_text(text)
    known = _made_otherwise(read_world(tmp_path / "kiosk"), 7)
    assert known == {"kiosk_a", "kiosk_c", "kiosk_sales"}

    fallen: Counter[str] = Counter()
    asked: list[str] = []

    def rewrite(ticket: Ticket, _problems: object) -> Ticket:
        asked.append(ticket.title)
        return ticket

    tickets = ChosenTickets(fallen, rewrite, known)
    names = ("kiosk_a", "kiosk_b", "kiosk_c", "kiosk_d")
    written = {name: Ticket(f"Title of {name}", f"canary\nText about {name * 9}\n") for name in names}
    chosen = [name for name in names if tickets.choose(name, lambda _, name=name: written[name], lambda _: ())]  # type: ignore[misc]
    assert chosen == ["kiosk_b", "kiosk_d"]
    assert asked == ["Title of kiosk_b", "Title of kiosk_d"], "no model is paid for what is left out"
    assert fallen == {"the world has this task already": 2}


def test_the_seed_is_read_from_the_head_of_a_generated_task_alone() -> None:
    assert seed_of(task_yaml(8731942)) == 8731942
    assert seed_of("id: t\ntitle: Made by `lockgate generate shop --seed 1`\n") is None
