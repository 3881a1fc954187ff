"""A market: a world whose deliveries lie in a bucket, small enough to load for real in seconds."""

from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa

from benchmark.delivered_files import DeliveredFiles, FileFormat
from benchmark.generator_parameters import Dials
from benchmark.source_systems import ObjectStoreSystem
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
    return GeneratedDay(dials, _at(n_days - 1), {}, tuple(deliveries))


def _orders(number: int, seed: int) -> pa.Table:
    ids = [number * ORDERS_PER_DAY + row for row in range(ORDERS_PER_DAY)]
    return pa.table({"order_id": ids, "amount": [f"{number + seed}.{row}0" for row in ids]})


def _at(number: int) -> datetime:
    return datetime.combine(START + timedelta(days=number), time(18), tzinfo=UTC)


SOURCES = WorldSources(
    id="market",
    package=__name__,
    data_packages=(),
    generate=generate,
    systems=(
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
