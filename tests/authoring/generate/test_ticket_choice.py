"""Choosing a ticket: none is like another one of the same generation."""

import re
from collections import Counter

from authoring.generate.ticket_choice import ChosenTickets
from authoring.generate.tickets import Ticket
from benchmark.registry import list_tasks

COLUMNS = "\n".join(
    f"| `{name}_cents` | Cents of {name} in the month, after all that was given back. |" for name in "abcdefgh"
)


def ticket(title: str, opening: str, columns: str = COLUMNS) -> Ticket:
    return Ticket(title, f"# {title}\n\n{opening}\n\n## Columns\n\n{columns}\n")


def test_a_ticket_that_shares_most_of_its_text_with_another_falls() -> None:
    """The rule is that of `lockgate check`, which counts definitions as well as sentences."""
    fallen: Counter[str] = Counter()
    chosen = ChosenTickets(fallen)
    first = ticket("Months for the bank", "The bank asks for a table of months, which nobody has made yet.")
    assert chosen.choose("a_task", lambda _: first, lambda _: ()) is first
    second = ticket("Sums that finance wants", "Every quarter finance types these sums into a sheet by hand.")
    assert chosen.choose("a_task", lambda _: second, lambda _: ()) is None
    assert fallen == {"the ticket is like another": 1}
    other = ticket(
        "Sums that finance wants", "Every quarter finance types these sums into a sheet by hand.", "| `x` | A day. |"
    )
    assert chosen.choose("a_task", lambda _: other, lambda _: ()) is other


def test_a_number_is_given_once() -> None:
    chosen = ChosenTickets(Counter())
    first = Ticket("Months", "# FIN-4711: months\n\nThe bank asks for a table of months, which nobody has made yet.\n")
    same = Ticket("Days", "# FIN-4711: days\n\nThe floor would like to see what it did yesterday, hour by hour.\n")
    other = same._replace(text=same.text.replace("4711", "4712"))
    assert chosen.choose("a_task", lambda _: first, lambda _: ()) is first
    assert chosen.choose("b_task", lambda turn: other if turn else same, lambda _: ()) is other


def test_generated_tickets_of_this_repository_have_numbers_and_titles_of_their_own() -> None:
    tasks = [task for task in list_tasks() if task.spec.origin == "generated"]
    numbers = [re.search(r"^# (\w+-\d{4}): ", task.instruction, re.MULTILINE) for task in tasks]
    assert all(numbers)
    assert len({found.group(1) for found in numbers if found}) == len(tasks)
    assert len({task.spec.title for task in tasks}) == len(tasks)
