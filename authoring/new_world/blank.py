"""A small world from nothing, that runs at once: the files of `template/` with the world's name."""

from __future__ import annotations

import os
from pathlib import Path

from authoring.new_world.new_folder import new_folder
from authoring.schemas import SCHEMAS_DIR
from benchmark.world import read_world
from sources.kit.planted import write_planted

_TEMPLATE = Path(__file__).parent / "template"
_NAME = "WORLD_NAME"
"""Stands for the world's name, in texts and in names of files."""
_SCHEMAS = "SCHEMAS/"
"""Stands for the way to the folder of our JSON Schemas."""


def write_blank_world(place: Path) -> None:
    """Write a world of four tables, two source systems, seven models and one task.

    Args:
        place: Its folder, which must not exist; the folder's name becomes the world's.

    Raises:
        LockgateError: The folder is there already.
    """
    with new_folder(place) as folder:
        for path in sorted(path for path in _TEMPLATE.rglob("*") if path.is_file() and path.suffix != ".pyc"):
            name = path.relative_to(_TEMPLATE).as_posix().replace(_NAME, place.name)
            schemas = Path(os.path.relpath(SCHEMAS_DIR, (place / name).parent)).as_posix()
            text = path.read_text(encoding="utf-8").replace(_NAME, place.name).replace(_SCHEMAS, f"{schemas}/")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        write_planted(folder / "PLANTED.md", read_world(folder).spec.noise)
