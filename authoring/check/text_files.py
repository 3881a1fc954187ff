"""Files that are not what they should be, whatever they say: encodings, merge markers, what tools and systems leave."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from authoring.check.findings import Finding
from authoring.check.source_text import TEXT_SUFFIXES, content
from benchmark.files import IGNORED_NAMES

_JUNK = (
    ".DS_Store", "Thumbs.db", "desktop.ini", "*~", "*.swp", "*.swo", "*.orig", "*.rej", "*.bak", "*.tmp", "._*",
    ".#*", "#*#", "* copy.*", "*.pyc",
)  # fmt: skip
_MARKER = re.compile(rb"^(?:<{7} |>{7} |={7}$|\|{7} )", re.MULTILINE)


def check_texts(paths: Iterable[Path]) -> Iterator[Finding]:
    """Look at each file by itself."""
    for path in paths:
        if any(fnmatchcase(path.name, pattern) for pattern in _JUNK):
            yield Finding(path, "LG301", f"'{path.name}' was left by a tool; it would land in the agent's workspace")
        elif path.suffix in TEXT_SUFFIXES:
            yield from _check_text(path, content(path))


def _check_text(path: Path, data: bytes) -> Iterator[Finding]:
    marker = _MARKER.search(data)
    if marker:
        line = data.count(b"\n", 0, marker.start()) + 1
        yield Finding(path, "LG302", "holds the markers of a merge that nobody finished", line=line)
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        yield Finding(path, "LG303", f"is not UTF-8 (byte {error.start}: {data[error.start]:#x})", line=line)
    if data.startswith(b"\xef\xbb\xbf"):
        yield Finding(path, "LG305", "begins with a byte order mark", line=1)


_NOT_WRITTEN = (IGNORED_NAMES | {"dbt_packages"}) - {".user.yml"}


def files_below(folder: Path) -> list[Path]:
    """Every file below a folder that its author wrote, sorted: no tool and no package did."""
    return sorted(
        path for path in folder.rglob("*") if path.is_file() and not _NOT_WRITTEN & set(path.relative_to(folder).parts)
    )
