"""Tickets about old scripts say which name is which, and leave the rules to the script."""

from datetime import date

from authoring.generate.migrate_tickets import Moved, Moving, write_migrate_ticket
from authoring.generate.ticket_checks import MAX_WITH_COLUMNS, likeness, ticket_problems
from authoring.new_task.contract import Contract, ContractColumn

COLUMNS = tuple(ContractColumn(name, f"The {name}.", "") for name in ("shop_id", "sold_on", "n_sold"))
OLD = {"shop_id": "ShopKey", "sold_on": "SoldDy", "n_sold": "CntSold"}
DAYS = Contract(
    "marts.shop_days", "Grain: one row per shop and day.", ("shop_id", "sold_on"), COLUMNS, (), "dbt/models/_m.yml"
)
STEP = Contract("intermediate.int_shop_days", "Sales added up.", ("shop_id",), COLUMNS, (), "dbt/models/_i.yml")
MOVING = Moving(
    "SQL Server",
    "usp_BuildShopDys",
    "docs/legacy/usp_BuildShopDys.sql",
    (Moved(STEP, False, "dbo.ShopDys2", OLD), Moved(DAYS, True, "dbo.ShopDys", OLD)),
    has_clock=True,
    has_variables=True,
    has_docs=True,
)


def ticket(task: str, moving: Moving = MOVING) -> str:
    return write_migrate_ticket(task, date(2024, 4, 2), moving).text


def test_every_ticket_passes_its_own_checks() -> None:
    for n in range(80):
        text = ticket(f"shop_shop_days_{n}")
        found = ticket_problems(
            text,
            columns=["shop_id", "sold_on", "n_sold"],
            hidden=(),
            solution_lines=["sum(quantity) as n_sold"],
            max_characters=MAX_WITH_COLUMNS,
        )
        assert found == []
        flat = " ".join(text.split())
        for said in (
            "`marts.shop_days`",
            "`docs/legacy/usp_BuildShopDys.sql`",
            "| `n_sold` | `CntSold` |",
            "dbo.ShopDys2",
        ):
            assert said in flat
        assert "Key: `shop_id` and `sold_on`." in flat


def test_only_what_holds_is_said() -> None:
    text = " ".join(ticket("t", MOVING._replace(has_clock=False, has_variables=False, has_docs=False)).split())
    assert "clock" not in text
    assert "dbt_project.yml" not in text
    assert "docs/sources.md" not in text
    assert "dbt_project.yml" in ticket("t")


def test_tickets_of_different_tasks_differ() -> None:
    texts = [ticket(f"shop_shop_days_{n}") for n in range(12)]
    assert len(set(texts)) == len(texts)
    assert min(likeness(texts[0], other) for other in texts[1:]) < 0.5
