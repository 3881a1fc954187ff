"""The packages that worlds take their data from: installed beside the tools, hidden from whoever works on a task."""

import importlib.metadata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from benchmark.errors import SpecError
from benchmark.paths import REPOSITORY_DIR, projects_dirs
from benchmark.yaml_files import parse_yaml, read_text

_KEY = "data_packages"


def data_packages() -> tuple[str, ...]:
    """Distributions that a `world.yaml` names as `data_packages`, sorted.

    Those of the repository are always among them, and those of worlds that are broken elsewhere.
    """
    folders = dict.fromkeys((*projects_dirs(), REPOSITORY_DIR / "dbt_projects"))
    return tuple(sorted({name for folder in folders for path in folder.glob("*/world.yaml") for name in _named(path)}))


def _named(path: Path) -> Iterator[str]:
    try:
        text = read_text(path)
        named = parse_yaml(text, path).get(_KEY) if _KEY in text else None
    except SpecError:  # said where the world is read
        return
    if isinstance(named, list):
        yield from (name for name in named if isinstance(name, str))


@lru_cache
def package_folders(distribution: str) -> tuple[str, ...]:
    """Folders of a distribution where packages are installed, without its metadata; none: it is not installed."""
    try:
        files = importlib.metadata.files(distribution) or ()
    except importlib.metadata.PackageNotFoundError:
        return ()
    tops = {file.parts[0] for file in files if len(file.parts) > 1}
    return tuple(sorted(top for top in tops if top != ".." and not top.endswith((".dist-info", ".egg-info"))))
