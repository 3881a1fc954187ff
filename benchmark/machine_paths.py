"""Keeps the folders of this machine out of files that are given to others."""

import re
from functools import lru_cache
from pathlib import Path

from benchmark.paths import REPOSITORY_DIR, home_dir, projects_dirs

HIDDEN = "[path]"
"""What stands in place of a folder of this machine."""


def hide_machine_paths(text: str) -> str:
    """A text in which the folders of Lockgate, of its worlds and of the user are called `[path]`."""
    return _machine_paths().sub(HIDDEN, text)


def find_machine_path(text: str) -> str:
    """The first such folder in a text; empty = there is none."""
    found = _machine_paths().search(text)
    return found.group() if found else ""


def _machine_paths() -> re.Pattern[str]:
    folders = (home_dir(), REPOSITORY_DIR, *projects_dirs(), Path.home(), Path.cwd())
    return _pattern(tuple(sorted({str(folder) for folder in folders if len(folder.parts) > 1}, key=len, reverse=True)))


@lru_cache(maxsize=4)
def _pattern(folders: tuple[str, ...]) -> re.Pattern[str]:
    """Finds folders, not names that only begin so."""
    return re.compile(r"(?<![\w./-])(?:" + "|".join(map(re.escape, folders)) + r")(?![\w-])")
