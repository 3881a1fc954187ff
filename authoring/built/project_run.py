"""One run of a project, a start for example, on the data of a seed: what failed, and the tables it left."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmark.generator_parameters import Dials
from benchmark.world import World
from evaluators.pipeline.loads import no_timer
from evaluators.pipeline.runner import PipelineChain
from evaluators.scenarios.base import days
from runtime.fork_client import ForkRuntime


class ProjectRun(NamedTuple):
    """What a load and a build left."""

    failures: tuple[str, ...]
    """What the steps that went wrong say; empty: all went well, data tests too."""
    folder: Path
    """One Parquet file `schema.identifier.parquet` per table that is there."""
    unreadable: dict[str, str]


def run_project(
    project: Path, world: World, dials: Dials, tables: Sequence[str], runtime: ForkRuntime, scratch: Path
) -> ProjectRun:
    """Load and build a project on day 1.

    Args:
        project: The pipeline; only read.
        world: Its world.
        dials: Seed and days.
        tables: Those to keep.
        runtime: Where it runs.
        scratch: An empty folder.
    """
    chain = PipelineChain(project, world, dials, runtime, scratch, scratch / "logs", no_timer)
    with chain.started():
        state = chain.state(days(1))
        output = scratch / "tables"
        unreadable = chain.export(state, list(tables), output)
    failures = tuple(f"{step.name}: {step.message}" for step in state.steps if step.status != "ok")
    return ProjectRun(failures, output, unreadable)
