# lockgate canary 5b0c6a1e-6f1d-4d53-9c57-0f6c1f5b7a42: benchmark data must not appear in training corpora
"""Three marts a second time, in plain Python, from the rows of the source systems.

Written from what the owners of the sources and the tickets say (`project/docs/sources.md`, the tables in the tasks'
`instruction.md`, the column descriptions), not from the SQL. `lockgate prove` compares them with gold; no agent gets
this file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
PROMISED_MINUTES = {"urgent": 120, "high": 480}


def rounded(numerator: int, denominator: int) -> int:
    """Quotient of two whole numbers that are not negative, rounded half up."""
    return int((Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def mrr_movements(day: Any) -> pa.Table:
    """Customers and months whose recurring revenue is another one than a month before."""
    customers = {row["customer_id"]: row for row in _rows(day, "billing.customers") if not row["is_test"]}
    segments = {row["account_id"]: row["segment"].lower() for row in _rows(day, "crm.accounts")}
    rates = _rates(day)
    rows = []
    for customer, levels in _levels(day).items():
        if customer not in customers:
            continue
        known = customers[customer]
        opening, highest = 0, 0
        for month in _months(min(when for when, _, _ in levels), day.now):
            after = _next_month(month)
            # The last level of each subscription before the month is over.
            latest: dict[str, int] = {}
            for when, subscription, cents in sorted(levels):
                if when < datetime.combine(after, datetime.min.time(), tzinfo=UTC):
                    latest[subscription] = cents
            closing = sum(latest.values())
            if closing != opening:
                rate = _rate(rates, known["currency"], month)
                rows.append({
                    "customer_id": customer, "revenue_month": month, "currency": known["currency"],
                    "segment": segments.get(known["account_reference"], "self_serve"),
                    "movement_kind": _movement(opening, closing, highest),
                    "opening_mrr_cents": opening, "closing_mrr_cents": closing,
                    "change_eur_cents": rounded(closing * 10000, rate) - rounded(opening * 10000, rate),
                })  # fmt: skip
            opening, highest = closing, max(highest, closing)
    return pa.Table.from_pylist(rows)


def dunning_results(day: Any) -> pa.Table:
    """What became of invoices with an attempt to collect them that failed."""
    invoices = {row["invoice_id"]: row for row in _rows(day, "billing.invoices")}
    totals: dict[str, int] = defaultdict(int)
    for line in _rows(day, "billing.invoice_lines"):
        totals[line["invoice_id"]] += line["amount_cents"]
    attempts: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for payment in _rows(day, "billing.payments"):
        attempts[payment["invoice_id"]].append(payment)
    reminders: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for reminder in _rows(day, "billing.dunning_attempts"):
        reminders[reminder["invoice_id"]].append(reminder)
    rates = _rates(day)
    groups: dict[tuple[str, date], list[dict[str, Any]]] = defaultdict(list)
    for invoice, own in attempts.items():
        failed = [row["attempted_at"] for row in own if row["status"] == "failed"]
        if not failed:
            continue
        passed = [row["attempted_at"] for row in own if row["status"] != "failed"]
        first = min(failed).astimezone(UTC)
        rate = _rate(rates, invoices[invoice]["currency"], first.date())
        method = max(own, key=lambda row: row["attempt_number"])["method"]
        groups[method, first.date().replace(day=1)].append({
            "won": bool(passed),
            "lost": not passed and invoices[invoice]["status"] == "uncollectible",
            "failures": len(failed),
            "letters": reminders[invoice],
            "eur": rounded(totals[invoice] * 10000, rate),
            "hours": _hours(first, min(passed)) if passed else None,
        })  # fmt: skip
    rows = []
    for (method, month), found in groups.items():
        won = [row for row in found if row["won"]]
        n_lost = sum(row["lost"] for row in found)
        letters = [letter for row in found for letter in row["letters"]]
        rows.append({
            "payment_method": method, "failed_month": month, "n_invoices": len(found), "n_recovered": len(won),
            "n_given_up": n_lost, "n_failed_attempts": sum(row["failures"] for row in found),
            "n_reminders": len(letters),
            "n_personal_reminders": sum(letter["channel"] != "email" for letter in letters),
            "n_promises": sum(letter["outcome"] == "promised" for letter in letters),
            "failed_eur_cents": sum(row["eur"] for row in found),
            "recovered_eur_cents": sum(row["eur"] for row in won) if won else None,
            "median_hours_to_recover": sorted(row["hours"] for row in won)[(len(won) - 1) // 2] if won else None,
            "recovered_share": len(won) / (len(won) + n_lost) if won or n_lost else None,
        })  # fmt: skip
    return pa.Table.from_pylist(rows)


def support_load(day: Any) -> pa.Table:
    """What customers ask of the support desk, by week."""
    subscriptions = {row["subscription_id"]: row["customer_id"] for row in _rows(day, "billing.subscriptions")}
    owner = {row["workspace_id"]: subscriptions[row["subscription_id"]] for row in _rows(day, "app.workspaces")}
    messages: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for message in _rows(day, "support.messages"):
        messages[message["ticket_id"]].append(message)
    ratings: dict[str, tuple[datetime, int]] = {}
    for row in _rows(day, "support.satisfaction_ratings"):
        ratings[row["ticket_id"]] = max(
            ratings.get(row["ticket_id"], (row["rated_at"], 0)), (row["rated_at"], row["stars"])
        )
    weeks: dict[tuple[str, date], list[dict[str, Any]]] = defaultdict(list)
    for ticket in _rows(day, "support.tickets"):
        own = messages[ticket["ticket_id"]]
        answers = [row["sent_at"] for row in own if row["author"]["kind"] == "agent"]
        minutes = _minutes(ticket["created_at"], min(answers)) if answers else None
        opened_on = ticket["created_at"].astimezone(AMSTERDAM).date()
        priority = ticket["priority"].lower()
        weeks[owner[ticket["workspace_id"]], opened_on - timedelta(days=opened_on.weekday())].append({
            "pressing": priority in ("high", "urgent"),
            "solved": ticket["status"] == "solved",
            "minutes": minutes,
            "in_time": minutes is not None and minutes <= PROMISED_MINUTES.get(priority, 1440),
            "messages": sum(row["author"]["kind"] in ("agent", "customer") for row in own),
            "files": sum(len(row["attachments"]) for row in own),
            "stars": ratings[ticket["ticket_id"]][1] if ticket["ticket_id"] in ratings else None,
        })  # fmt: skip
    rows = []
    for (customer, monday), found in weeks.items():
        answered = [row["minutes"] for row in found if row["minutes"] is not None]
        stars = [row["stars"] for row in found if row["stars"] is not None]
        n_in_time = sum(row["in_time"] for row in found)
        rows.append({
            "customer_id": customer, "week_start": monday, "n_tickets": len(found),
            "n_pressing_tickets": sum(row["pressing"] for row in found),
            "n_solved_tickets": sum(row["solved"] for row in found), "n_answered_tickets": len(answered),
            "n_answered_in_time": n_in_time, "n_messages": sum(row["messages"] for row in found),
            "n_attachments": sum(row["files"] for row in found),
            "longest_first_answer_minutes": max(answered, default=None),
            "sum_of_ratings": sum(stars) if stars else None, "n_rated_tickets": len(stars),
            "in_time_share": n_in_time / len(answered) if answered else None,
            "mean_rating": sum(stars) / len(stars) if stars else None,
        })  # fmt: skip
    return pa.Table.from_pylist(rows)


DERIVATIONS: dict[str, Callable[..., pa.Table]] = {
    "marts.mrr_movements": mrr_movements,
    "marts.dunning_results": dunning_results,
    "marts.support_load": support_load,
}
"""Table -> function of the generated day, and of what a task's `proof.yaml` states as `policy`."""


def _rows(day: Any, table: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = day.tables[table].to_pylist()
    return rows


def _delivered(day: Any, stream: str) -> Iterable[dict[str, Any]]:
    for file in day.deliveries:
        if file.stream == stream:
            yield from file.table.to_pylist()


def _levels(day: Any) -> dict[str, list[tuple[datetime, str, int]]]:
    """Customer -> when a subscription came to bring so many cents a month."""
    prices = {row["price_id"]: row for row in _rows(day, "billing.prices")}
    owner = {row["subscription_id"]: row["customer_id"] for row in _rows(day, "billing.subscriptions")}
    events = {}
    for row in _rows(day, "billing.subscription_events"):  # Sent again, an event says the same.
        events[row["subscription_id"], datetime.fromisoformat(row["occurred_at"])] = row
    levels: dict[str, list[tuple[datetime, str, int]]] = defaultdict(list)
    for (subscription, when), row in events.items():
        after = row["after"]
        price = prices[after["price_id"]]
        seats = after["quantity"] if price["scheme"] == "per_seat" else 1
        months = 12 if price["billing_interval"] == "year" else 1
        cents = rounded(price["unit_amount_cents"] * seats * (100 - after["discount_percent"]), 100 * months)
        is_free = row["kind"] in ("trial_started", "canceled")
        levels[owner[subscription]].append((when, subscription, 0 if is_free else cents))
    return levels


def _movement(opening: int, closing: int, highest: int) -> str:
    if closing == 0:
        return "churn"
    if opening == 0:
        return "reactivation" if highest else "new"
    return "expansion" if closing > opening else "contraction"


def _months(first: datetime, now: datetime) -> Iterable[date]:
    month = first.astimezone(UTC).date().replace(day=1)
    while month <= now.date():
        yield month
        month = _next_month(month)


def _next_month(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _rates(day: Any) -> dict[tuple[str, date], int]:
    """Currency and business day -> units for 10,000 euros, as last published."""
    latest: dict[tuple[str, date], tuple[datetime, Decimal]] = {}
    for row in _delivered(day, "exchange_rates"):
        key, found = (row["currency"], row["rate_date"]), (row["published_at"], row["units_per_eur"])
        latest[key] = max(latest.get(key, found), found)
    return {key: int(rate * 10000) for key, (_, rate) in latest.items()}


def _rate(rates: dict[tuple[str, date], int], currency: str, when: date) -> int:
    if currency == "EUR":
        return 10000
    while (currency, when) not in rates:
        when -= timedelta(days=1)
    return rates[currency, when]


def _hours(first: datetime, last: datetime) -> int:
    """Full hours of the clock that begin between two instants."""
    return (_whole(last, 3600) - _whole(first, 3600)) // 3600


def _minutes(first: datetime, last: datetime) -> int:
    """Full minutes of the clock that begin between two instants."""
    return (_whole(last, 60) - _whole(first, 60)) // 60


def _whole(when: datetime, seconds: int) -> int:
    return int(when.timestamp()) // seconds * seconds
