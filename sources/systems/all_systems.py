"""All source systems of one trial inside this process: start, next day, check, stop.

What they show is a function of world, seed, days, day and incident alone. Each day is made as if it were the first:
new database server on a new copy, new state of the API, new files. So readers leave nothing behind from day to day.
"""

import contextlib
import errno
import shutil
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.errors import LockgateError
from benchmark.generator_parameters import Dials
from sources.contract import GeneratedDay, Incident, WorldSources
from sources.generated_cache import generated_day
from sources.incidents import CALM
from sources.systems.drop_folder import DropFolder
from sources.systems.errors import SourceSystemError
from sources.systems.http_api import HttpApi
from sources.systems.postgres_clusters import cluster_of_day
from sources.systems.postgres_process import PostgresError
from sources.systems.postgres_replica import PostgresReplica
from sources.systems.specs import FolderSystem, HttpSystem, PostgresSystem, SystemSpec

if TYPE_CHECKING:
    import pyarrow

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class TrialSystems:
    """The servers and folders of one world.

    Args:
        world: What to start and how to fill it.
        dials: Seed, days, and the day to start on.
        directory: Each system gets a folder of its name inside; what a killed trial left there is removed first.
        incident: How they misbehave, from the start to the end.
    """

    def __init__(self, world: WorldSources, dials: Dials, directory: Path, incident: Incident = CALM) -> None:
        self._world = world
        self._incident = incident
        self._systems = incident.systems or world.systems
        self._dials = dials
        self._directory = directory.resolve()
        self._servers: dict[str, PostgresReplica] = {}
        self._apis: dict[str, HttpApi] = {}
        self._folders: dict[str, DropFolder] = {}

    @property
    def environment(self) -> dict[str, str]:
        """What `el/` files and agents are told: addresses, names, keys."""
        told: dict[str, str] = {}
        for api in self._apis.values():
            told |= api.environment
        for folder in self._folders.values():
            told |= folder.environment
        for name, server in self._servers.items():
            values = {
                "HOST": server.host,
                "PORT": str(server.port),
                "DATABASE": server.database,
                "USER": server.user,
                "PASSWORD": server.password,
            }
            told |= {f"{name.upper()}_{key}": value for key, value in values.items()}
        return dict(sorted(told.items()))

    def start(self) -> None:
        """Start everything and fill it with the state of the day.

        Raises:
            LockgateError: The dials are out of range.
            SourceSystemError: A system does not start. What was started is for `stop` to end.
        """
        with _clear("host"):
            self._directory.mkdir(parents=True, exist_ok=True)
            for spec in self._systems:
                shutil.rmtree(self._directory / spec.name, ignore_errors=True)
        days = self._days(self._dials)
        for spec in self._systems:
            with _clear(spec.name):
                self._start(spec)
        self._show(days)

    def set_day(self, day: int) -> None:
        """Bring every system to the state of another day; sessions and connections of readers are ended first.

        Addresses and keys stay, but for the port of a database that somebody else has taken in the meantime.

        Raises:
            SourceSystemError: A system does not start, or the day lies before the current one.
        """
        if day < self._dials.day:
            raise SourceSystemError("host", f"day {day} lies before day {self._dials.day}; time goes forward only.")
        dials = replace(self._dials, day=day)
        self._show(self._days(dials))
        self._dials = dials

    def end_sessions(self) -> None:
        """End what readers do right now: their database sessions and their connections to APIs."""
        for name, server in self._servers.items():
            with _clear(name):
                server.end_sessions()
        for api in self._apis.values():
            api.end_connections()

    def check(self) -> None:
        """Ask each server whether it is alive.

        Raises:
            SourceSystemError: One is not.
        """
        for name, server in self._servers.items():
            with _clear(name):
                server.check()
        for name, folder in self._folders.items():
            if not folder.folder.is_dir():
                raise SourceSystemError(name, f"the folder {folder.folder} is gone.")

    def stop(self) -> None:
        """End every server and remove every folder; does nothing the second time."""
        for api in self._apis.values():
            api.stop()
        for server in self._servers.values():
            server.stop()
        for spec in self._systems:
            shutil.rmtree(self._directory / spec.name, ignore_errors=True)

    def _days(self, dials: Dials) -> list[GeneratedDay]:
        """What the systems show on each day until the wanted one."""
        wanted = generated_day(self._world, dials)
        days = [*(generated_day(self._world, replace(dials, day=day)) for day in range(1, dials.day)), wanted]
        change = self._incident.change
        return [change(day) for day in days] if change else days

    def _start(self, spec: SystemSpec) -> None:
        match spec:
            case PostgresSystem():
                self._servers[spec.name] = PostgresReplica(self._directory / spec.name, database=spec.name)
            case HttpSystem():
                self._apis[spec.name] = HttpApi(spec)
                self._apis[spec.name].start()
            case FolderSystem():
                self._folders[spec.name] = DropFolder(spec, self._directory / spec.name)
                self._folders[spec.name].start()

    def _show(self, days: list[GeneratedDay]) -> None:
        with ThreadPoolExecutor(len(self._systems) or 1, thread_name_prefix="show") as pool:
            for shown in [pool.submit(self._show_one, spec, days) for spec in self._systems]:
                shown.result()

    def _show_one(self, spec: SystemSpec, days: list[GeneratedDay]) -> None:
        seed, incident = self._dials.seed, self._incident
        with _clear(spec.name):
            match spec:
                case PostgresSystem():
                    with cluster_of_day(spec, [_tables_of(day, spec.name) for day in days]) as data:
                        self._servers[spec.name].show(data)
                case HttpSystem():
                    http_faults = incident.http_faults(seed) if incident.http_faults else None
                    self._apis[spec.name].show(_tables_of(days[-1], spec.name), http_faults)
                case FolderSystem():
                    file_faults = incident.file_faults(seed) if incident.file_faults else None
                    self._folders[spec.name].show(days[-1].deliveries, file_faults)


def _tables_of(generated: GeneratedDay, system: str) -> "Mapping[str, pyarrow.Table]":
    prefix = f"{system}."
    return {name.removeprefix(prefix): table for name, table in generated.tables.items() if name.startswith(prefix)}


@contextlib.contextmanager
def _clear(system: str) -> Iterator[None]:
    """Say which system it was, and what to do about a full disk."""
    try:
        yield
    except SourceSystemError:
        raise
    except PostgresError as error:
        raise SourceSystemError(system, str(error)) from error
    except OSError as error:
        advice = " The disk is full: free some space and run again." if error.errno in _DISK_FULL else ""
        raise SourceSystemError(system, f"{error}.{advice}") from error
    except LockgateError as error:
        raise SourceSystemError(system, str(error)) from error
