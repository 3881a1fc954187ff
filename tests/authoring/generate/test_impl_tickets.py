"""Tickets that ask for tables name every column, point to the definitions, and differ from one another."""

from datetime import date

import pytest

from authoring.generate.impl_tickets import Asked, write_impl_ticket
from authoring.generate.ticket_checks import MAX_WITH_COLUMNS, likeness, ticket_problems
from authoring.new_task.contract import Contract, ContractColumn

COLUMNS = tuple(ContractColumn(name, f"The {name}.", "") for name in ("shop_id", "sold_on", "n_sold", "revenue_cents"))
MARTS = "dbt/models/marts/_marts.yml"
DAYS = Contract(
    "marts.shop_days",
    "Grain: one row per shop and day (`shop_id`, `sold_on`).",
    ("shop_id", "sold_on"),
    COLUMNS,
    (),
    MARTS,
)
SHOPS = Contract("marts.shops", "One row per shop.", ("shop_id",), COLUMNS[:1], (), MARTS)
STEP = Contract(
    "intermediate.int_shop_days", "Sales added up.", ("shop_id",), COLUMNS[:3], (), "dbt/models/intermediate/_int.yml"
)
ROWS = (
    {"shop_id": 12, "sold_on": date(2024, 3, 4), "n_sold": 7, "revenue_cents": 1250},
    {"shop_id": 14, "sold_on": date(2024, 3, 5), "n_sold": 1, "revenue_cents": None},
)


def ticket(task: str, *asked: Asked) -> str:
    return write_impl_ticket(task, date(2024, 4, 2), asked, has_docs=True).text


@pytest.mark.parametrize("marts", [(DAYS,), (DAYS, SHOPS)])
def test_every_ticket_passes_its_own_checks(marts: tuple[Contract, ...]) -> None:
    asked = [Asked(STEP, False, ())]
    asked += [Asked(mart, True, ROWS) for mart in marts]
    for n in range(80):
        text = ticket(f"shop_shop_days_{n}", *asked)
        names = [column.name for column in COLUMNS]
        found = ticket_problems(
            text, columns=names, hidden=(), solution_lines=["sum(quantity) as n_sold"], max_characters=MAX_WITH_COLUMNS
        )
        assert found == []
        flat = " ".join(text.split())
        for said in (
            "`marts.shop_days`",
            "2 April 2024",
            "| `n_sold` | 7 | 1 |",
            "| `revenue_cents` | 1250 | *(empty)* |",
        ):
            assert said in flat
        assert "`dbt/models/marts/_marts.yml`" in flat
        assert "Columns: `shop_id`, `sold_on` and `n_sold`." in flat


def test_nothing_is_said_of_rows_that_are_not_shown() -> None:
    for n in range(40):
        text = " ".join(ticket(f"shop_shop_days_{n}", Asked(DAYS, True, ())).split())
        assert "shown above" not in text
        assert "those above" not in text


def test_tickets_of_different_tasks_differ() -> None:
    texts = [ticket(f"shop_shop_days_{n}", Asked(DAYS, True, ROWS)) for n in range(12)]
    assert len(set(texts)) == len(texts)
    assert min(likeness(texts[0], other) for other in texts[1:]) < 0.5


def test_a_key_that_the_description_does_not_name_is_told() -> None:
    said = ticket("t", Asked(SHOPS, True, ()))
    assert "One row per shop. Key: `shop_id`." in " ".join(said.split())
    assert "Key:" not in ticket("t", Asked(DAYS, True, ()))


def test_zeros_that_no_description_tells_are_told_below_the_table() -> None:
    rest = "(then 0): `n_sold` and `revenue_cents`."
    for rows in ((), ROWS):
        text = ticket("t", Asked(DAYS, True, rows, ("n_sold", "revenue_cents")), Asked(SHOPS, True, ()))
        section = " ".join(text.partition("## `marts.shop_days`")[2].partition("## `marts.shops`")[0].split())
        assert section.endswith(f"Never empty, also where there is nothing to count or to add up {rest}")
        assert text.count("Never empty") == 1
    assert "Never empty" not in ticket("t", Asked(DAYS, True, ROWS))


def test_a_title_names_all_tables_where_there_is_room() -> None:
    few = [DAYS, SHOPS, DAYS._replace(table="marts.regions")]
    many = [SHOPS._replace(table=f"marts.shops_and_what_they_sold_{n}") for n in range(4)]
    for tables, names in ((few, "shop days, shops and regions"), (many, "what they sold 0 and three more tables")):
        asked = [Asked(table, True, ()) for table in tables]
        assert names in write_impl_ticket("t", date(2024, 4, 2), asked, has_docs=True).title.lower()
