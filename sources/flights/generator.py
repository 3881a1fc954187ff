"""The generator: seed, days and day in, the state of every source system out."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow

from benchmark.generator_parameters import Dials
from sources.contract import GeneratedDay
from sources.flights import base, operations, weather
from sources.flights.clock import as_of, first_as_of, pinned_now
from sources.flights.draws import create_draws
from sources.flights.reference import deliveries
from sources.flights.resample import create_resampling
from sources.flights.source_noise import create_mess
from sources.flights.truth import create_truth

TABLES = {
    "operations.schedules": operations.SCHEDULES,
    "operations.departures": operations.DEPARTURES,
    "operations.arrivals": operations.ARRIVALS,
    "weather.observations": weather.OBSERVATIONS,
    "weather.stations": weather.STATIONS,
}
"""`<system>.<table>` -> the SQL of its state on the as-of day."""
TRUTH_TABLES = ("truth_flights", "truth_observations")


def generate(dials: Dials) -> GeneratedDay:
    """Make the state of every source system: a function of the dials and of nothing else.

    Raises:
        DialsError: The dials ask for what the world does not have.
        BaseDataError: The packages with the real data are missing.
    """
    with _history(dials) as connection:
        return GeneratedDay(
            dials=dials,
            now=pinned_now(dials),
            tables={name: connection.sql(query).to_arrow_table() for name, query in TABLES.items()},
            deliveries=deliveries(connection, first_as_of(dials), as_of(dials)),
        )


def generate_truth(dials: Dials) -> dict[str, pyarrow.Table]:
    """What really happened, in UTC, for a second derivation of marts: `truth_flights` and `truth_observations`.

    Holds what is not known yet on the as-of day, too, up to the last published schedule.
    """
    with _history(dials) as connection:
        return {name: connection.table(name).to_arrow_table() for name in TRUTH_TABLES}


@contextmanager
def _history(dials: Dials) -> Iterator[duckdb.DuckDBPyConnection]:
    last = as_of(dials)
    folder = base.base_dir()
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_progress_bar = false")  # It would go to standard output.
        for name in base.TABLES:
            path = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(f"create view base_{name} as from read_parquet('{path}')")
        # No query parameters: binding the first one makes DuckDB import pandas, about a second.
        connection.execute(f"set variable as_of = date '{last}'")
        connection.execute(f"set variable first_as_of = date '{first_as_of(dials)}'")
        connection.execute(f"set variable now = timestamptz '{pinned_now(dials).isoformat()}'")
        create_draws(connection, dials.seed)
        create_mess(connection)
        create_resampling(connection, dials.seed)
        create_truth(connection)
        yield connection
