"""`lockgate sync`: `tables.yaml` from what a world's pipeline builds."""

from __future__ import annotations

from typing import Annotated

import typer

from orchestration.cli.output import console


def sync(
    name: Annotated[str, typer.Argument(metavar="WORLD", help="A world.", show_default=False)],
    write: Annotated[
        bool, typer.Option("--write/--check", help="Change the file, or only say what differs (exit code 1 then).")
    ] = True,
) -> None:
    """Bring tables.yaml up to date: tables, columns, keys and stages of the pipeline, which is loaded and built once.

    So is the section of PLANTED.md that lists the declared noise. Order, tolerances and comments stay. A comment
    `# left out: a, b` in the entry of a table keeps columns out.
    """
    from authoring.sync import sync_world
    from benchmark.registry import get_world

    changes = sync_world(get_world(name), is_written=write)
    for change in changes:
        console.print(change, markup=False, highlight=False, soft_wrap=True)
    said = "nothing differs" if not changes else f"{len(changes)} changes{'' if write else ' would be'} made"
    console.print(f"{name}: {said}.", highlight=False)
    if changes and not write:
        raise typer.Exit(1)
