"""What the data of a declared world costs, and the start of its source systems: `python -m perf.start [WORLD]`.

The ratio: processor time of making 14 days of history, with every delivery of files, over that of making each table
once. It would be the number of deliveries if each of them made its tables anew. Then the start of all systems with the
data in the cache, in seconds, the best of three.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from benchmark.generator_parameters import Dials
from benchmark.registry import get_world
from benchmark.world import WorldFile
from benchmark.yaml_files import read_spec
from sources.generated_cache import generated_day
from sources.kit.declared_world import DeclaredWorld
from sources.registry import load_sources
from sources.systems.client import SourceSystems

RATIO_LIMIT = 5.0
START_LIMIT_SECONDS = 2.0
_DIALS = Dials(0, 14, 1)


def main() -> None:
    """Measure and print; exit code 1 over a limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("world", nargs="?", default="shop")
    name = parser.parse_args().world
    folder = get_world(name).folder
    world = DeclaredWorld(read_spec(folder / "world.yaml", WorldFile), folder)
    world.generate(Dials(0, 1, 1))  # imports, and the parsing of queries
    began = time.process_time()
    world.generator.states(_DIALS)
    once = time.process_time() - began
    began = time.process_time()
    world.generate(_DIALS)
    whole = time.process_time() - began
    ratio = whole / once
    print(
        f"{name}: tables once {once:.2f} s, all deliveries and noise {whole:.2f} s: {ratio:.1f} (limit {RATIO_LIMIT})"
    )
    generated_day(load_sources(name), _DIALS)
    seconds = min(_start_seconds(name) for _ in range(3))
    print(f"{name}: start of all systems, warm: {seconds:.2f} s (limit {START_LIMIT_SECONDS})")
    raise SystemExit(0 if ratio <= RATIO_LIMIT and seconds <= START_LIMIT_SECONDS else 1)


def _start_seconds(world: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        with SourceSystems(world, _DIALS, Path(folder) / "systems"):
            return time.perf_counter() - began


if __name__ == "__main__":
    main()
