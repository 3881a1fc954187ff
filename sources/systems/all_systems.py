"""All source systems of one trial inside this process: start, next day, check, stop.

What they show is a function of world, seed, days, day and incident alone. Each day is made as if it were the first:
new database server on a new copy, new state of the API, new files. So readers leave nothing behind from day to day.
"""

import contextlib
import errno
import shutil
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from benchmark.errors import LockgateError
from benchmark.generator_parameters import Dials
from sources.contract import GeneratedDay, Incident, WorldSources
from sources.generated_cache import generated_day
from sources.incidents import CALM
from sources.systems.errors import SourceSystemError
from sources.systems.interface import SourceServer
from sources.systems.server_types import new_server

_DISK_FULL = (errno.ENOSPC, errno.EDQUOT)


class TrialSystems:
    """The servers and folders of one world.

    Args:
        world: What to start and how to fill it.
        dials: Seed, days, and the day to start on.
        directory: Each system gets a folder of its name inside; what a killed trial left there is removed first.
        incident: How they misbehave, from the start to the end.
        on_making: Called with the number of a day before its data is made or read, and with None once all of it is
            there.
        only: Names of the systems that are started; None = all. Where some are left out, the others show what they
            would show beside them.
    """

    def __init__(
        self,
        world: WorldSources,
        dials: Dials,
        directory: Path,
        incident: Incident = CALM,
        on_making: Callable[[int | None], None] = lambda _day: None,
        only: Collection[str] | None = None,
    ) -> None:
        self._world = world
        self._incident = incident
        systems = incident.change_systems(world.systems) if incident.change_systems else world.systems
        self._systems = tuple(spec for spec in systems if only is None or spec.name in only)
        self._dials = dials
        self._on_making = on_making
        self._directory = directory.resolve()
        self._servers: dict[str, SourceServer] = {}

    @property
    def environment(self) -> dict[str, str]:
        """What `el/` files and agents are told: addresses, names, keys."""
        told: dict[str, str] = {}
        for server in self._servers.values():
            told |= server.environment
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
                self._servers[spec.name] = new_server(spec, self._directory / spec.name)
                self._servers[spec.name].start()
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
        """End what readers do right now: sessions and connections."""
        for name, server in self._servers.items():
            with _clear(name):
                server.end_sessions()

    def check(self) -> None:
        """Ask each server whether it is alive.

        Raises:
            SourceSystemError: One is not.
        """
        for name, server in self._servers.items():
            with _clear(name):
                server.check()

    def stop(self) -> None:
        """End every server and remove every folder; does nothing the second time."""
        for server in self._servers.values():
            server.stop()
        for spec in self._systems:
            shutil.rmtree(self._directory / spec.name, ignore_errors=True)

    def _days(self, dials: Dials) -> list[GeneratedDay]:
        """What the systems show on each day until the wanted one."""
        wanted = self._day(dials)
        days = [*(self._day(replace(dials, day=day)) for day in range(1, dials.day)), wanted]
        self._on_making(None)
        change = self._incident.change
        return [change(day) for day in days] if change else days

    def _day(self, dials: Dials) -> GeneratedDay:
        self._on_making(dials.day)
        return generated_day(self._world, dials)

    def _show(self, days: list[GeneratedDay]) -> None:
        with ThreadPoolExecutor(len(self._servers) or 1, thread_name_prefix="show") as pool:
            for shown in [pool.submit(self._show_one, name, days) for name in self._servers]:
                shown.result()

    def _show_one(self, name: str, days: list[GeneratedDay]) -> None:
        with _clear(name):
            self._servers[name].show(days, self._incident)


@contextlib.contextmanager
def _clear(system: str) -> Iterator[None]:
    """Say which system it was, and what to do about a full disk."""
    try:
        yield
    except SourceSystemError:
        raise
    except OSError as error:
        advice = " The disk is full: free some space and run again." if error.errno in _DISK_FULL else ""
        raise SourceSystemError(system, f"{error}.{advice}") from error
    except LockgateError as error:
        raise SourceSystemError(system, str(error)) from error
