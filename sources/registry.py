"""Finding the sources of a world: `world.yaml` declares them, or names the import path of a module that has them."""

import importlib
from pathlib import Path

from benchmark.errors import LockgateError, UnknownNameError
from benchmark.paths import projects_dirs
from benchmark.world import WorldFile
from benchmark.yaml_files import read_spec
from sources.contract import WorldSources


def load_sources(world: str) -> WorldSources:
    """The sources of a world, declared or imported.

    Args:
        world: Its id, or the import path of a module with `SOURCES` (a dotted name).

    Raises:
        UnknownNameError: There is no such world.
        LockgateError: The import path leads nowhere.
    """
    if "." in world:
        return _imported(world, world)
    path = _world_file(world)
    return sources_of(read_spec(path, WorldFile), path.parent)


def sources_of(spec: WorldFile, folder: Path) -> WorldSources:
    """The sources of a world whose `world.yaml` has been read.

    Args:
        spec: Its content.
        folder: Where it lies.

    Raises:
        LockgateError: As `load_sources`.
    """
    # By its name: the kit needs the source systems, and these need the registry.
    sources: WorldSources
    if spec.generator.python is not None:
        module = _imported(spec.id, spec.generator.python)
        sources = importlib.import_module("sources.kit.programmed_world").with_declared(module, spec)
    else:
        sources = importlib.import_module("sources.kit.declared_world").declared_sources(spec, folder)
    return sources


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


def _world_file(world: str) -> Path:
    found = {path.parent.name: path for folder in projects_dirs() for path in folder.glob("*/world.yaml")}
    if world not in found:
        raise UnknownNameError("world", world, sorted(found))
    return found[world]
