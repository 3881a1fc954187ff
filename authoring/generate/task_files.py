"""The files of a generated task."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path


def write_task(place: Path, task_yaml: str, instruction: str, others: Mapping[str, str]) -> Path:
    """Write a task's folder, and return it.

    Args:
        place: The folder, which is not there yet.
        task_yaml: The text of task.yaml.
        instruction: The ticket.
        others: Path in the folder -> text: files of start and solution, seeded faults.
    """
    place.mkdir(parents=True)
    for path, text in {"task.yaml": task_yaml, "instruction.md": instruction, **others}.items():
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(text, encoding="utf-8")
    return place
