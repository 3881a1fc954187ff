"""The reference project of the world `flights`, built for real: generator, DuckDB, dbt in the fork server."""

import shutil
from collections.abc import Callable, Iterator

import pytest

from benchmark.registry import get_world
from benchmark.world import World
from runtime.fork_client import ForkRuntime
from tests.helpers.flights_pipeline import Pipeline
from tests.helpers.shared_home import SHARED_HOME


@pytest.fixture(scope="session")
def world() -> World:
    return get_world("flights")


@pytest.fixture(scope="session")
def make_pipeline(
    tmp_path_factory: pytest.TempPathFactory, world: World, servers: ForkRuntime
) -> Iterator[Callable[[int, int], Pipeline]]:
    """Makes an empty warehouse beside a copy of the project, for a seed and a number of days."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_HOME", str(SHARED_HOME))

        def make(seed: int, days: int) -> Pipeline:
            folder = tmp_path_factory.mktemp(f"flights-{seed}")
            ignored = shutil.ignore_patterns("target", "logs")
            shutil.copytree(world.project_dir / "dbt", folder / "dbt", ignore=ignored)
            return Pipeline(folder, servers, seed, days)

        yield make


@pytest.fixture(scope="session")
def settled(make_pipeline: Callable[[int, int], Pipeline]) -> Pipeline:
    """Thirty real days, built once: on the first thirteen, nothing is late or to be corrected any more."""
    pipeline = make_pipeline(0, 30)
    pipeline.build(1)
    return pipeline
