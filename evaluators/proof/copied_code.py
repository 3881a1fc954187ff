"""Does a text hold a good part of a solution's file? Short runs of words are compared, so layout does not matter.

What was found in a text is kept: tasks of a world share most of their files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

RUN = 5
"""Words of one run."""
MIN_RUNS = 12
"""A solution's file with fewer runs of its own may come about by chance."""
MAX_RUNS = 30
"""So many runs in common are a copy, however long the file is."""
SHARE = 0.5
"""So large a part of a file's runs is a copy, however short the file is."""
_COMMON = 3
"""Runs that so many files of the start have are boilerplate."""
_WORD = re.compile(r"[a-z_][a-z0-9_]+")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/|\{#.*?#\}|^\s*#[^\n]*", re.DOTALL | re.MULTILINE)
_IMPORT = re.compile(
    r"\w+\s+as\s*\(\s*select\s+\*\s+from\s+\{\{\s*(?:ref|source)\([^)]*\)\s*\}\}\s*\)\s*,?", re.IGNORECASE
)

Runs = frozenset[tuple[str, ...]]


@lru_cache(maxsize=1_000)
def runs_of(text: str) -> Runs:
    """The runs of words of a text, lower case; common table expressions that only import a model are left out."""
    words = _WORD.findall(_IMPORT.sub(" ", text).lower())
    return frozenset(tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))


@lru_cache(maxsize=1_000)
def code_runs(text: str) -> Runs:
    """The runs of a file's code, without its comments."""
    return runs_of(_COMMENT.sub(" ", text))


def boilerplate(texts: Iterable[str]) -> Runs:
    """Runs that several files of a start have: every project repeats some code."""
    counts = Counter(run for text in texts for run in code_runs(text))
    return frozenset(run for run, n in counts.items() if n >= _COMMON)


def is_copied(own: Runs, found: Runs) -> bool:
    """Whether a text holds a good part of the code.

    Args:
        own: Runs of a solution's file that the start's version of it lacks, without boilerplate.
        found: Runs of the text.
    """
    if len(own) < MIN_RUNS:
        return False
    n_common = len(own & found)
    return n_common >= min(MAX_RUNS, max(MIN_RUNS, SHARE * len(own)))
