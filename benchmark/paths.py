"""Where things are: the repository, the cache, the runs."""

import importlib
import importlib.metadata
import os
import sys
from functools import lru_cache
from pathlib import Path
from types import ModuleType

from benchmark.errors import LockgateError

REPOSITORY_DIR = Path(__file__).resolve().parents[1]


WORLDS_GROUP = "lockgate.worlds"
"""Entry points by which an installed package adds worlds: each names a module or package whose folder holds some, or a
function that returns such a folder."""


def projects_dirs() -> tuple[Path, ...]:
    """Folders that hold worlds, each once.

    They are those that `LOCKGATE_PROJECTS` names (several are separated as in `PATH`), else `dbt_projects/` of the
    repository; after them those of installed packages.

    Raises:
        LockgateError: One of them is no folder, or an entry point cannot be loaded.
    """
    named = _named_projects()
    folders = named or [REPOSITORY_DIR / "dbt_projects"]
    for folder in named:
        if not folder.is_dir():
            raise LockgateError(f"LOCKGATE_PROJECTS names {folder}, which is no folder. Make it, or name another one.")
    return tuple(dict.fromkeys([*folders, *map(_folder_of, _entries(tuple(sys.path)))]))


def _named_projects() -> list[Path]:
    return [Path(part).resolve() for part in os.environ.get("LOCKGATE_PROJECTS", "").split(os.pathsep) if part]


@lru_cache(maxsize=1)
def _entries(path: tuple[str, ...]) -> tuple[importlib.metadata.EntryPoint, ...]:
    """The entry points of installed packages; finding them takes 50 ms."""
    del path  # what is found depends on it
    return tuple(sorted(importlib.metadata.entry_points(group=WORLDS_GROUP), key=lambda entry: entry.name))


def _folder_of(entry: importlib.metadata.EntryPoint) -> Path:
    where = f"The entry point '{entry.name} = {entry.value}' of group {WORLDS_GROUP}"
    try:
        target = entry.load()
    except (ImportError, AttributeError) as error:
        raise LockgateError(f"{where} cannot be loaded: {error}. Correct or uninstall its package.") from error
    if isinstance(target, ModuleType):
        folder = Path(next(iter(getattr(target, "__path__", [])), None) or Path(str(target.__file__)).parent)
    else:
        folder = Path(target() if callable(target) else target)
    if not folder.is_dir():
        raise LockgateError(f"{where} leads to {folder}, which is no folder. Correct or uninstall its package.")
    return folder.resolve()


def name_places_absolutely() -> None:
    """Make relative paths in `LOCKGATE_HOME` and `LOCKGATE_PROJECTS` absolute: what we start may work elsewhere."""
    if os.environ.get("LOCKGATE_HOME"):
        os.environ["LOCKGATE_HOME"] = str(home_dir())
    if named := _named_projects():
        os.environ["LOCKGATE_PROJECTS"] = os.pathsep.join(map(str, named))


def home_dir() -> Path:
    """Folder of everything Lockgate writes (`.lockgate/` in the repository; `LOCKGATE_HOME` names another one)."""
    return Path(os.environ.get("LOCKGATE_HOME") or REPOSITORY_DIR / ".lockgate").resolve()


def cache_dir() -> Path:
    """Folder of what can be built again at any time: parsed base data, gold, the Postgres template."""
    return home_dir() / "cache"


def work_dir() -> Path:
    """Folder of workspaces and scratch folders, which are removed when nobody holds them any more."""
    return home_dir() / "work"


def runs_dir() -> Path:
    """Folder of the runs, one folder each."""
    return home_dir() / "runs"


def dagster_home() -> Path:
    """Folder of the Dagster instance: `DAGSTER_HOME` where set, else inside `home_dir()`."""
    return Path(os.environ.get("DAGSTER_HOME") or home_dir() / "dagster").resolve()


def import_also_from(folder: str) -> None:
    """Let agents of the user be imported from a folder. Ours are imported first, so nothing there shadows them."""
    for package in ("benchmark", "sources", "runtime", "evaluators", "agents", "authoring", "bridges", "orchestration"):
        importlib.import_module(package)
    sys.path.append(folder)
