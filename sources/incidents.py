"""Incidents: what source systems may do to their readers beyond what they do on a normal day.

An incident changes what leaves the source systems, never what really happened: the generator does not know of it. A
world lists its own in `WorldSources.incidents`; anybody else's is named by its import path, `package.module:NAME`.
"""

import hashlib
import importlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.errors import LockgateError, UnknownNameError
from sources.contract import load_sources

if TYPE_CHECKING:
    from sources.contract import GeneratedDay
    from sources.systems.faults import FileFaults, HttpFaults
    from sources.systems.specs import SystemSpec


@dataclass(frozen=True)
class Incident:
    """One way in which the source systems of a world misbehave; deterministic, and seeded by the data's seed."""

    change: "Callable[[GeneratedDay], GeneratedDay] | None" = None
    """What the systems hold instead of the generated day; gets a day, gives a new one."""
    systems: "tuple[SystemSpec, ...] | None" = None
    """The source systems where they differ in shape, for example in the columns of a table; None: the world's."""
    http_faults: "Callable[[int], HttpFaults] | None" = None
    """From the seed: which requests to an HTTP API fail, counted from the start of the servers."""
    file_faults: "Callable[[int], FileFaults] | None" = None
    """From the seed: which files of a drop folder are damaged or come again."""


CALM = Incident()
"""A normal day."""


def get_incident(world: str, name: str) -> Incident:
    """The incident of this name; an empty name is a normal day.

    Raises:
        UnknownNameError: The world has no such incident.
        LockgateError: The import path leads nowhere.
    """
    if not name:
        return CALM
    module_name, separator, attribute = name.partition(":")
    if not separator:
        known = load_sources(world).incidents
        if name not in known:
            raise UnknownNameError("incident", name, list(known))
        return known[name]
    try:
        incident: Incident = getattr(importlib.import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise LockgateError(f"Incident '{name}' cannot be loaded: {error}. Give package.module:NAME.") from error
    return incident


def incident_fingerprint(name: str) -> str:
    """Changes with the code of an incident that lies outside the world's package; empty for all others."""
    module_name, separator, _ = name.partition(":")
    if not separator:
        return ""
    path = importlib.import_module(module_name).__file__
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else ""
