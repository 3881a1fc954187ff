import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmark.generator_parameters import Dials
from sources.flights import generate
from sources.flights.clock import CLOCK
from sources.kit.clock import DialsError
from tests.helpers.day_checksums import checksum

if TYPE_CHECKING:
    from tests.helpers.flights_history import History

OPERATIONS = ("operations.schedules", "operations.departures", "operations.arrivals")
KEYS = {
    "operations.schedules": "flight_id",
    "operations.departures": "departure_id",
    "operations.arrivals": "arrival_id",
}


@pytest.mark.parametrize("seed", [0, 3])
def test_same_dials_same_bytes(history: "History", seed: int) -> None:
    assert checksum(generate(Dials(seed, day=2))) == checksum(history.day(seed, 2))


def test_another_process_and_time_zone_make_the_same(history: "History") -> None:
    program = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('here', {__file__!r})\n"
        "here = importlib.util.module_from_spec(spec); spec.loader.exec_module(here)\n"
        "print(here.checksum(here.generate(here.Dials(3, day=2))))\n"
    )
    environment = os.environ | {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "77"}
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    assert result.stdout.strip() == checksum(history.day(3, 2))


def test_seeds_differ(history: "History") -> None:
    assert len({checksum(history.day(seed)) for seed in (0, 1, 2)}) == 3


@pytest.mark.parametrize("seed", [0, 1])
def test_a_longer_history_moves_no_row(history: "History", seed: int) -> None:
    later = history.day(seed, day=2, days=14)
    longer = history.day(seed, day=1, days=15)
    for name, table in later.tables.items():
        assert table.equals(longer.tables[name]), name


@pytest.mark.parametrize("seed", [0, 1])
def test_a_short_history_is_part_of_a_long_one(history: "History", seed: int) -> None:
    short = history.database(seed, days=5)
    short.connection.register("long_flights", history.truth(seed)["truth_flights"])
    short.connection.register("long_observations", history.truth(seed)["truth_observations"])
    assert short.one("select count(*) from (from truth_flights except from long_flights)") == 0
    assert short.one("select count(*) from (from truth_observations except from long_observations)") == 0


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
@pytest.mark.parametrize("table", OPERATIONS)
def test_what_changes_by_day_2_is_what_a_cursor_finds(history: "History", seed: int, table: str) -> None:
    first, second = history.day(seed), history.day(seed, 2)
    database = history.database(seed)
    database.connection.register("day_1", first.tables[table])
    database.connection.register("day_2", second.tables[table])
    clock = f"timestamptz '{first.now.isoformat()}'"
    assert database.one(f"select count(*) from day_1 where updated_at > {clock}") == 0
    assert database.one(f"select count(*) from day_2 where updated_at > timestamptz '{second.now.isoformat()}'") == 0
    changed = "select * from day_2 except select * from day_1"
    assert database.rows(f"{changed} order by all") == database.rows(
        f"select * from day_2 where updated_at > {clock} order by all"
    )
    assert database.one(f"select count(*) from ({changed})") > 0
    gone = database.one(f"select count(*) from day_1 anti join day_2 using ({KEYS[table]})")
    assert (gone > 0) == (table == "operations.schedules")


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_weather_only_grows_and_only_behind_the_cursor(history: "History", seed: int) -> None:
    database = history.database(seed, 2)
    database.connection.register("day_1", history.day(seed).tables["weather.observations"])
    clock = f"timestamptz '{history.day(seed).now.isoformat()}'"
    assert database.one("select count(*) from (from day_1 except from observations)") == 0
    new = database.rows("select * from observations except select * from day_1 order by all")
    assert new == database.rows(f"select * from observations where updated_at > {clock} order by all")
    assert new


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_keys_are_unique_and_references_hold(history: "History", seed: int) -> None:
    for day in (1, 2):
        database = history.database(seed, day)
        for table, key in (("schedules", "flight_id"), ("departures", "departure_id"), ("arrivals", "arrival_id")):
            assert database.one(f"select count(*) - count(distinct {key}) from {table}") == 0
        assert database.one("select count(*) - count(distinct flight_id) from arrivals") == 0
        assert database.one("select count(*) from departures anti join schedules using (flight_id)") == 0
        assert database.one("select count(*) from arrivals anti join departures using (flight_id)") == 0
        for column in ("origin", "destination"):
            missing = f"select count(*) from schedules anti join airports on schedules.{column} = airports.iata_code"
            assert database.one(missing) == 0
        assert database.one("select count(*) from schedules anti join airlines using (carrier_code)") == 0
        assert database.one("select count(*) from observations anti join stations using (station)") == 0


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_most_aircraft_that_fly_are_registered(history: "History", seed: int) -> None:
    share = """
        select avg((tail_number in (select tail_number from planes))::integer)
        from truth_flights where tail_number is not null
    """
    assert 0.6 < history.database(seed).one(share) < 0.95


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_another_seed_is_another_company_of_the_same_shape(history: "History", seed: int) -> None:
    database = history.database(seed)
    assert 8 <= database.one("select count(distinct carrier_code) from schedules") <= 13
    assert 4_000 < database.one("select count(*) from schedules") < 14_000
    assert database.one("select count(distinct origin) from schedules") == 3
    # Hardly anything of what really happened stays where it was.
    database.connection.register("real_flights", history.truth(0)["truth_flights"])
    same = "select count(*) from truth_flights semi join real_flights using (flight_date, carrier_code, flight_number)"
    assert database.one(same) < 0.05 * database.one("select count(*) from truth_flights")


def test_the_clock() -> None:
    assert str(CLOCK.now(Dials(0))) == "2013-03-14 23:30:00+00:00"
    assert str(CLOCK.as_of(Dials(0, days=1, day=3))) == "2013-03-03"


@pytest.mark.parametrize(
    ("dials", "message"),
    [
        (Dials(0, days=0), "days is 0, but must be at least 1"),
        (Dials(0, day=-1), "day is -1, but must be at least 1"),
        (Dials(0, days=305), "make 305 days from 2013-03-01, but seed 0 has 304: seed 0 is the real year 2013"),
        (Dials(7, days=1000, day=2), "but seed 7 has 1000"),
    ],
)
def test_dials_out_of_range_are_explained(dials: Dials, message: str) -> None:
    with pytest.raises(DialsError, match=message):
        generate(dials)


@pytest.mark.slow
def test_the_last_day_of_the_real_year_works() -> None:
    assert generate(Dials(0, days=304)).tables["operations.schedules"].num_rows > 250_000
