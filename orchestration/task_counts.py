"""How many tasks there are, by what one compares agents on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmark.task import Task


def count_tasks(tasks: Iterable[Task], by: str) -> dict[str, int]:
    """Number of tasks by `world`, `kind`, `difficulty` or `origin`, the largest first."""
    values = (task.world.id if by == "world" else str(getattr(task.spec, by)) for task in tasks)
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))
