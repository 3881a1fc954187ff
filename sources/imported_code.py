"""The code that a module of somebody's world or scenario may import, as far as it is its author's."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import NamedTuple

from benchmark.paths import REPOSITORY_DIR


class ImportedCode(NamedTuple):
    """Files of Python code."""

    folder: Path
    """Where they lie."""
    paths: tuple[Path, ...]
    """Relative to it, sorted."""

    def contents(self) -> dict[str, bytes]:
        """Path -> content."""
        return {path.as_posix(): (self.folder / path).read_bytes() for path in self.paths}


def imported_code(module: str) -> ImportedCode | None:
    """All code of the package that a module belongs to; of a module in no package also those beside it.

    Of a package of ours it is that package alone, whose neighbours are other worlds.

    Args:
        module: Import path of a module or package.

    Returns:
        None = there is no such module, or it is built in.
    """
    found = _place(module)
    top = _place(module.partition(".")[0])
    if found is None or top is None:
        return None
    folder, is_package = top
    if not is_package:
        return _files(folder, "*.py")
    if folder.is_relative_to(REPOSITORY_DIR):
        folder, _ = found
    return _files(folder, "**/*.py")


def _place(module: str) -> tuple[Path, bool] | None:
    """The folder of a package, or of the module in no package or in one of ours; whether it is a package."""
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:
        return None
    if spec is None or not (spec.submodule_search_locations or spec.has_location):
        return None
    if spec.submodule_search_locations:
        return Path(next(iter(spec.submodule_search_locations))).resolve(), True
    return Path(str(spec.origin)).resolve().parent, False


def _files(folder: Path, pattern: str) -> ImportedCode:
    return ImportedCode(folder, tuple(sorted(path.relative_to(folder) for path in folder.glob(pattern))))
