"""All source systems of one trial inside this process: start, next day, check, stop."""

import contextlib
import errno
import shutil
from collections.abc import Callable, Iterator, Mapping
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
from sources.systems.postgres import PostgresError, PostgresServer
from sources.systems.postgres_state import create_tables, fill_tables, set_state
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
        self._servers: dict[str, PostgresServer] = {}
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
        # Servers wait for the disk, the generator for the processor.
        with ThreadPoolExecutor(1, thread_name_prefix="generate") as pool:
            generating = pool.submit(self._generated, self._dials)
            for spec in self._systems:
                with _clear(spec.name):
                    self._start(spec)
            generated = generating.result()
        self._fill(generated, fill_tables)

    def set_day(self, day: int) -> None:
        """Bring every system to the state of another day: rows change, files come on top.

        Raises:
            SourceSystemError: A system is dead or refuses, or the day lies before the current one.
        """
        if day < self._dials.day:
            raise SourceSystemError("host", f"day {day} lies before day {self._dials.day}; time goes forward only.")
        dials = replace(self._dials, day=day)
        self._fill(self._generated(dials), set_state)
        self._dials = dials

    def check(self) -> None:
        """Ask each server whether it is alive.

        Raises:
            SourceSystemError: One is not.
        """
        for name, server in self._servers.items():
            with _clear(name):
                server.query("select 1")
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

    def _generated(self, dials: Dials) -> GeneratedDay:
        generated = generated_day(self._world, dials)
        return self._incident.change(generated) if self._incident.change else generated

    def _start(self, spec: SystemSpec) -> None:
        seed = self._dials.seed
        match spec:
            case PostgresSystem():
                server = PostgresServer(self._directory / spec.name, database=spec.name)
                self._servers[spec.name] = server
                server.start()
                create_tables(server, spec)
            case HttpSystem():
                http_faults = self._incident.http_faults
                self._apis[spec.name] = HttpApi(spec, http_faults(seed) if http_faults else None)
                self._apis[spec.name].start()
            case FolderSystem():
                file_faults = self._incident.file_faults
                self._folders[spec.name] = DropFolder(
                    spec, self._directory / spec.name, file_faults(seed) if file_faults else None
                )
                self._folders[spec.name].start()

    def _fill(self, generated: GeneratedDay, write: Callable[..., None]) -> None:
        for spec in self._systems:
            with _clear(spec.name):
                match spec:
                    case PostgresSystem():
                        write(self._servers[spec.name], spec, _tables_of(generated, spec.name))
                    case HttpSystem():
                        self._apis[spec.name].set_tables(_tables_of(generated, spec.name))
                    case FolderSystem():
                        self._folders[spec.name].deliver(generated.deliveries)


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
