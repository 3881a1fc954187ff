"""Tickets that ask for data tests say every promise, and differ from one another."""

from datetime import date

from authoring.generate.contract_tickets import Promised, write_contract_ticket
from authoring.generate.promises import Promise
from authoring.generate.ticket_checks import MAX_WITH_COLUMNS, likeness, ticket_problems
from authoring.new_task.contract import Contract


def promised(table: str) -> Promised:
    contract = Contract(table, "Grain: one row per shop (`shop_id`).", ("shop_id",), (), (), "dbt/models/_m.yml")
    said = ("`shop_id` is different in each row, and never empty.", "`n_sold` is never negative.")
    names = ("shop_id", "n_sold")
    promises = [Promise(table, name, text, (name,), "", ()) for name, text in zip(names, said, strict=True)]
    return Promised(contract, tuple(promises))


TABLES = [promised(f"marts.{name}") for name in ("shops", "shop_days", "shop_weeks")]


def ticket(task: str) -> str:
    return write_contract_ticket(task, date(2024, 12, 31), TABLES).text


def test_every_ticket_passes_its_own_checks() -> None:
    for n in range(80):
        text = ticket(f"shop_shops_{n}")
        columns = ["shop_id", "n_sold"]
        assert (
            ticket_problems(text, columns=columns, hidden=(), solution_lines=[], max_characters=MAX_WITH_COLUMNS) == []
        )
        flat = " ".join(text.split())
        assert "**`marts.shops`**: one row per shop (`shop_id`)." in flat
        assert flat.count("- `n_sold` is never negative.") == 3
        assert "these three tables" in flat
        assert "December" not in flat


def test_tickets_of_different_tasks_differ() -> None:
    texts = [ticket(f"shop_shops_{n}") for n in range(12)]
    assert len(set(texts)) == len(texts)
    assert min(likeness(texts[0], other) for other in texts[1:]) < 0.5
