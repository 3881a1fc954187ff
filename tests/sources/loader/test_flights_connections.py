"""The reference connections of the world flights on its real source systems."""

from pathlib import Path

import duckdb
import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_world
from sources.loader import LoadReport, LoadRequest, load
from sources.systems.client import SourceSystems

DIALS = Dials(seed=0, days=3)
TABLES = [
    f"raw_{connection}.{stream}"
    for connection, streams in {
        "operations": ("schedules", "departures", "arrivals"),
        "weather": ("observations", "stations"),
        "reference": ("airports", "airlines", "planes"),
    }.items()
    for stream in streams
]


def _load(systems: SourceSystems, warehouse: Path) -> LoadReport:
    world = get_world("flights")
    now = world.pinned_now(systems.dials)
    return load(LoadRequest(world.project_dir / "el", warehouse, now, systems.environment))


def _differences(first: Path, second: Path) -> dict[str, int]:
    """Rows that only one of two warehouses has, by table; the loader's own columns do not count."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{first}' as one (read_only); attach '{second}' as two (read_only)")
        found = {}
        for table in TABLES:
            one, two = (f"select columns('^[^_]|^_source') from {catalog}.{table}" for catalog in ("one", "two"))
            statement = f"select count(*) from (({one} except all {two}) union all ({two} except all {one}))"
            [found[table]] = connection.execute(statement).fetchone() or (None,)
        return found


@pytest.mark.slow
def test_incremental_loads_equal_a_fresh_one(tmp_path: Path) -> None:
    kept, copy, fresh = (tmp_path / f"{name}.duckdb" for name in ("kept", "copy", "fresh"))
    nothing = dict.fromkeys(TABLES, 0)
    with SourceSystems("flights", DIALS, tmp_path / "systems") as systems:
        first = _load(systems, kept)
        assert first.errors == []
        assert [stream.warnings for stream in first.streams] == [()] * 8
        assert min(stream.n_records for stream in first.streams) > 0
        copy.write_bytes(kept.read_bytes())
        assert _load(systems, kept).is_ok
        assert _differences(kept, copy) == nothing, "a second load of the same day changes nothing"
        systems.set_day(2)
        assert _load(systems, kept).is_ok
        assert _load(systems, fresh).is_ok
        assert _differences(kept, fresh) == nothing
        assert _differences(kept, copy)["raw_operations.schedules"] > 0
