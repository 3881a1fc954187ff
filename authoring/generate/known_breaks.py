"""Lines that repairs break which are there already, so that no second one is made of the same fault."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from benchmark.task import Task

Line = tuple[str, str]
"""Path of a file in a pipeline, and a line of it without the space around."""


def known_breaks(tasks: Iterable[Task]) -> frozenset[Line]:
    """Lines of a world's models that the starts of its repairs have not.

    Args:
        tasks: Tasks of one world; those of other kinds do not count.
    """
    return frozenset(line for task in tasks if task.spec.kind == "repair" for line in _lines_of(task))


def lost_lines(path: str, right: str, broken: str) -> frozenset[Line]:
    """Lines of a file that a broken version of it has not, or not as often."""
    lost = Counter(map(str.strip, right.splitlines())) - Counter(map(str.strip, broken.splitlines()))
    return frozenset((path, line) for line in lost if line)


def _lines_of(task: Task) -> Iterator[Line]:
    for broken in sorted((task.start_dir / "dbt" / "models").rglob("*.sql")):
        path = broken.relative_to(task.start_dir).as_posix()
        right = task.world.project_dir / path
        if right.is_file():
            yield from lost_lines(path, right.read_text(encoding="utf-8"), broken.read_text(encoding="utf-8"))
