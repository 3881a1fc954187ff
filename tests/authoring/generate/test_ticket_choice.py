"""Choosing a ticket: none is like another one of the same generation."""

from collections import Counter

from authoring.generate.ticket_choice import ChosenTickets
from authoring.generate.tickets import Ticket

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
