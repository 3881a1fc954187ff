"""The files of declared drop folders and buckets: what each delivery of a table holds, and what noise does to it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from benchmark.generator_parameters import Dials
from benchmark.noise_rules import AnyNoise, FileAgain, FileCut
from benchmark.source_systems import DeliveringSystem
from sources.contract import Delivery
from sources.kit.clock import WorldClock
from sources.kit.python_draws import draw
from sources.kit.shown_tables import ShownTables

if TYPE_CHECKING:
    import pyarrow

_MENDED_AFTER = timedelta(days=1)


def deliveries_of(
    system: DeliveringSystem, names: Mapping[str, str], shown: ShownTables, clock: WorldClock, dials: Dials
) -> Iterator[Delivery]:
    """Every file of a system, of each kind oldest first.

    Args:
        system: The folder or bucket.
        names: Stream -> generated table.
        shown: The tables.
        clock: Of the world.
        dials: Of the day.
    """
    for stream, file in system.files.items():
        table = names[stream]
        times = file.delivery_times(clock.start, clock.first_as_of(dials), clock.now(dials))
        if file.delivery == "full":
            contents = {at: shown.state(table, at) for at in times}
        else:
            contents = {at: shown.state(table, at) for at in times[:1]} | shown.changes(table, times)
        for at, rows in contents.items():
            if rows is not None and (rows.num_rows or at == times[0] or file.delivery == "full"):
                for number, part in enumerate(_parts(rows, file.rows_per_file), start=1):
                    yield Delivery(system.name, file.file_name(at.date(), number, at.hour), stream, at, part)


def _parts(rows: "pyarrow.Table", n_rows: int | None) -> "Iterator[pyarrow.Table]":
    """The files of one delivery; a delivery without rows is one file."""
    size = n_rows or max(rows.num_rows, 1)
    for first in range(0, max(rows.num_rows, 1), size):
        yield rows.slice(first, size)


def with_file_noise(
    deliveries: Sequence[Delivery], rules: Sequence[AnyNoise], generated: Mapping[str, str], seed: int, now: datetime
) -> tuple[Delivery, ...]:
    """Deliveries with some files in part, and some again under another name (`_2`); oldest first.

    Args:
        deliveries: Whole.
        rules: Those about rows are left to `sources/kit/noise.py`.
        generated: `<system>.<stream>` -> generated table.
        seed: Of the data.
        now: The clock.
    """
    found = list(deliveries)

    def is_met(file: Delivery, rule: FileCut | FileAgain) -> bool:
        is_of_table = generated[f"{file.system}.{file.stream}"] == rule.table
        return is_of_table and draw(seed, rule.table, file.name, f"noise {rule.kind}") < rule.rate

    for rule in rules:
        if isinstance(rule, FileCut):
            found = [_cut(file, rule, seed, now) if is_met(file, rule) else file for file in found]
    for rule in rules:
        if isinstance(rule, FileAgain):
            found += [
                replace(file, name=_second_name(file.name), delivered_at=file.delivered_at + _MENDED_AFTER)
                for file in found
                if is_met(file, rule) and file.delivered_at + _MENDED_AFTER <= now
            ]
    return tuple(sorted(found, key=lambda file: (file.delivered_at, file.system, file.name)))


def _cut(file: Delivery, rule: FileCut, seed: int, now: datetime) -> Delivery:
    mended_at = file.delivered_at + _MENDED_AFTER
    if mended_at <= now:
        return replace(file, delivered_at=mended_at)
    share = 0.4 + 0.4 * draw(seed, rule.table, file.name, "noise file_cut share")
    return replace(file, table=file.table.slice(0, int(share * file.table.num_rows)))


def _second_name(name: str) -> str:
    folder, slash, base = name.rpartition("/")
    stem, _, suffix = base.partition(".")
    return f"{folder}{slash}{stem}_2.{suffix}"
