"""Tickets of tables that cost too much: they say what is counted and how much it may be, and nothing of the cause."""

from datetime import date

import pytest

from authoring.generate.slow_tickets import Cost, rows_allowed, write_slow_ticket
from authoring.generate.ticket_checks import MAX_LIKENESS, likeness, ticket_problems

COST = Cost("marts.takings", ("staging.stg_sales", "marts.items"), 123_456, 60_000, has_docs=True)


@pytest.mark.parametrize("turn", range(12))
def test_every_way_to_say_it_is_a_ticket(turn: int) -> None:
    ticket = write_slow_ticket("shop_takings_1a2b", date(2024, 4, 2), COST, turn=turn)
    named = [COST.table, *COST.others]
    assert ticket_problems(ticket.text, columns=named, hidden=(), solution_lines=["from sales group by"]) == []
    assert "123,456" in ticket.text
    assert "60,000" in ticket.text
    assert all(len(line) <= 130 for line in ticket.text.splitlines())


def test_tickets_of_many_tables_differ() -> None:
    tickets = [
        write_slow_ticket(f"shop_t{n}", date(2024, 4, 2), COST._replace(table=f"marts.table_{n}")) for n in range(12)
    ]
    pairs = [(one, other) for place, one in enumerate(tickets) for other in tickets[:place]]
    unlike = [pair for pair in pairs if likeness(pair[0].text, pair[1].text) <= MAX_LIKENESS]
    assert len(unlike) > len(pairs) * 0.7


@pytest.mark.parametrize(("rows", "limit", "allowed"), [(100_000, 1.36, 130_000), (75_414, 1.3, 98_000), (7, 2.0, 14)])
def test_what_is_allowed_has_two_digits_and_is_never_above_the_limit(rows: int, limit: float, allowed: int) -> None:
    assert rows_allowed(rows, limit) == allowed


def test_who_pays_speaks_of_cost_and_who_waits_of_time() -> None:
    seen = set()
    for n in range(60):
        ticket = write_slow_ticket(f"shop_t{n}", date(2024, 4, 2), COST)
        queue = ticket.text.partition("# ")[2].partition("-")[0]
        is_cost = any(word in ticket.title for word in ("expensive", "cost", "for less"))
        assert is_cost == (queue in ("FIN", "AUD")), ticket.title
        seen.add((queue, is_cost))
    assert len(seen) == 4
