"""What the Python package of a world offers: its generator, its source systems and their incidents."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.generator_parameters import Dials

if TYPE_CHECKING:
    import pyarrow

    from benchmark.source_systems import SystemSpec
    from sources.systems.faults import FileFaults, HttpFaults

GENERATION_SECONDS = 600.0
"""In which a world's generator makes the data of one day."""


@dataclass(frozen=True)
class Delivery:
    """One file of a drop folder."""

    system: str
    """Which folder."""
    name: str
    """File name; the suffix says the format: `.csv` or `.jsonl.gz`."""
    stream: str
    """What the file is a delivery of, for example `planes`."""
    delivered_at: datetime
    """Becomes the time of the file."""
    table: "pyarrow.Table"
    """Its rows, in the order of the file."""


@dataclass(frozen=True)
class GeneratedDay:
    """What every source system of a world holds on one day."""

    dials: Dials
    now: datetime
    """The pinned clock, with time zone UTC."""
    tables: "Mapping[str, pyarrow.Table]"
    """`<system>.<table>` -> state as of that day, in a fixed order; instants as timestamp[us, UTC]."""
    deliveries: tuple[Delivery, ...]
    """Every file delivered up to and including that day, oldest first."""


@dataclass(frozen=True)
class Incident:
    """One way in which the source systems of a world misbehave; deterministic, and seeded by the data's seed."""

    change: "Callable[[GeneratedDay], GeneratedDay] | None" = None
    """What the systems hold instead of the generated day; gets a day, gives a new one."""
    change_systems: "Callable[[tuple[SystemSpec, ...]], tuple[SystemSpec, ...]] | None" = None
    """The source systems where they differ in shape, for example in the columns of a table."""
    http_faults: "Callable[[int], HttpFaults] | None" = None
    """From the seed: which requests to an HTTP API fail, counted from the start of the servers."""
    file_faults: "Callable[[int], FileFaults] | None" = None
    """From the seed: which files of a drop folder are damaged or come again."""


@dataclass(frozen=True)
class WorldSources:
    """The generator and the source systems of a world."""

    id: str
    package: str
    """Import path of the package with all of the generator's code."""
    generate: Callable[[Dials], GeneratedDay]
    data_packages: tuple[str, ...] = ()
    """Distributions that hold its data; those that its `world.yaml` declares."""
    systems: "tuple[SystemSpec, ...]" = ()
    """Those that its `world.yaml` declares."""
    incidents: Mapping[str, Incident] = field(default_factory=dict)
    """Name -> how its source systems may misbehave; scenarios ask for them by name."""
    made_from: tuple[Path, ...] = ()
    """Files, beside the code, that its data is made from."""
