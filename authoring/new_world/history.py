"""First day and days of history of a world whose data is an extract."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from authoring.new_world.source_tables import SourceTable
from benchmark.duckdb_sql import quote
from sources.kit.extract_files import RAW, open_extract

_LATER_DAYS = 7
"""Days of the extract that come after day 1, at most: day 2 and the days after it need rows of their own."""
_WITHOUT_TIMES = (date(2024, 1, 1), 14)


class History(NamedTuple):
    """What a world says about its days."""

    start: date
    days: int
    """Of history on day 1."""
    evidence: str
    is_known: bool
    """False = no table has a time, so every day is like the first."""


def propose_history(folder: Path, tables: Sequence[SourceTable]) -> History:
    """From the times at which the rows of an extract happened or came."""
    import duckdb

    times = [
        (table.name, str(role.value))
        for table in tables
        for role in table.proposals
        if role.role in ("event_time", "loaded_at")
    ]
    if not times:
        return History(*_WITHOUT_TIMES, "no table has a time; all days are alike", False)
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        open_extract(connection, folder)
        days = " union all ".join(
            f"select {quote(column)}::date as day from {RAW}.{quote(table)} where isfinite({quote(column)}::timestamp)"
            for table, column in times
        )
        # The first and the last per cent are left out: a date such as 9999-12-31 means 'never'.
        found = connection.execute(f"select quantile_disc(day, 0.01), quantile_disc(day, 0.995) from ({days})")
        first, last = found.fetchone() or (None, None)
    if first is None:
        return History(*_WITHOUT_TIMES, "no row has a time; all days are alike", False)
    span = (last - first).days + 1
    later = min(_LATER_DAYS, span // 4)
    day_1 = last - timedelta(days=later)
    evidence = f"rows from {first} to {last}; day 1 is {day_1}, {later} days of the data come after it"
    return History(first, (day_1 - first).days + 1, evidence, later > 0)
