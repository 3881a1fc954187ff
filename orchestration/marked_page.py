"""Pages of the docs whose lower part a command writes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from benchmark.errors import LockgateError
from benchmark.files import write_atomic


def require_page(path: Path) -> None:
    """See that a page can be written, before anything else is.

    Raises:
        LockgateError: It lies in no folder, or is one.
    """
    if path.is_dir():
        raise LockgateError(f"{path} is a folder. Name a page in it, such as {path / 'page.md'}.")
    if not path.parent.is_dir():
        raise LockgateError(
            f"{path} cannot be written: there is no folder {path.parent}. Make it, or name another page."
        )


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
