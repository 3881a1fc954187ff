"""Reading files once: their bytes, text, lines and words. A check reads the same project for every task of a world."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

from benchmark.errors import SpecError
from benchmark.yaml_files import line_of_key, parse_yaml

TEXT_SUFFIXES = frozenset({".sql", ".yml", ".yaml", ".md", ".py", ".toml", ".txt", ".json", ".cfg", ".ini"})
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@lru_cache(maxsize=20_000)
def content(path: Path) -> bytes:
    """The bytes of a file; none where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


@lru_cache(maxsize=20_000)
def text(path: Path) -> str:
    """The text of a file, whatever its encoding and line ends; without a byte order mark."""
    return content(path).decode("utf-8-sig", errors="replace").replace("\r\n", "\n")


@lru_cache(maxsize=20_000)
def words(path: Path) -> frozenset[str]:
    """The words of a text file, in lower case."""
    if path.suffix not in (*TEXT_SUFFIXES, ".csv"):
        return frozenset()
    return frozenset(_WORD.findall(text(path).lower()))


@lru_cache(maxsize=20_000)
def yaml_content(path: Path) -> dict[str, Any]:
    """The mapping of a YAML file; empty where it is none."""
    try:
        return parse_yaml(text(path), path)
    except SpecError:
        return {}


def line_of(path: Path, piece: str) -> int | None:
    """Line, from 1, on which a piece of text first stands; None where it does not."""
    whole = text(path)
    found = whole.find(piece)
    return whole.count("\n", 0, found) + 1 if found >= 0 else None


def line_after(path: Path, key: str, piece: str) -> int | None:
    """Line, from 1, on which a piece of text first stands from a key's line on; the key's where it does not."""
    whole = text(path)
    first = line_of_key(whole, key) or 1
    for number, line in enumerate(whole.split("\n")[first - 1 :], start=first):
        if piece in line:
            return number
    return first


def forget() -> None:
    """Read every file anew from here on: each check does, once."""
    for cached in (content, text, words, yaml_content):
        cached.cache_clear()
