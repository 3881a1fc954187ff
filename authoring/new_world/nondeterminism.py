"""What in a dbt project's SQL may give another result on the same data: clocks, random numbers, unstated order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_COMMENTS = re.compile(r"\{#.*?#\}|/\*.*?\*/|--[^\n]*", re.DOTALL)
_KINDS: tuple[tuple[str, str, re.Pattern[str]], ...] = tuple(
    (kind, advice, re.compile(pattern, re.IGNORECASE | re.DOTALL))
    for kind, advice, pattern in (
        (
            "clock",
            "stands at the world's pinned clock",
            r"\bcurrent_(?:date|timestamp|time)\b|\b(?:now|today|get_current_timestamp|getdate|sysdate|localtimestamp)\s*\(|"
            r"\brun_started_at\b|modules\.datetime",
        ),
        (
            "random",
            "differs in each run",
            r"\b(?:random|rand|uuid|gen_random_uuid|setseed)\s*\(|\busing sample\b|tablesample",
        ),
        (
            "order",
            "follows the order in which rows happen to be read",
            r"\b(?:row_number|rank|dense_rank|lag|lead|first_value|last_value)\s*\([^()]*\)\s*over\s*\("
            r"(?:(?!order\s+by)[^()]|\((?:(?!order\s+by)[^()])*\))*\)|"
            r"\b(?:any_value|string_agg|listagg|array_agg|group_concat)\s*\((?:(?!order\s+by)[^()])*\)|\blimit\s+\d+",
        ),
    )
)


class Nondeterminism(NamedTuple):
    """One place."""

    path: Path
    line: int
    kind: str
    """`clock`, `random` or `order`."""
    text: str
    advice: str


def find_nondeterminism(folder: Path) -> Iterator[Nondeterminism]:
    """Look through the SQL files below a folder, those of vendored packages left out, sorted by path."""
    for path in sorted(folder.rglob("*.sql")):
        if "dbt_packages" not in path.relative_to(folder).parts:
            source = path.read_text(encoding="utf-8", errors="replace")
            # A comment becomes as many blanks, so that lines stay.
            bare = _COMMENTS.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), source)
            for kind, advice, pattern in _KINDS:
                for found in pattern.finditer(bare):
                    line = bare.count("\n", 0, found.start()) + 1
                    yield Nondeterminism(path, line, kind, " ".join(found.group().split())[:60], advice)
