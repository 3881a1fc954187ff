# lockgate canary 5b0c6a1e-6f1d-4d53-9c57-0f6c1f5b7a42: benchmark data must not appear in training corpora
"""Three marts a second time, in plain Python, from the rows of the source systems.

Written from what the owners of the sources and the tickets say (`project/docs/sources.md`, the column descriptions),
not from the SQL. `lockgate prove` compares them with gold; no agent gets this file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

NEW_YORK = ZoneInfo("America/New_York")
POINTS_OFF = ("redeem", "expire")
CENTS_PER_POINT = {"platinum": 3, "silver": 2, "bronze": 1}


def category_margin_days(day: Any) -> pa.Table:
    """What each category brought in on each day, at the cost that held on it."""
    calendar = _calendar(day)
    items = {row["item_sk"]: row["category"].capitalize() for row in _rows(day, "head_office.item")}
    costs = _costs(day)
    sums: dict[tuple[str, date], dict[str, Any]] = {}
    names = ("n_lines", "n_promotion_lines", "n_units", "gross_cents", "discount_cents", "net_cents", "cost_cents")
    for line, sold_on in _lines(day, calendar):
        category = items[line["item_sk"]]
        row = sums.setdefault(
            (category, sold_on), {"category": category, "sold_on": sold_on} | dict.fromkeys((*names, "margin_cents"), 0)
        )
        pieces = line["quantity"]
        gross = pieces * _cents(line["list_price"])
        net = pieces * _cents(line["sales_price"]) - _cents(line["coupon_amt"])
        cost = pieces * _cost_on(costs[line["item_sk"]], sold_on)
        row["n_lines"] += 1
        row["n_promotion_lines"] += line["promo_sk"] is not None
        row["n_units"] += pieces
        row["gross_cents"] += gross
        row["discount_cents"] += gross - net
        row["net_cents"] += net
        row["cost_cents"] += cost
        row["margin_cents"] += net - cost
    for row in sums.values():
        row["margin_share"] = row["margin_cents"] / row["net_cents"]
    return pa.Table.from_pylist(list(sums.values()))


def supplier_fill_rates(day: Any) -> pa.Table:
    """How much of what was due suppliers brought on time, by week of the promised day."""
    zones = {row["warehouse_sk"]: ZoneInfo(row["time_zone"]) for row in _rows(day, "head_office.warehouse")}
    orders = {row["po_number"]: row for row in _rows(day, "head_office.purchase_orders")}
    names = {row["supplier_sk"]: row["supplier_name"] for row in _rows(day, "head_office.supplier")}
    deliveries: dict[tuple[int, int], set[tuple[datetime, int, int]]] = defaultdict(set)
    for row in _rows(day, "head_office.goods_receipts"):
        accepted = row["quantity_received"] - row["quantity_rejected"]
        deliveries[row["po_number"], row["line_number"]].add((row["received_at"], accepted, row["warehouse_sk"]))
    today = day.now.astimezone(NEW_YORK).date()
    sums: dict[tuple[int, date], dict[str, Any]] = {}
    for line in _rows(day, "head_office.purchase_order_lines"):
        order = orders[line["po_number"]]
        promised = order["promised_on"]
        if order["status"] == "cancelled" or promised > today:
            continue
        sunday = promised - timedelta(days=promised.isoweekday() % 7)
        supplier = order["supplier_sk"]
        row = sums.setdefault(
            (supplier, sunday),
            {"supplier_id": supplier, "supplier_name": names[supplier], "week_start": sunday}
            | dict.fromkeys(("n_lines", "n_filled_lines", "n_missing_lines", "ordered_units", "filled_units"), 0),
        )
        own = deliveries.get((line["po_number"], line["line_number"]), set())
        on_time = sum(n for at, n, where in own if at.astimezone(zones[where]).date() <= promised)
        ordered = line["quantity_ordered"]
        row["n_lines"] += 1
        row["n_filled_lines"] += on_time >= ordered
        row["n_missing_lines"] += not own
        row["ordered_units"] += ordered
        row["filled_units"] += min(on_time, ordered)
    for row in sums.values():
        row["fill_rate"] = row["filled_units"] / row["ordered_units"]
    return pa.Table.from_pylist(list(sums.values()))


def loyalty_balances(day: Any) -> pa.Table:
    """What each account has, and the least that it had at the end of a day."""
    first: dict[tuple[int, str], dict[str, Any]] = {}
    for row in _rows(day, "shops.loyalty_points"):
        key = (row["account_id"], row["reference"])
        if key not in first or row["recorded_at"] < first[key]["recorded_at"]:
            first[key] = row
    booked: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in first.values():
        booked[row["account_id"]].append(row)
    rows = []
    for account in _rows(day, "shops.loyalty_accounts"):
        own = booked.get(account["account_id"])
        if not own:
            continue
        days: dict[date, int] = defaultdict(int)
        for row in own:
            signed = -row["points"] if row["kind"] in POINTS_OFF else row["points"]
            days[row["booked_at"].astimezone(NEW_YORK).date()] += signed
        balance, lowest = 0, None
        for when in sorted(days):
            balance += days[when]
            lowest = balance if lowest is None else min(lowest, balance)
        tier = account["tier"].lower()
        is_owed = account["status"] == "open" and balance > 0
        rows.append({
            "account_id": account["account_id"], "customer_id": account["customer_sk"], "tier": tier,
            "account_status": account["status"], "n_bookings": len(own),
            "earned_points": _points(own, "earn"), "redeemed_points": _points(own, "redeem"),
            "expired_points": _points(own, "expire"), "balance_points": balance, "lowest_points": lowest,
            "liability_cents": balance * CENTS_PER_POINT[tier] if is_owed else 0, "last_booked_on": max(days),
        })  # fmt: skip
    return pa.Table.from_pylist(rows)


DERIVATIONS: dict[str, Callable[..., pa.Table]] = {
    "marts.category_margin_days": category_margin_days,
    "marts.supplier_fill_rates": supplier_fill_rates,
    "marts.loyalty_balances": loyalty_balances,
}
"""Table -> function of the generated day, and of what a task's `proof.yaml` states as `policy`."""


def _rows(day: Any, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = day.tables[table].to_pylist()
    return rows


def _cents(amount: Decimal) -> int:
    return int(amount * 100)


def _points(rows: Iterable[dict[str, Any]], kind: str) -> int:
    return sum(row["points"] for row in rows if row["kind"] == kind)


def _calendar(day: Any) -> dict[int, date]:
    return {row["date_sk"]: row["calendar_date"] for row in _rows(day, "reference.date_dim")}


def _lines(day: Any, calendar: dict[int, date]) -> Iterable[tuple[dict[str, Any], date]]:
    """Lines of sales that count, each with its day."""
    for line in _rows(day, "shops.store_sales"):
        if not line["is_void"]:
            yield line, calendar[line["sold_date_sk"]]
    for line in _rows(day, "head_office.catalog_sales"):
        yield line, calendar[line["sold_date_sk"]]
    for line in _rows(day, "head_office.web_sales"):
        if line["status"] != "cancelled":
            yield line, line["sold_at"].astimezone(NEW_YORK).date()


def _costs(day: Any) -> dict[int, dict[date, tuple[datetime, int]]]:
    """Item -> first day -> cost in cents, as recorded last."""
    found: dict[int, dict[date, tuple[datetime, int]]] = defaultdict(dict)
    for row in _rows(day, "head_office.price_changes"):
        stated = (row["recorded_at"], _cents(row["unit_cost"]))
        known = found[row["item_sk"]].get(row["valid_from"], stated)
        found[row["item_sk"]][row["valid_from"]] = max(known, stated)
    return found


def _cost_on(changes: dict[date, tuple[datetime, int]], when: date) -> int:
    return changes[max(first for first in changes if first <= when)][1]
