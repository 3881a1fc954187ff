"""The world `retail`: what its tickets say is so in the data that agents see, and its seeds are chains of their own."""

import importlib.util
from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any

import pyarrow as pa
import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_world
from sources.contract import GeneratedDay
from sources.registry import load_sources

pytestmark = pytest.mark.slow

KEYS = {
    "shops.store": "store_sk",
    "shops.store_sales": "ticket_number",
    "shops.store_returns": "return_id",
    "shops.staff_shifts": "shift_id",
    "shops.shelf_counts": "count_id",
    "shops.loyalty_accounts": "account_id",
    "shops.loyalty_points": "points_id",
    "head_office.item": "item_sk",
    "head_office.price_changes": "change_id",
    "head_office.promotion": "promo_sk",
    "head_office.supplier": "supplier_sk",
    "head_office.purchase_orders": "po_number",
    "head_office.goods_receipts": "receipt_id",
    "head_office.warehouse": "warehouse_sk",
    "head_office.customer": "customer_sk",
    "head_office.customer_address": "address_sk",
    "head_office.catalog_sales": "order_number",
    "head_office.catalog_returns": "return_id",
    "head_office.web_sales": "order_number",
    "head_office.web_returns": "return_id",
}


@pytest.fixture(scope="module")
def day() -> GeneratedDay:
    world = get_world("retail").spec
    return load_sources("retail").generate(Dials(world.visible_seed, world.days, 1))


@pytest.fixture(scope="module")
def derive(day: GeneratedDay) -> Callable[[str], pa.Table]:
    """A mart from `oracle.py`, on the data that agents see."""
    spec = importlib.util.spec_from_file_location("retail_oracle", get_world("retail").folder / "oracle.py")
    assert spec is not None
    assert spec.loader is not None
    module: ModuleType = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return lambda table: module.DERIVATIONS[table](day)


def found(table: pa.Table, **wanted: Any) -> dict[str, Any]:
    """The one row with these values."""
    rows = [row for row in table.to_pylist() if all(row[name] == value for name, value in wanted.items())]
    assert len(rows) == 1
    return dict(rows[0])


def test_the_buyers_are_right(derive: Callable[[str], pa.Table]) -> None:
    margins = derive("marts.category_margin_days")
    for category, number, cost_cents in (
        ("Sports", 6, 17312),
        ("Sports", 12, 52571),
        ("Garden", 9, 59087),
        ("Books", 14, 32421),
        ("Books", 16, 23284),
    ):
        assert found(margins, category=category, sold_on=date(2024, 3, number))["cost_cents"] == cost_cents


def test_the_delivery_notes_are_right(derive: Callable[[str], pa.Table]) -> None:
    rates = derive("marts.supplier_fill_rates")
    for name, week, ordered, filled in (
        ("Spruce Paper SpA", date(2024, 2, 25), 420, 260),
        ("Lantern Trading AB", date(2024, 2, 18), 130, 105),
        ("Silver Farms Co.", date(2024, 2, 25), 250, 132),
    ):
        row = found(rates, supplier_name=name, week_start=week)
        assert (row["ordered_units"], row["filled_units"]) == (ordered, filled)


def test_a_receipt_was_sent_twice(day: GeneratedDay) -> None:
    rows = day.tables["head_office.goods_receipts"].to_pylist()
    own = [row for row in rows if (row["po_number"], row["line_number"]) == (1000000555249635, 1)]
    assert [row["quantity_received"] for row in own] == [80, 80]
    assert len({row["received_at"] for row in own}) == 1


def test_there_are_thirty_tables_and_more(day: GeneratedDay) -> None:
    assert len(day.tables) == 33
    assert {file.stream for file in day.deliveries} == {"till_journal"}
    assert all(table.num_rows for table in day.tables.values())


def test_channels_number_alike(day: GeneratedDay) -> None:
    """A number is no key without its channel."""
    tickets, catalog, web = (
        set(day.tables[table].column(KEYS[table]).to_pylist())
        for table in ("shops.store_sales", "head_office.catalog_sales", "head_office.web_sales")
    )
    assert tickets & catalog & web


def test_no_identifier_of_one_seed_is_in_another(day: GeneratedDay) -> None:
    other = load_sources("retail").generate(Dials(5, day.dials.days, 1))
    for table, key in KEYS.items():
        ours, theirs = (set(made.tables[table].column(key).to_pylist()) for made in (day, other))
        assert ours
        assert not ours & theirs, table


def test_day_2_brings_what_the_tasks_are_about(day: GeneratedDay) -> None:
    later = load_sources("retail").generate(Dials(day.dials.seed, day.dials.days, 2))

    def rows(made: GeneratedDay, table: str) -> dict[Any, dict[str, Any]]:
        return {row[KEYS[table]]: row for row in made.tables[table].to_pylist()}

    orders, then = rows(day, "head_office.purchase_orders"), rows(later, "head_office.purchase_orders")
    assert set(orders) - set(then), "cancelled orders are gone"
    assert any(row["promised_on"] < then[key]["promised_on"] for key, row in orders.items() if key in then)
    customers, moved = rows(day, "head_office.customer"), rows(later, "head_office.customer")
    assert any(row["address_sk"] != moved[key]["address_sk"] for key, row in customers.items())
    sold = {(row["ticket_number"], row["line_number"]): row for row in day.tables["shops.store_sales"].to_pylist()}
    assert any(
        row["is_void"] and not sold[row["ticket_number"], row["line_number"]]["is_void"]
        for row in later.tables["shops.store_sales"].to_pylist()
        if (row["ticket_number"], row["line_number"]) in sold
    )
