"""Reading files once: their bytes, text, lines and words. A check reads the same project for every task of a world."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmark.errors import SpecError
from benchmark.yaml_files import parse_yaml

TEXT_SUFFIXES = frozenset({".sql", ".yml", ".yaml", ".md", ".py", ".toml", ".txt", ".json", ".cfg", ".ini"})
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def stamp(path: Path) -> tuple[int, int]:
    """What changes when a file does."""
    try:
        status = path.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)


def content(path: Path) -> bytes:
    """The bytes of a file; none where it cannot be read."""
    return _content(path, stamp(path))


@lru_cache(maxsize=20_000)
def _content(path: Path, _: tuple[int, int]) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def text(path: Path) -> str:
    """The text of a file, whatever its encoding and line ends; without a byte order mark."""
    return _text(path, stamp(path))


@lru_cache(maxsize=20_000)
def _text(path: Path, mark: tuple[int, int]) -> str:
    return _content(path, mark).decode("utf-8-sig", errors="replace").replace("\r\n", "\n")


def words(path: Path) -> frozenset[str]:
    """The words of a text file, in lower case."""
    return _words(path, stamp(path))


@lru_cache(maxsize=20_000)
def _words(path: Path, mark: tuple[int, int]) -> frozenset[str]:
    return (
        frozenset(_WORD.findall(_text(path, mark).lower())) if path.suffix in (*TEXT_SUFFIXES, ".csv") else frozenset()
    )


def yaml_content(path: Path) -> dict[str, Any]:
    """The mapping of a YAML file; empty where it is none."""
    return _yaml(path, stamp(path))


@lru_cache(maxsize=20_000)
def _yaml(path: Path, mark: tuple[int, int]) -> dict[str, Any]:
    try:
        return parse_yaml(_text(path, mark), path)
    except SpecError:
        return {}


def line_of(path: Path, piece: str) -> int | None:
    """Line, from 1, on which a piece of text first stands; None where it does not."""
    whole = text(path)
    found = whole.find(piece)
    return whole.count("\n", 0, found) + 1 if found >= 0 else None
