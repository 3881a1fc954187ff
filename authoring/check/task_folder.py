"""The folder of a task: that it is one, what lies in it, its canary."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from authoring.check.context import CheckedTask
from authoring.check.findings import Finding
from authoring.check.source_text import content, text
from benchmark.spelling import allowed_names
from benchmark.task import CANARY
from benchmark.workspace import TICKET_NAME

KNOWN = (
    "task.yaml", "instruction.md", "hints", "faults.yaml", "proof.yaml", "start", "solution", "alternatives", "planted",
    "README.md",
)  # fmt: skip
"""What a task's folder may hold."""


def check_is_task(folder: Path) -> Iterator[Finding]:
    """Find what stands where a task should be, and is none."""
    if (folder / "task.yaml").is_file():
        return
    others = sorted(path for path in folder.rglob("*") if path.suffix in (".yml", ".yaml") and path.stem == "task")
    if others:
        found = others[0].relative_to(folder).as_posix()
        yield Finding(
            others[0], "LG213", f"is not read: a task's file is {folder.name}/task.yaml, not {folder.name}/{found}"
        )
    else:
        yield Finding(folder, "LG213", "has no task.yaml, so it is no task")


def check_folder(checked: CheckedTask) -> Iterator[Finding]:
    """Find files that nobody reads, and the canary where it is missing or shown."""
    for path in sorted(checked.folder.iterdir()):
        if path.name not in KNOWN and not path.name.startswith("."):
            yield Finding(path, "LG306", f"'{path.name}' is nothing that a task has; {allowed_names(path.name, KNOWN)}")
    for name in ("task.yaml", "faults.yaml"):
        path = checked.folder / name
        if content(path) and CANARY not in text(path):
            yield Finding(path, "LG214", f"lacks the canary: # {CANARY}")
    if "start" not in checked.spec.lost:
        yield from _check_visible(checked)


def _check_visible(checked: CheckedTask) -> Iterator[Finding]:
    """What an agent reads must not tell that it is an examination."""
    for name, path in checked.layer("start").items():
        if name == TICKET_NAME:
            yield Finding(path, "LG307", f"{TICKET_NAME} is where the agent finds the ticket; name this file otherwise")
        if CANARY in text(path):
            yield Finding(path, "LG308", "holds the canary, and an agent reads it")
    faults = checked.faults
    if faults and faults.spec.faults:
        names = {fault.name.lower() for fault in faults.spec.faults}
        for path in checked.start.values():
            shown = sorted(fault for fault in names if "_" in fault and fault in text(path).lower())
            if shown:
                yield Finding(path, "LG308", f"names the seeded fault '{shown[0]}', and an agent reads it")
