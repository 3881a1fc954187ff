"""Pages of the docs whose lower part a command writes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmark.files import write_atomic


def write_below(path: Path, mark: str, title: str, lines: Iterable[str]) -> None:
    """Write lines below the mark of a Markdown page, whose text above it stays.

    Args:
        path: The page; it is made where there is none.
        mark: A comment.
        title: Of a page that is made.
        lines: Of Markdown.
    """
    head = path.read_text(encoding="utf-8").partition(mark)[0] if path.is_file() else f"# {title}\n\n"
    write_atomic(path, head + mark + "\n\n" + "\n".join(lines) + "\n")
