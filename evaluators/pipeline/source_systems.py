"""The source systems of one seed, from run to run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from benchmark.generator_parameters import Dials
from benchmark.world import World
from evaluators.scenarios import PipelineRun
from sources.systems.client import SourceSystems


class SystemsOfSeed:
    """Source systems that are brought to the day and the incident of each run; started by the first.

    Each run meets new servers, files and counters: nothing that an earlier run did to them can be seen. Quickest where
    one incident comes after the other: then their process needs no new start (0.5 s instead of 1 s).
    """

    def __init__(
        self,
        world: World,
        dials: Dials,
        folder: Path,
        network_pid: int | None = None,
        only: Collection[str] | None = None,
    ) -> None:
        """Nothing starts yet.

        Args:
            world: Their world.
            dials: Seed and days; the day is set by each run.
            folder: For the files of the servers.
            network_pid: As `SourceSystems`.
            only: As `SourceSystems`.
        """
        self._world = world
        self._dials = dials
        self._folder = folder
        self._network_pid = network_pid
        self._only = only
        self.current: SourceSystems | None = None
        """Those that run; None = none do."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def environment(self) -> dict[str, str]:
        """Variables that connection files name."""
        assert self.current is not None, "source systems are not started"
        return dict(self.current.environment)

    @property
    def ports(self) -> tuple[int, ...]:
        """Where they listen on loopback: the ports that a load may call."""
        found = {int(value) for name, value in self.environment.items() if name.endswith("_PORT")}
        urls = [value for name, value in self.environment.items() if name.endswith(("_URL", "_ENDPOINT"))]
        found |= {urlsplit(url).port or 80 for url in urls}
        return tuple(sorted(found))

    def bring_to(self, run: PipelineRun) -> None:
        """Bring them to a run. Time goes forward only, and an incident lasts: for others they start anew.

        Raises:
            SourceSystemError: One does not start, or is dead.
        """
        systems = self.current
        if systems and systems.incident == run.incident and systems.dials.day <= run.day:
            systems.set_day(run.day)
            return
        self.stop()
        self.current = SourceSystems(
            self._world.id,
            replace(self._dials, day=run.day),
            self._folder,
            incident=run.incident,
            network_pid=self._network_pid,
            only=self._only,
        )
        self.current.start()

    def stop(self) -> None:
        """End them."""
        systems, self.current = self.current, None
        if systems:
            systems.stop()
