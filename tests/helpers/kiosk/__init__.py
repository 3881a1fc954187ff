"""A kiosk: a world of one drop folder and three rows a day, so that tests load and build for real in seconds."""

from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa

from benchmark.generator_parameters import Dials
from sources.contract import Delivery, GeneratedDay, Incident, WorldSources
from sources.systems.faults import FileFaults

START = date(2020, 1, 1)
SALES_PER_DAY = 3


def generate(dials: Dials) -> GeneratedDay:
    """A file of items on the first day, and a file of sales on every day."""
    n_days = dials.days - 1 + dials.day
    items = pa.table({"item": ["tea", "cake"], "shelf": ["low", "high"]})
    deliveries = [Delivery("kiosk", "items_1.csv", "items", _at(0), items)]
    for number in range(n_days):
        ids = [number * SALES_PER_DAY + i for i in range(SALES_PER_DAY)]
        sales = {
            "sale_id": [1000 + i for i in ids],
            "item": ["tea" if i % 2 else "cake" for i in ids],
            "price": [100 + 7 * i + dials.seed for i in ids],
        }
        deliveries.append(Delivery("kiosk", f"sales_{number + 1}.csv", "sales", _at(number), pa.table(sales)))
    return GeneratedDay(dials, _at(n_days - 1), {}, tuple(deliveries))


def _at(number: int) -> datetime:
    return datetime.combine(START + timedelta(days=number), time(18), tzinfo=UTC)


SOURCES = WorldSources(
    id="kiosk",
    package=__name__,
    generate=generate,
    incidents={
        "again": Incident(file_faults=lambda seed: FileFaults(seed, again=("sales",))),
        "cut": Incident(file_faults=lambda seed: FileFaults(seed, cut=("sales",))),
    },
)
