"""What `lockgate check` finds, as data."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from authoring.check.codes import CODES
from benchmark.errors import Problem


@dataclass(frozen=True)
class Finding:
    """One mistake in one file."""

    path: Path
    code: str
    """As in `codes.py`."""
    message: str
    """What is wrong, and what is allowed."""
    key: str = ""
    """Key of a YAML file, empty elsewhere."""
    line: int | None = None
    """From 1; None where the whole file is meant."""

    @property
    def advice(self) -> str:
        """What to do about it."""
        return CODES[self.code].advice

    @property
    def is_warning(self) -> bool:
        """Whether it is a matter of taste, or may be meant: a warning does not fail a check."""
        return CODES[self.code].is_warning

    @property
    def file(self) -> str:
        """Path as a person in the current folder would write it."""
        try:
            return self.path.relative_to(Path.cwd()).as_posix()
        except ValueError:
            return str(self.path)

    @property
    def place(self) -> str:
        """File and line."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def as_json(self) -> dict[str, Any]:
        """All of it, for machines."""
        values = asdict(self) | {"path": str(self.path), "file": self.file}
        return values | {"advice": self.advice, "level": "warning" if self.is_warning else "error"}


def from_problems(path: Path, problems: Iterable[Problem]) -> list[Finding]:
    """Turn the problems of a file into findings."""
    return [Finding(path, item.code, item.message, item.key, item.line) for item in problems]


def ordered(findings: Iterable[Finding]) -> list[Finding]:
    """Each once, by file, line and code."""
    return sorted(
        set(findings), key=lambda found: (str(found.path), found.line or 0, found.code, found.key, found.message)
    )
