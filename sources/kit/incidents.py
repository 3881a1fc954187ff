"""The incidents of a world, from what `world.yaml` says of its tables: no world writes its own.

- `faults`: requests to HTTP APIs fail, the newest file of each kind is there in part, the oldest comes again.
- `recovered`: what stays of `faults` once the trouble is over: files that came again.
- `drift`: every table has a column more, in front, and the others in reverse order; those that may be empty stay empty.
- `outage`: the HTTP APIs are closed at first; the third load of each endpoint is answered.
- `spoiled`: columns hold what `world.yaml` says instead of what happened; only where it says so.
- `late`: half of the rows of one day come more than a week after it, between day 1 and day 2. Only where a time says
  so: tables with `loaded_at` or `updated_at`. Rows that others point to come in time: a child never comes before its
  parent, as little as it does in the source system itself.

What a world changes of this is the key `incidents`; see `benchmark/incident_options.py`.
"""

from benchmark.incident_options import IncidentOptions
from benchmark.source_systems import DeliveringSystem, HttpSystem, SystemSpec
from sources.contract import Incident
from sources.kit.drift import Drift
from sources.kit.lateness import Lateness
from sources.kit.source_tables import SourceTables
from sources.kit.spoiled import Spoiled
from sources.systems.faults import FileFaults, HttpFaults, HttpOutage


def declared_incidents(
    options: IncidentOptions, tables: SourceTables, systems: tuple[SystemSpec, ...]
) -> dict[str, Incident]:
    """The incidents of a world by name, without those that it leaves out.

    Raises:
        GeneratorError: An option names a table that there is not.
    """
    tables.check(options)
    found: dict[str, Incident] = {}
    if options.faults:
        streams = {
            stream: tables.behind(spec.name, stream)
            for spec in systems
            if isinstance(spec, DeliveringSystem)
            for stream in spec.files
        }
        again = tuple(stream for stream, table in streams.items() if table not in options.faults.left_out)
        cut = tuple(stream for stream in again if streams[stream] not in options.faults.never_cut)
        is_twice = options.faults.first_page_twice
        found["faults"] = Incident(
            http_faults=lambda seed: HttpFaults(seed, is_first_page_twice=is_twice),
            file_faults=lambda seed: FileFaults(seed, cut=cut, again=again),
        )
        found["recovered"] = Incident(file_faults=lambda seed: FileFaults(seed, again=again))
    if options.drift:
        drift = Drift(options.drift, tables)
        found["drift"] = Incident(change=drift.change, change_systems=drift.change_systems)
    if any(isinstance(spec, HttpSystem) for spec in systems):
        found["outage"] = Incident(http_faults=HttpOutage)
    if options.spoiled:
        found["spoiled"] = Incident(change=Spoiled(options.spoiled, tables).change)
    if options.late:
        found["late"] = Incident(change=Lateness(options.late, tables).change)
    return found
