"""The resource by which the assets of worlds reach source systems and warehouses."""

from __future__ import annotations

import logging
from contextlib import ExitStack
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field, PrivateAttr

from benchmark.errors import LockgateError
from benchmark.world import World

if TYPE_CHECKING:
    from authoring.built.kept_days import KeptDays


class SourceSystems(dg.ConfigurableResource):  # type: ignore[type-arg]  # it gives itself
    """The source systems of worlds on the as-of day of a run, and the warehouses that are loaded from them.

    They start with the first step that loads and are stopped when the run ends. Warehouses stay, one folder a day.
    """

    seed: int | None = Field(
        default=None,
        description="Seed of the data, for example 7. Default: the world's `visible_seed`, the data that agents see. "
        "Each seed has warehouses of its own.",
    )
    scale: int | None = Field(
        default=None, description="Multiplies entities, from 1, for example 2. Default: the world's own."
    )
    _open: ExitStack = PrivateAttr(default_factory=ExitStack)
    _worlds: dict[str, KeptDays] = PrivateAttr(default_factory=dict)

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Stop what this run started."""
        self._worlds.clear()
        self._open.close()

    def of(self, world: World, log: logging.Logger) -> KeptDays:
        """The days of a world, opened once a run.

        Args:
            world: The world.
            log: Told when another run is waited for.

        Raises:
            LockgateError: The scale is under 1.
        """
        from authoring.built.kept_days import KeptDays
        from orchestration.defs.trial_op import fork_runtime

        if self.scale is not None and self.scale < 1:
            raise LockgateError(f"Resource source_systems: key 'scale': give a number from 1 (got {self.scale}).")
        if world.id not in self._worlds:
            runtime = fork_runtime()
            runtime.warm("pipeline", "judge")
            dials = world.spec.dials(self.seed, scale=self.scale)
            self._worlds[world.id] = self._open.enter_context(KeptDays(world, dials, runtime, log.info))
        return self._worlds[world.id]
