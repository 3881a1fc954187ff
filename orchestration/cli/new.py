"""`lockgate new`: worlds and tasks to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.output import console

new = typer.Typer(help="Make a world or a task to begin with.", no_args_is_help=True)

_DirOption = Annotated[
    Path | None, typer.Option("--dir", help="Folder of worlds; the first one that is read unless given.")
]


@new.command("world")
def new_world(
    name: Annotated[str, typer.Argument(help="Small letters, digits and _.", show_default=False)],
    folder: _DirOption = None,
) -> None:
    """Make a world: a small one that runs at once."""
    from authoring.new_world.blank import write_blank_world
    from authoring.new_world.new_folder import world_place

    place = world_place(name, folder)
    write_blank_world(place)
    _say_made(place)
    _say_next(
        f"lockgate check {name}",
        f"lockgate preview {name}",
        f"lockgate try {name}",
        f"lockgate run --tasks '{name}_*' --agent oracle --agent idle",
    )


def _say_made(place: Path) -> None:
    console.print(f"{place} is made.", markup=False, highlight=False, soft_wrap=True)


def _say_next(*commands: str) -> None:
    console.print("Next:")
    for command in commands:
        console.print(f"  {command}", markup=False, highlight=False)
