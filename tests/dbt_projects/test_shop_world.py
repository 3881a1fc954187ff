"""The world `shop`: what its tickets say is so in the data that agents see, and its seeds are shops of their own."""

import importlib.util
from collections.abc import Callable
from datetime import date, timedelta
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
    "marketplace.customers": "customer_id",
    "marketplace.sellers": "seller_id",
    "marketplace.seller_terms": "terms_id",
    "marketplace.orders": "order_id",
    "marketplace.order_lines": "order_line_id",
    "marketplace.payments": "payment_id",
    "marketplace.refunds": "refund_id",
    "marketplace.stock_movements": "movement_id",
    "marketplace.stock_counts": "count_id",
    "marketplace.payouts": "payout_id",
    "catalogue.products": "sku",
    "catalogue.reviews": "review_id",
    "carrier.shipments": "shipment_id",
    "carrier.tracking_events": "event_id",
    "marketplace.support_cases": "case_id",
    "marketplace.blocked_customers": "block_id",
    "marketplace.inbound_deliveries": "delivery_id",
    "provider.risk_checks": "check_id",
    "provider.disputes": "dispute_id",
    "provider.settlements": "settlement_id",
}


@pytest.fixture(scope="module")
def day() -> GeneratedDay:
    world = get_world("shop").spec
    return load_sources("shop").generate(Dials(world.visible_seed, world.days, 1))


@pytest.fixture(scope="module")
def derive(day: GeneratedDay) -> Callable[[str], pa.Table]:
    """A mart from `oracle.py`, on the data that agents see."""
    spec = importlib.util.spec_from_file_location("shop_oracle", get_world("shop").folder / "oracle.py")
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


def test_the_accountants_are_right(derive: Callable[[str], pa.Table]) -> None:
    revenue = derive("marts.category_revenue_days")
    assert found(revenue, department_id="play", order_date=date(2024, 3, 27))["refunded_eur_cents"] == 0
    assert found(revenue, department_id="paper", order_date=date(2024, 3, 27))["refunded_eur_cents"] == 4967
    assert found(revenue, department_id="home", order_date=date(2024, 3, 25))["revenue_eur_cents"] == 109457
    assert found(revenue, department_id="home", order_date=date(2024, 3, 27))["revenue_eur_cents"] == 121318
    assert found(revenue, department_id="home", order_date=date(2024, 3, 24))["refunded_eur_cents"] == 20214


def test_the_packing_lists_are_right(derive: Callable[[str], pa.Table]) -> None:
    ledger = derive("marts.stock_ledger_days")
    leeds = found(ledger, warehouse_code="LBA", sku="HB1000000687653118", ledger_date=date(2024, 3, 20))
    assert (leeds["n_picked"], leeds["closing_balance"]) == (6, 137)
    for number, n_picked in ((20, 1), (21, 2)):
        when = date(2024, 3, number)
        rotterdam = found(ledger, warehouse_code="RTM", sku="HB1000000049674343", ledger_date=when)
        assert rotterdam["n_picked"] == n_picked


def test_the_sellers_are_right(derive: Callable[[str], pa.Table]) -> None:
    payouts = derive("marts.seller_payouts")
    for name, week, commission_cents in (
        ("Silver Robotics Co.", date(2024, 3, 25), 19851),
        ("Ember Toys AB", date(2024, 3, 18), 5002),
        ("Ember Toys AB", date(2024, 4, 1), 3170),
    ):
        assert found(payouts, seller_name=name, week_start=week)["commission_cents"] == commission_cents


def test_parcels_go_to_other_countries_than_the_customers(day: GeneratedDay) -> None:
    for number, home, away, paid_cents in (
        ("HB-243033842", "CH", "FR", 5800),
        ("HB-608510200", "SE", "DE", 77170),
    ):
        order = found(day.tables["marketplace.orders"], order_number=number)
        customer = found(day.tables["marketplace.customers"], customer_id=order["customer_id"])
        every = day.tables["marketplace.order_lines"].to_pylist()
        lines = [line for line in every if line["order_id"] == order["order_id"]]
        assert (customer["country_code"].upper(), order["ship_to_country"].upper()) == (home, away)
        assert (
            sum(line["quantity"] * line["unit_price_cents"] for line in lines) - order["discount_cents"] == paid_cents
        )


def test_newcomers_order_after_they_have_signed_up(day: GeneratedDay) -> None:
    orders, customers = day.tables["marketplace.orders"].to_pylist(), day.tables["marketplace.customers"]
    for number, customer_id in ((1, 1000000296020616), (4, 1000000155135893)):
        saved_at = found(customers, customer_id=customer_id)["updated_at"]
        paid = [order for order in orders if order["customer_id"] == customer_id and order["status"] != "placed"]
        assert sum(order["placed_at"] >= saved_at for order in paid) == number
        assert any(order["placed_at"] - saved_at < timedelta(minutes=15) for order in paid)
    assert found(customers, customer_id=1000000054125746)["postal_code"] == "n/a"


def test_the_editor_of_the_catalogue_is_right(day: GeneratedDay) -> None:
    reviews = day.tables["catalogue.reviews"].to_pylist()
    for sku, ratings in (("HB1000000049674343", [1]), ("HB1000000242161376", [])):
        statuses = {review["moderation"]["status"] for review in reviews if review["sku"] == sku}
        shown = [
            review["rating"]
            for review in reviews
            if review["sku"] == sku and review["moderation"]["status"] == "approved"
        ]
        assert shown == ratings
        assert "rejected" in statuses
    for sku, grams in (("HB1000000109963192", 1097), ("HB1000000314886425", 414)):
        assert found(day.tables["catalogue.products"], sku=sku)["weight"] == {"value": grams / 1000, "unit": "kg"}


def test_no_identifier_of_one_seed_is_in_another(day: GeneratedDay) -> None:
    other = load_sources("shop").generate(Dials(5, day.dials.days, 1))
    for table, key in KEYS.items():
        ours, theirs = (set(made.tables[table].column(key).to_pylist()) for made in (day, other))
        assert ours
        assert not ours & theirs, table


def test_day_2_brings_what_the_tasks_are_about(day: GeneratedDay) -> None:
    later = load_sources("shop").generate(Dials(day.dials.seed, day.dials.days, 2))

    def rows(made: GeneratedDay, table: str) -> dict[Any, dict[str, Any]]:
        return {row[KEYS[table]]: row for row in made.tables[table].to_pylist()}

    orders, then = rows(day, "marketplace.orders"), rows(later, "marketplace.orders")
    assert set(orders) - set(then), "orders that nobody paid are gone"
    assert set(then) - set(orders)
    assert any(row["status"] != then[key]["status"] for key, row in orders.items() if key in then)
    refunds, decided = rows(day, "marketplace.refunds"), rows(later, "marketplace.refunds")
    assert any(row["status"] != decided[key]["status"] for key, row in refunds.items())
    assert set(rows(day, "catalogue.reviews")) - set(rows(later, "catalogue.reviews")), "reviews are withdrawn"
