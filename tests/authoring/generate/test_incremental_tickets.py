"""Tickets about tables that drift say on which night what is wrong, and nothing of how the table is written."""

from datetime import date

import pytest

from authoring.generate.differences import Counts, Example, TableDifference, WrongColumn
from authoring.generate.incremental_tickets import write_incremental_ticket
from authoring.generate.ticket_checks import likeness, ticket_problems
from authoring.generate.ticket_facts import TicketFacts

FIRST = date(2024, 4, 1)
SALES = TableDifference(
    table="marts.shop_days",
    counts=Counts(200, 4, 2, 0),
    columns=(WrongColumn("n_sold", "BIGINT", 4, 0, 4, 0, 0),),
    examples=(
        Example({"shop_id": 12, "sold_on": date(2024, 3, 4)}, {"n_sold": 3}, {"n_sold": 5}),
        Example({"shop_id": 15, "sold_on": date(2024, 3, 9)}, {}, {"shop_id": 15, "sold_on": date(2024, 3, 9)}),
    ),
    shared=(),
    day_column="sold_on",
    first_day=date(2024, 3, 4),
    last_day=date(2024, 3, 9),
    first_day_of_all=date(2024, 3, 1),
    last_day_of_all=date(2024, 4, 2),
    fingerprint="1",
)
OTHER = SALES._replace(table="marts.regions", counts=Counts(9, 3, 0, 0))
DESCRIPTIONS = {"marts.shop_days": "One row per shop and day.", "marts.shop_days.n_sold": "Pieces that were sold."}


def ticket(task: str, *, stays_incremental: bool = False) -> str:
    facts = TicketFacts(task, date(2024, 4, 2), (SALES,), (OTHER,), DESCRIPTIONS, True)
    return write_incremental_ticket(facts, FIRST, stays_incremental=stays_incremental).text


@pytest.mark.parametrize("stays_incremental", [True, False])
def test_every_ticket_passes_its_own_checks(stays_incremental: bool) -> None:
    for n in range(80):
        text = ticket(f"shop_shop_days_{n}", stays_incremental=stays_incremental)
        found = ticket_problems(
            text,
            columns=["n_sold"],
            hidden=["int_sales_by_day"],
            solution_lines=["where sold_on >= (select max(known.sold_on) from {{ this }} as known)"],
        )
        assert found == []
        flat = " ".join(text.split())
        for said in ("`marts.shop_days`", "`marts.regions`", "1 April 2024", "2 April 2024"):
            assert said in flat
        assert "is_incremental" not in flat
        assert ("stays incremental" in flat) == stays_incremental
        assert "unique" not in flat


def test_tickets_of_different_tasks_differ() -> None:
    texts = [ticket(f"shop_shop_days_{n}") for n in range(12)]
    assert len(set(texts)) == len(texts)
    assert min(likeness(texts[0], other) for other in texts[1:]) < 0.5
