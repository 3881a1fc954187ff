"""What in a dbt project's SQL may give another result on the same data: clocks, random numbers, unstated order."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
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
            r"\b(?:any_value|string_agg|listagg|array_agg|group_concat)\s*\((?:(?!order\s+by)[^()])*\)",
        ),
        ("order", "takes any rows of those that are alike in what comes before it", r"\blimit\s+\d+"),
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


def find_nondeterminism(folder: Path, left_out: Collection[str] = ()) -> Iterator[Nondeterminism]:
    """Look through the SQL files of a dbt project, sorted by path.

    Args:
        folder: The project.
        left_out: Folders in it that dbt does not build; those of vendored packages never count.
    """
    for path in sorted(folder.rglob("*.sql")):
        if path.relative_to(folder).parts[0] not in {"dbt_packages", *left_out}:
            source = path.read_text(encoding="utf-8", errors="replace")
            # A comment becomes as many blanks, so that lines stay.
            bare = _COMMENTS.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), source)
            for kind, advice, pattern in _KINDS:
                for found in pattern.finditer(bare):
                    line = bare.count("\n", 0, found.start()) + 1
                    yield Nondeterminism(path, line, kind, " ".join(found.group().split())[:60], advice)
