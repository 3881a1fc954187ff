"""A market: a world of a bucket and a document database, small enough to load for real in seconds."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pyarrow as pa

from benchmark.delivered_files import DeliveredFiles, FileFormat
from benchmark.generator_parameters import Dials
from benchmark.source_systems import MongodbCollection, MongodbSystem, ObjectStoreSystem
from sources.contract import Delivery, GeneratedDay, Incident, WorldSources
from sources.systems.faults import FileFaults, HttpFaults

START = date(2020, 1, 1)
ORDERS_PER_DAY = 4
ORDERS = DeliveredFiles(
    pattern="orders/date={date}/orders.csv.gz", format=FileFormat(type="csv", compression="gzip", delimiter=";")
)
PRICES = DeliveredFiles(pattern="prices/{date:%Y%m%d}-{number:02}.parquet", format="parquet", rows_per_file=1)


def generate(dials: Dials) -> GeneratedDay:
    """Orders and prices of every day; the first day's orders come again on the second, with another amount."""
    n_days = dials.days - 1 + dials.day
    deliveries = []
    for number in range(n_days):
        day = START + timedelta(days=number)
        deliveries.append(Delivery("events", ORDERS.file_name(day), "orders", _at(number), _orders(number, dials.seed)))
        for item, price in enumerate(("tea", "cake"), start=1):
            row = pa.table({"item": [price], "cents": [100 * item + number], "day": [day]})
            deliveries.append(Delivery("events", PRICES.file_name(day, item), "prices", _at(number), row))
        if number == 1:
            again = _orders(0, dials.seed + 1)
            deliveries.append(Delivery("events", ORDERS.file_name(START), "orders", _at(1), again))
    tables = {"people.customers": _customers(n_days, dials.seed)}
    return GeneratedDay(dials, _at(n_days - 1), tables, tuple(deliveries))


def _customers(n_days: int, seed: int) -> pa.Table:
    """One more customer a day; the first one moves on every day."""
    numbers = list(range(n_days))
    moved_at = [_at(n_days - 1 if number == 0 else number) for number in numbers]
    instant = pa.timestamp("us", "UTC")
    address = [
        {"city": f"City {n_days if number == 0 else number}", "zip": None if number % 2 else "89073"}
        for number in numbers
    ]
    return pa.table(
        {
            "customer_id": [f"C{seed}-{number}" for number in numbers],
            "created_at": pa.array([_at(number) for number in numbers], instant),
            "updated_at": pa.array(moved_at, instant),
            "address": address,
            "orders": [[{"order_id": number, "amount": Decimal(f"{number}.50")}] * number for number in numbers],
            "points": pa.array([2**53 + number for number in numbers], pa.int64()),
        }
    )


def _orders(number: int, seed: int) -> pa.Table:
    ids = [number * ORDERS_PER_DAY + row for row in range(ORDERS_PER_DAY)]
    return pa.table({"order_id": ids, "amount": [f"{number + seed}.{row}0" for row in ids]})


def _at(number: int) -> datetime:
    return datetime.combine(START + timedelta(days=number), time(18), tzinfo=UTC)


SOURCES = WorldSources(
    id="market",
    package=__name__,
    generate=generate,
    systems=(
        MongodbSystem(
            name="people",
            collections={
                "customers": MongodbCollection(
                    key="customer_id",
                    id="object_id",
                    created_at="created_at",
                    description="One customer; the address changes when the customer moves.",
                    fields={"points": "Collected so far."},
                )
            },
        ),
        ObjectStoreSystem(
            name="events", documentation="Orders and prices.\n", files={"orders": ORDERS, "prices": PRICES}
        ),
    ),
)
FAULTS = Incident(http_faults=HttpFaults, file_faults=lambda seed: FileFaults(seed, cut=("orders",), again=("prices",)))
"""The first requests fail, the newest orders are cut, the oldest prices came again."""
EVENTS = """\
connection: events
source: object_store
config:
  endpoint_url: ${EVENTS_ENDPOINT}
  bucket: ${EVENTS_BUCKET}
  region: ${EVENTS_REGION}
  access_key_id: ${EVENTS_ACCESS_KEY_ID}
  secret_access_key: ${EVENTS_SECRET_ACCESS_KEY}
streams:
  - name: orders
    pattern: "orders/*/orders.csv.gz"
    format: csv
    sync_mode: incremental
    destination_sync_mode: append_dedup
    primary_key: [order_id]
  - {name: prices, pattern: "prices/*.parquet", format: parquet}
"""
"""A connection file."""
PEOPLE = """\
connection: people
source: mongodb
config:
  host: ${PEOPLE_HOST}
  port: ${PEOPLE_PORT}
  database: ${PEOPLE_DATABASE}
  user: ${PEOPLE_USER}
  password: ${PEOPLE_PASSWORD}
streams:
  - name: customers
    sync_mode: incremental
    destination_sync_mode: append_dedup
    cursor_field: updated_at
    primary_key: [_id]
    nested: flatten
"""
