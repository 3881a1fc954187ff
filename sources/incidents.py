"""Incidents: what source systems may do to their readers beyond what they do on a normal day.

An incident changes what leaves the source systems, never what really happened: the generator does not know of it. A
world lists its own in `WorldSources.incidents`; anybody else's is named by its import path, `package.module:NAME`.
"""

import hashlib
import importlib

from benchmark.errors import LockgateError, UnknownNameError
from sources.contract import Incident
from sources.imported_code import imported_code
from sources.registry import load_sources

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
    code = imported_code(module_name)
    digest = hashlib.sha256()
    for path, content in (code.contents() if code else {}).items():
        digest.update(f"{path} {len(content)}\n".encode() + content)
    return digest.hexdigest()
