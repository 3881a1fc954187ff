# lockgate canary 5b0c6a1e-6f1d-4d53-9c57-0f6c1f5b7a42: benchmark data must not appear in training corpora
"""Five marts a second time, in plain Python, from the rows of the source systems.

Written from what the owners of the sources and the tickets say (`project/docs/sources.md`, the tables in the tasks'
`instruction.md`, the column descriptions), not from the SQL. `lockgate prove` compares them with gold; no agent gets
this file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

BERLIN = ZoneInfo("Europe/Berlin")
INTO_THE_SHELF = ("opening", "receipt", "return", "transfer_in", "found")


def half_up(numerator: int, denominator: int) -> int:
    """Quotient of two whole numbers that are not negative, rounded half up."""
    return (2 * numerator + denominator) // (2 * denominator)


def category_revenue_days(day: Any) -> pa.Table:
    """Revenue by department and day of orders; refunds are taken off the day of the order."""
    rates = _rates(day)
    departments = _departments(day)
    department_of = {product["sku"]: departments[product["category"]] for product in _rows(day, "catalogue.products")}
    refunds: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for refund in _rows(day, "marketplace.refunds"):
        if refund["status"] == "approved":
            refunds[refund["order_line_id"]].append(refund)
    sums: dict[tuple[str, date], dict[str, Any]] = {}
    for order, line, discount in _paid_lines(day):
        ordered_on = _berlin(order["placed_at"])
        tax = _tax(day, order["ship_to_country"].upper(), ordered_on)
        own, dollar = _rate(rates, order["currency"], ordered_on), _rate(rates, "USD", ordered_on)
        net = half_up((line["quantity"] * line["unit_price_cents"] - discount) * 10000, 10000 + tax)
        back = refunds[line["order_line_id"]]
        refunded = half_up(sum(refund["amount_cents"] for refund in back) * 10000, 10000 + tax)
        department, name = department_of[line["sku"]]
        row = sums.setdefault(
            (department, ordered_on),
            {"department_id": department, "department_name": name, "order_date": ordered_on, "orders": set()}
            | dict.fromkeys(("n_units", "n_units_returned"), 0)
            | {f"{what}_{currency}_cents": 0 for what in ("revenue", "refunded") for currency in ("eur", "usd")},
        )
        row["orders"].add(order["order_id"])
        row["n_units"] += line["quantity"]
        row["n_units_returned"] += sum(refund["quantity_returned"] for refund in back)
        for what, cents in (("revenue", net), ("refunded", refunded)):
            row[f"{what}_eur_cents"] += half_up(cents * 10000, own)
            row[f"{what}_usd_cents"] += half_up(cents * dollar, own)
    for row in sums.values():
        row["n_orders"] = len(row.pop("orders"))
        for currency in ("eur", "usd"):
            row[f"net_revenue_{currency}_cents"] = row[f"revenue_{currency}_cents"] - row[f"refunded_{currency}_cents"]
    return pa.Table.from_pylist(list(sums.values()))


def seller_payouts(day: Any) -> pa.Table:
    """What sellers are owed for the week of a delivery, and what they were paid."""
    delivered = _delivered_orders(day)
    orders = {order["order_id"]: order for order in _rows(day, "marketplace.orders")}
    terms: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for row in _rows(day, "marketplace.seller_terms"):
        terms[row["seller_id"]].append((row["valid_from"], row["commission_bps"]))
    weeks: dict[tuple[int, date], dict[str, Any]] = {}

    def week_of(seller: int, monday: date) -> dict[str, Any]:
        empty = {"n_lines": 0, "sold_cents": 0, "commission_cents": 0}
        unpaid = {"paid_out_cents": None, "payout_status": None, "sent_at": None}
        return weeks.setdefault((seller, monday), {"seller_id": seller, "week_start": monday} | empty | unpaid)

    for line in _rows(day, "marketplace.order_lines"):
        order = orders[line["order_id"]]
        if order["order_number"] not in delivered:
            continue
        arrived_on = _berlin(delivered[order["order_number"]])
        row = week_of(line["seller_id"], arrived_on - timedelta(days=arrived_on.weekday()))
        ordered_on = _berlin(order["placed_at"])
        _, commission = max(pair for pair in terms[line["seller_id"]] if pair[0] <= ordered_on)
        sold = line["quantity"] * line["base_price_cents"]
        row["n_lines"] += 1
        row["sold_cents"] += sold
        row["commission_cents"] += half_up(sold * commission, 10000)
    for payout in _rows(day, "marketplace.payouts"):
        row = week_of(payout["seller_id"], payout["week_start"])
        row["paid_out_cents"], row["payout_status"] = payout["amount_cents"], payout["status"]
        row["sent_at"] = payout["sent_at"].replace(tzinfo=None)
    names = {seller["seller_id"]: seller["company_name"] for seller in _rows(day, "marketplace.sellers")}
    for row in weeks.values():
        row["seller_name"] = names[row["seller_id"]]
        row["owed_cents"] = row["sold_cents"] - row["commission_cents"]
        paid = row["paid_out_cents"]
        difference = None if paid is None else paid - row["owed_cents"]
        row["difference_cents"] = difference
        row["payout_check"] = (
            "open"
            if difference is None
            else "right"
            if not difference
            else "too_little"
            if difference < 0
            else "too_much"
        )
    return pa.Table.from_pylist(list(weeks.values()))


def stock_ledger_days(day: Any) -> pa.Table:
    """Movements and balance of each shelf on each day from its first movement on."""
    zones = {row["warehouse_code"]: ZoneInfo(row["time_zone"]) for row in _rows(day, "marketplace.warehouses")}
    shelves: dict[tuple[str, str], dict[date, list[tuple[str, int]]]] = defaultdict(lambda: defaultdict(list))
    for row in _rows(day, "marketplace.stock_movements"):
        if row["movement_id"].endswith("-2"):  # Sent again; the first one is always there.
            continue
        moved_on = row["moved_at"].astimezone(zones[row["warehouse_code"]]).date()
        shelves[row["warehouse_code"], row["sku"]][moved_on].append((row["kind"], row["quantity"]))
    today = _berlin(day.now)
    rows = []
    for (warehouse, sku), days in shelves.items():
        balance, when = 0, min(days)
        while when <= today:
            moved = days.get(when, [])
            balance += sum(n if kind in INTO_THE_SHELF else -n for kind, n in moved)
            rows.append({
                "warehouse_code": warehouse, "sku": sku, "ledger_date": when, "closing_balance": balance,
                "n_received": _pieces(moved, "opening", "receipt"), "n_picked": _pieces(moved, "pick"),
                "n_returned": _pieces(moved, "return"),
                "n_transferred": _pieces(moved, "transfer_in") - _pieces(moved, "transfer_out"),
                "n_adjusted": _pieces(moved, "found") - _pieces(moved, "lost", "write_off"),
            })  # fmt: skip
            when += timedelta(days=1)
    return pa.Table.from_pylist(rows)


def fraud_flags(day: Any) -> pa.Table:
    """What speaks for fraud, by order."""
    counting: dict[str, dict[str, Any]] = {}  # Attempt -> its latest check; what is sent again says the same.
    for check in _rows(day, "provider.risk_checks"):
        if check["checked_at"] >= counting.get(check["provider_reference"], check)["checked_at"]:
            counting[check["provider_reference"]] = check
    order_of = {row["provider_reference"]: row["order_id"] for row in _rows(day, "marketplace.payments")}
    orders = {row["order_id"]: row for row in _rows(day, "marketplace.orders")}
    checks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    customers: dict[str, set[int]] = defaultdict(set)
    for attempt, check in counting.items():
        if order_of.get(attempt) in orders:
            checks[order_of[attempt]].append(check)
            customers[check["card_fingerprint"]].add(orders[order_of[attempt]]["customer_id"])
    disputes: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for dispute in _rows(day, "provider.disputes"):
        disputes[order_of[dispute["provider_reference"]]].append(dispute)
    blocks: dict[int, list[tuple[datetime, datetime | None]]] = defaultdict(list)
    for block in _rows(day, "marketplace.blocked_customers"):
        blocks[block["customer_id"]].append((block["blocked_at"], block["lifted_at"]))
    cases = [case["order_id"] for case in _rows(day, "marketplace.support_cases")]
    rows = []
    for key, order in orders.items():
        own, against = checks[key], disputes[key]
        lost_or_open = [dispute for dispute in against if dispute["status"] != "won"]
        points = [check["points"] for check in own]
        placed = order["placed_at"]
        country = order["ship_to_country"].upper()
        cards = {check["card_fingerprint"] for check in own} - {None}
        row = {
            "order_id": key,
            "customer_id": order["customer_id"],
            "dispute_status": max(against, key=lambda dispute: dispute["opened_at"])["status"] if against else None,
            "n_checks": len(own),
            "n_cards": len(cards),
            "is_blocked_by_provider": any(check["verdict"] == "block" for check in own),
            "highest_points": max(points, default=None),
            "n_support_cases": cases.count(key),
            "disputed_cents": sum(dispute["amount_cents"] for dispute in lost_or_open),
            "has_many_points": max(points, default=0) >= 70,
            "is_card_shared": any(len(customers[card]) > 1 for card in cards),
            "is_abroad": any(check["ip_country"].upper() != country for check in own),
            "is_tried_often": len(own) >= 3,
            "is_customer_blocked": any(
                since <= placed and (until is None or placed < until) for since, until in blocks[order["customer_id"]]
            ),
            "is_disputed_as_fraud": any(dispute["reason"] == "fraud" for dispute in lost_or_open),
            "order_date": _berlin(placed),
        }
        flags = ("has_many_points", "is_card_shared", "is_abroad", "is_tried_often", "is_customer_blocked")
        row["n_flags"] = sum(bool(row[flag]) for flag in flags)
        is_high = row["is_disputed_as_fraud"] or row["n_flags"] >= 3
        row["risk_level"] = "high" if is_high else "medium" if row["n_flags"] else "low"
        rows.append(row)
    return pa.Table.from_pylist(rows)


def inbound_differences(day: Any) -> pa.Table:
    """What sellers announced beside what the scanners received."""
    receipts: dict[tuple[str, str, str], list[tuple[datetime, int]]] = defaultdict(list)
    for row in _rows(day, "marketplace.stock_movements"):
        if row["kind"] == "receipt" and not row["movement_id"].endswith("-2"):
            receipts[row["reference"], row["sku"], row["warehouse_code"]].append((row["moved_at"], row["quantity"]))
    names = {seller["seller_id"]: seller["company_name"] for seller in _rows(day, "marketplace.sellers")}
    rows = []
    for delivery in _rows(day, "marketplace.inbound_deliveries"):
        came = receipts[delivery["purchase_number"], delivery["sku"], delivery["warehouse_code"]]
        received = sum(quantity for _, quantity in came)
        difference = received - delivery["announced_quantity"]
        check = "right" if not difference else "short" if difference < 0 else "over"
        first = min((moved for moved, _ in came), default=None)
        rows.append({
            "delivery_id": delivery["delivery_id"], "purchase_number": delivery["purchase_number"],
            "seller_id": delivery["seller_id"], "sku": delivery["sku"], "warehouse_code": delivery["warehouse_code"],
            "seller_name": names[delivery["seller_id"]], "announced_quantity": delivery["announced_quantity"],
            "n_pallets": len(came), "received_quantity": received, "difference": difference,
            "delivery_check": "cancelled" if delivery["status"] == "cancelled" else check if came else "missing",
            "minutes_until_received": None if first is None else _minutes(delivery["announced_at"], first),
            "announced_on": _berlin(delivery["announced_at"]),
        })  # fmt: skip
    return pa.Table.from_pylist(rows)


def _minutes(first: datetime, last: datetime) -> int:
    """Minutes that the clock shows between two times, seconds left out (date_diff counts them so)."""
    return int((last.replace(second=0, microsecond=0) - first.replace(second=0, microsecond=0)).total_seconds()) // 60


DERIVATIONS: dict[str, Callable[..., pa.Table]] = {
    "marts.category_revenue_days": category_revenue_days,
    "marts.fraud_flags": fraud_flags,
    "marts.inbound_differences": inbound_differences,
    "marts.seller_payouts": seller_payouts,
    "marts.stock_ledger_days": stock_ledger_days,
}
"""Table -> function of the generated day, and of what a task's `proof.yaml` states as `policy`."""


def _rows(day: Any, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = day.tables[table].to_pylist()
    return rows


def _delivered(day: Any, stream: str) -> Iterable[dict[str, Any]]:
    for file in day.deliveries:
        if file.stream == stream:
            yield from file.table.to_pylist()


def _berlin(instant: datetime) -> date:
    return instant.astimezone(BERLIN).date()


def _pieces(moved: list[tuple[str, int]], *kinds: str) -> int:
    return sum(quantity for kind, quantity in moved if kind in kinds)


def _rates(day: Any) -> dict[tuple[str, date], int]:
    """Currency and business day -> units for 10,000 euros, as last published."""
    latest: dict[tuple[str, date], tuple[datetime, Decimal]] = {}
    for row in _delivered(day, "exchange_rates"):
        key = (row["currency"], row["rate_date"])
        latest[key] = max(
            latest.get(key, (row["published_at"], row["units_per_eur"])), (row["published_at"], row["units_per_eur"])
        )
    return {key: int(rate * 10000) for key, (_, rate) in latest.items()}


def _rate(rates: dict[tuple[str, date], int], currency: str, when: date) -> int:
    if currency == "EUR":
        return 10000
    while (currency, when) not in rates:
        when -= timedelta(days=1)
    return rates[currency, when]


def _tax(day: Any, country: str, when: date) -> int:
    for row in _delivered(day, "vat_rates"):
        if row["country_code"] == country and row["valid_from"] <= when <= (row["valid_to"] or date.max):
            return int(row["rate_bps"])
    raise ValueError(f"no tax for {country} on {when}")


def _departments(day: Any) -> dict[str, tuple[str, str]]:
    """Category -> identifier and name of the department."""
    categories = {row["category_id"]: row for row in _rows(day, "catalogue.categories")}
    found = {}
    for key, row in categories.items():
        top = row["parent_id"] or key
        found[key] = (top, categories[top]["name"]["en"])
    return found


def _paid_lines(day: Any) -> Iterable[tuple[dict[str, Any], dict[str, Any], int]]:
    """Orders with a captured payment, each of their lines, and the line's share of the discount."""
    paid = {row["order_id"] for row in _rows(day, "marketplace.payments") if row["status"] == "captured"}
    lines: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in _rows(day, "marketplace.order_lines"):
        lines[line["order_id"]].append(line)
    for order in _rows(day, "marketplace.orders"):
        if order["order_id"] not in paid:
            continue
        own = sorted(lines[order["order_id"]], key=lambda line: line["line_number"])
        gross = [line["quantity"] * line["unit_price_cents"] for line in own]
        shares = [order["discount_cents"] * cents // sum(gross) for cents in gross]
        by_remainder = sorted(range(len(own)), key=lambda i: -(order["discount_cents"] * gross[i] % sum(gross)))
        for index in by_remainder[: order["discount_cents"] - sum(shares)]:
            shares[index] += 1
        for line, share in zip(own, shares, strict=True):
            yield order, line, share


def _delivered_orders(day: Any) -> dict[str, datetime]:
    """Order number -> when the last of its shipments was delivered; only where all of them were."""
    delivered: dict[str, datetime] = {}
    for event in _rows(day, "carrier.tracking_events"):
        if event["code"] == "delivered":
            when = datetime.fromisoformat(event["occurred_at"])
            delivered[event["shipment_id"]] = min(when, delivered.get(event["shipment_id"], when))
    shipments: dict[str, list[str]] = defaultdict(list)
    for shipment in _rows(day, "carrier.shipments"):
        shipments[shipment["customer_reference"].split("/")[0]].append(shipment["shipment_id"])
    return {
        order: max(delivered[shipment] for shipment in own)
        for order, own in shipments.items()
        if all(shipment in delivered for shipment in own)
    }
