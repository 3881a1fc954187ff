"""The generator: seed, days and day in, the state of every source system out."""

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import pyarrow

from benchmark.generator_parameters import Dials
from sources.contract import GeneratedDay
from sources.flights import base, operations, weather
from sources.flights.clock import CLOCK, check_dials
from sources.flights.reference import deliveries
from sources.flights.resample import create_resampling
from sources.flights.source_noise import create_mess
from sources.flights.truth import create_truth
from sources.kit.arrow_tables import arrow_table
from sources.kit.draws import create_draws, draw_for, set_clock

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
            now=CLOCK.now(dials),
            tables={name: arrow_table(connection.sql(query)) for name, query in TABLES.items()},
            deliveries=deliveries(connection, CLOCK.first_as_of(dials), CLOCK.as_of(dials)),
        )


def generate_truth(dials: Dials) -> dict[str, pyarrow.Table]:
    """What really happened, in UTC, for a second derivation of marts: `truth_flights` and `truth_observations`.

    Holds what is not known yet on the as-of day, too, up to the last published schedule.
    """
    with _history(dials) as connection:
        return {name: arrow_table(connection.table(name)) for name in TRUTH_TABLES}


@contextmanager
def _history(dials: Dials) -> Iterator[duckdb.DuckDBPyConnection]:
    check_dials(dials)
    folder = base.base_dir()
    with duckdb.connect() as connection:
        connection.execute("set enable_progress_bar = false")  # It would go to standard output.
        for name in base.TABLES:
            path = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(f"create view base_{name} as from read_parquet('{path}')")
        create_draws(connection, dials.seed)
        draw_for(connection, None)  # Streams have names of their own here.
        set_clock(connection, CLOCK.start, CLOCK.first_as_of(dials), CLOCK.as_of(dials), CLOCK.now(dials))
        create_mess(connection)
        create_resampling(connection, dials.seed)
        create_truth(connection)
        yield connection
