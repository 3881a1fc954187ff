"""The worlds: what one offers, and the registry of world id -> import path."""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from benchmark.errors import UnknownNameError
from benchmark.generator_parameters import Dials

if TYPE_CHECKING:
    import pyarrow

    from sources.incidents import Incident
    from sources.systems.specs import SystemSpec

WORLDS: dict[str, str] = {"flights": "sources.flights"}
"""World id -> module that has `SOURCES: WorldSources`."""


@dataclass(frozen=True)
class Delivery:
    """One file of a drop folder."""

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
class WorldSources:
    """The generator and the source systems of a world."""

    id: str
    package: str
    """Import path of the package with all of the generator's code."""
    data_packages: tuple[str, ...]
    """Distributions that hold its data."""
    generate: Callable[[Dials], GeneratedDay]
    systems: "tuple[SystemSpec, ...]"
    incidents: "Mapping[str, Incident]" = field(default_factory=dict)
    """Name -> how its source systems may misbehave; scenarios ask for them by name."""


def load_sources(world: str) -> WorldSources:
    """Import the sources of a world.

    Args:
        world: A registered id, or the import path of a module with `SOURCES` (a dotted name).

    Raises:
        UnknownNameError: There is no such world.
    """
    path = world if "." in world else WORLDS.get(world)
    if path is None:
        raise UnknownNameError("world", world, list(WORLDS))
    try:
        module = importlib.import_module(path)
    except ModuleNotFoundError as error:
        if error.name is None or not path.startswith(error.name):
            raise
        raise UnknownNameError("world", world, list(WORLDS)) from error
    sources: WorldSources = module.SOURCES
    return sources
