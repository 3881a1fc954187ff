"""Tickets that ask for columns name every column of every table, and differ from one another."""

import re
from collections import Counter
from datetime import date

from authoring.generate.evol_tickets import Extended, points_elsewhere, write_evol_ticket
from authoring.generate.ticket_checks import MAX_WITH_COLUMNS, likeness, ticket_problems
from authoring.new_task.contract import Contract, ContractColumn

COLUMNS = tuple(ContractColumn(name, f"The {name}", "") for name in ("shop_id", "n_sold", "is_open", "revenue_cents"))


def contract(table: str) -> Contract:
    return Contract(table, "One row per shop.", ("shop_id",), COLUMNS, (), "dbt/models/marts/_marts.yml")


ROWS = ({"shop_id": 12, "is_open": True, "revenue_cents": 1250}, {"shop_id": 14, "is_open": None, "revenue_cents": 7})
TABLES = [
    Extended(contract("intermediate.int_shops"), ("revenue_cents",), False, ()),
    Extended(contract("marts.shops"), ("is_open", "revenue_cents"), True, ROWS, frozenset({"revenue_cents"})),
    Extended(contract("marts.shop_days"), (), True, ()),
]


def ticket(task: str) -> str:
    return write_evol_ticket(task, date(2024, 4, 2), TABLES, has_docs=True).text


def test_every_ticket_passes_its_own_checks() -> None:
    for n in range(80):
        text = ticket(f"shop_shops_{n}")
        names = [column.name for column in COLUMNS]
        found = ticket_problems(text, columns=names, hidden=(), solution_lines=[], max_characters=MAX_WITH_COLUMNS)
        assert found == []
        flat = " ".join(text.split())
        assert "| `is_open` | The is_open. |" in flat
        assert "| `revenue_cents` | The revenue_cents. Never empty. |" in flat
        assert "| 14 | *(empty)* | 7 |" in flat
        assert "As they are: `shop_id` and `n_sold`." in flat
        assert "`marts.shop_days` (`shop_id`, `n_sold`, `is_open` and `revenue_cents`)" in flat
        assert "{" not in flat


def test_a_topic_is_what_is_no_flag_and_no_count() -> None:
    title = write_evol_ticket("t", date(2024, 4, 2), TABLES, has_docs=False).title.lower()
    assert "revenue" in title
    assert "open" not in title


def test_tickets_of_different_tasks_differ() -> None:
    texts = [ticket(f"shop_shops_{n}") for n in range(12)]
    assert len(set(texts)) == len(texts)
    assert min(likeness(texts[0], other) for other in texts[1:]) < 0.5


def test_a_definition_that_points_to_a_column_that_is_not_told_is_no_ticket() -> None:
    columns = (
        ContractColumn("week_start", "Monday of the week.", ""),
        ContractColumn("n_tickets", "Tickets of the week, by Monday.", ""),
        ContractColumn("n_pressing", "Of these, `high` or `urgent`.", ""),
        ContractColumn("n_solved", "Of these, solved now.", ""),
        ContractColumn("n_days", "Days until the last of these 14 days; out of them, into others.", ""),
    )
    support = Contract(
        "marts.support", "One row per week.", ("week_start",), columns, (), "dbt/models/marts/_marts.yml"
    )

    def pointing(*new: str) -> list[str]:
        return points_elsewhere(Extended(support, new, True, ()))

    assert pointing("n_solved", "n_days") == ["n_solved"]
    assert pointing("n_pressing", "n_solved") == ["n_pressing", "n_solved"]
    assert pointing("n_tickets", "n_solved", "n_days") == pointing("n_days") == []


def test_one_thing_is_it_and_several_are_them() -> None:
    one = [Extended(contract("marts.shops"), ("revenue_cents",), True, ())]
    columns = (*COLUMNS, ContractColumn("margin_cents", "Margin.", ""))
    both = contract("marts.shops")._replace(columns=columns)
    two = [Extended(both, ("revenue_cents", "margin_cents"), True, ())]
    said = Counter[str]()
    for n in range(60):
        for tables, words in ((one, "it"), (two, "them")):
            text = write_evol_ticket(f"t{n}", date(2024, 4, 2), tables, has_docs=True).text
            opening = " ".join(text.split("\n\n")[1].split())
            found = re.search(r"(?:anything about|show|have|look|easier to have) (it|them)\b", opening)
            if found:
                assert found.group(1) == words, opening
                said[words] += 1
    assert min(said["it"], said["them"]) > 10


def test_tables_in_between_are_asked_for_in_words_that_fit_any_columns() -> None:
    for n in range(40):
        flat = " ".join(ticket(f"shop_shops_{n}").split())
        assert "shall show the same" not in flat
        assert "carry it" not in flat
