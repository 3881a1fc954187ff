"""The exchange rates of the world `shop` are those of the European Central Bank."""

import re
from datetime import date, timedelta
from decimal import Decimal

from currency_converter import CurrencyConverter, RateNotFoundError

from benchmark.registry import get_world

CURRENCIES = ("USD", "GBP", "PLN", "SEK", "CHF")


def test_the_listed_rates_are_those_of_the_ecb_on_each_of_its_business_days() -> None:
    text = (get_world("shop").folder / "generate" / "ecb_rates.sql").read_text(encoding="utf-8")
    rows = re.findall(r"\(date '([0-9-]{10})', ([0-9., ]+)\)", text)
    listed = {date.fromisoformat(day): [Decimal(rate) for rate in rates.split(", ")] for day, rates in rows}

    assert listed == published(min(listed), max(listed))
    assert date(2024, 3, 28) in listed
    assert date(2024, 3, 29) not in listed, "Good Friday"


def published(first: date, last: date) -> dict[date, list[Decimal]]:
    """What one euro cost in each of the currencies, for the days with rates."""
    bank = CurrencyConverter(decimal=True)
    found = {}
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        try:
            found[day] = [bank.convert(1, "EUR", currency, date=day) for currency in CURRENCIES]
        except RateNotFoundError:
            continue
    return found
