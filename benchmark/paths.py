"""Where things are: the repository, the cache, the runs."""

import importlib
import os
import sys
from pathlib import Path

REPOSITORY_DIR = Path(__file__).resolve().parents[1]


def projects_dir() -> Path:
    """Folder of the worlds (`dbt_projects/`); `LOCKGATE_PROJECTS` names another one."""
    return Path(os.environ.get("LOCKGATE_PROJECTS", REPOSITORY_DIR / "dbt_projects")).resolve()


def home_dir() -> Path:
    """Folder of everything Lockgate writes (`.lockgate/` in the repository; `LOCKGATE_HOME` names another one)."""
    return Path(os.environ.get("LOCKGATE_HOME", REPOSITORY_DIR / ".lockgate")).resolve()


def cache_dir() -> Path:
    """Folder of what can be built again at any time: parsed base data, gold, the Postgres template."""
    return home_dir() / "cache"


def runs_dir() -> Path:
    """Folder of the runs, one folder each."""
    return home_dir() / "runs"


def dagster_home() -> Path:
    """Folder of the Dagster instance: `DAGSTER_HOME` where set, else inside `home_dir()`."""
    return Path(os.environ.get("DAGSTER_HOME", home_dir() / "dagster")).resolve()


def import_also_from(folder: str) -> None:
    """Let agents of the user be imported from a folder. Ours are imported first, so nothing there shadows them."""
    for package in ("benchmark", "sources", "runtime", "evaluators", "agents", "authoring", "orchestration"):
        importlib.import_module(package)
    sys.path.append(folder)
