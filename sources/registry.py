"""Finding the sources of a world: `world.yaml` names their import path."""

import importlib
from dataclasses import replace

from benchmark.errors import LockgateError, UnknownNameError
from benchmark.paths import projects_dirs
from benchmark.world import WorldFile
from benchmark.yaml_files import read_spec
from sources.contract import WorldSources


def load_sources(world: str) -> WorldSources:
    """Import the sources of a world.

    Args:
        world: Its id, or the import path of a module with `SOURCES` (a dotted name).

    Raises:
        UnknownNameError: There is no such world.
        LockgateError: The import path leads nowhere.
    """
    if "." in world:
        return _imported(world, world)
    spec = _world_file(world)
    return replace(_imported(world, spec.generator), systems=tuple(spec.systems.values()))


def _imported(world: str, path: str) -> WorldSources:
    try:
        sources: WorldSources = importlib.import_module(path).SOURCES
    except (ModuleNotFoundError, AttributeError) as error:
        if isinstance(error, ModuleNotFoundError) and (error.name is None or not path.startswith(error.name)):
            raise
        raise LockgateError(
            f"World '{world}': the module {path} cannot be loaded: {error}. Key 'generator' of its world.yaml is the "
            "import path of a module with SOURCES: WorldSources."
        ) from error
    return sources


def _world_file(world: str) -> WorldFile:
    found = {path.parent.name: path for folder in projects_dirs() for path in folder.glob("*/world.yaml")}
    if world not in found:
        raise UnknownNameError("world", world, sorted(found))
    return read_spec(found[world], WorldFile)
