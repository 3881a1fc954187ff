"""`lockgate new`: worlds and tasks to begin with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from benchmark.errors import LockgateError
from orchestration.cli.help import HELP_NAMES, Command
from orchestration.cli.output import console

if TYPE_CHECKING:
    from authoring.new_world.extract_world import NewWorld
    from benchmark.task import TaskKind

new = typer.Typer(
    help="Make a world or a task to begin with.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings=HELP_NAMES,
)


@new.command("world", cls=Command, context_settings=HELP_NAMES)
def new_world(
    name: Annotated[str, typer.Argument(help="Small letters, digits and _.", show_default=False)],
    data: Annotated[
        Path | None,
        typer.Option(
            help="An extract: folder of Parquet, CSV, JSONL or DuckDB files, or one file.", show_default=False
        ),
    ] = None,
    from_dbt: Annotated[
        Path | None,
        typer.Option(
            "--from-dbt", help="A dbt project; --data holds its raw tables, else its seeds.", show_default=False
        ),
    ] = None,
    systems: Annotated[
        list[str] | None,
        typer.Option(
            "--as", help="TABLE=postgres, mysql, object_store, folder or given; several by commas.", show_default=False
        ),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--dir", help="Folder of worlds; the first one that is read unless given.")
    ] = None,
) -> None:
    """Make a world: from a dbt project, from an extract, or a small one from nothing that runs at once.

    Nothing is left where it fails. A dbt project is loaded and built once, which takes half a minute.
    """
    from authoring.new_world.new_folder import world_place
    from authoring.new_world.source_tables import parse_wanted

    place = world_place(name, folder)
    wanted = parse_wanted(systems or [])
    made: NewWorld | None = None
    if data is None and from_dbt is None and wanted:
        raise LockgateError("--as is for the tables of an extract; name it with --data.")
    if from_dbt is not None:
        from authoring.new_world.dbt_world import write_dbt_world

        made = write_dbt_world(place, from_dbt, data, wanted)
    elif data is None:
        from authoring.new_world.blank import write_blank_world

        write_blank_world(place)
    else:
        from authoring.new_world.extract_world import write_extract_world

        made = write_extract_world(place, data, wanted)
    _say(f"{place} is made: {_size(place)}.")
    if made:
        _say_rest(made.notes, made.to_decide)
    runs = [f"lockgate run --tasks '{name}_*' --agent oracle --agent idle"] if made is None else []
    _say("\nNext:")
    for command in (f"lockgate check {name}", f"lockgate preview {name}", f"lockgate try {name}", *runs):
        _say(f"  {command}")


@new.command("task", cls=Command, context_settings=HELP_NAMES)
def new_task(
    world: Annotated[str, typer.Argument(help="A world.", show_default=False)],
    name: Annotated[str, typer.Argument(help="Small letters, digits and _.", show_default=False)],
    mask: Annotated[
        list[str] | None, typer.Option(help="Models that are taken away; several with commas.", show_default=False)
    ] = None,
    broken: Annotated[
        str | None, typer.Option("--break", help="A model that is broken; no data test notices.", show_default=False)
    ] = None,
    revision: Annotated[
        str | None,
        typer.Option("--from-commit", help="The start is the project at this revision of git.", show_default=False),
    ] = None,
    kind: Annotated[str | None, typer.Option(help="Kind, where it is not the usual one.", show_default=False)] = None,
    operator: Annotated[
        str | None, typer.Option(help="With --break: one of the proof's mutations (docs/proof.md).", show_default=False)
    ] = None,
) -> None:
    """Make a task from a world's project: task.yaml, the ticket and the start.

    With --mask the ticket is the contract of the models, from their YAML. With --break it is what people see: the
    project is built on two seeds, then broken and built again, which takes minutes. With --from-commit it is the
    message of the commits since.
    """
    from benchmark.registry import get_world

    found = get_world(world)
    if sum(option is not None for option in (mask, broken, revision)) != 1:
        raise LockgateError(
            "Say what the task is: --mask MODELS, --break MODEL or --from-commit REVISION; one of them."
        )
    if operator is not None and broken is None:
        raise LockgateError("--operator is for --break.")
    if kind is not None and broken is not None:
        raise LockgateError("--break makes a repair; leave out --kind.")
    if broken is not None:
        from authoring.new_task.breaking import write_break_task

        made = write_break_task(found, name, broken, operator)
    elif revision is not None:
        from authoring.new_task.commit import write_commit_task

        made = write_commit_task(found, name, revision, _kind(kind) or "evol")
    else:
        from authoring.new_task.mask import write_mask_task

        made = write_mask_task(found, name, mask or [], _kind(kind) or "impl")
    _say(f"{made.folder} is made.")
    _say_rest(made.notes, made.to_decide)
    _say("\nNext:")
    for command in (f"lockgate check {name}", f"lockgate try {name}", f"lockgate prove {name}"):
        _say(f"  {command}")


def _kind(name: str | None) -> TaskKind | None:
    from typing import get_args

    from benchmark.errors import UnknownNameError
    from benchmark.task import TaskKind

    if name is not None and name not in get_args(TaskKind):
        raise UnknownNameError("kind", name, list(get_args(TaskKind)))
    return cast("TaskKind | None", name)


def _say_rest(notes: Sequence[str], to_decide: Sequence[str]) -> None:
    """What is worth knowing, and what a person must decide."""
    for note in notes:
        _say(note)
    if to_decide:
        _say(f"\nLeft to you ({len(to_decide)}):")
    for number, sentence in enumerate(to_decide, start=1):
        _say(f"{number:>3}. {sentence}")


def _size(place: Path) -> str:
    """Files and lines of text below a folder, its data left out."""
    paths = [path for path in place.rglob("*") if path.is_file() and place / "data" not in path.parents]
    n_lines = sum(path.read_bytes().count(b"\n") for path in paths)
    return f"{len(paths)} files with {n_lines:,} lines"


def _say(text: str) -> None:
    console.print(text, markup=False, highlight=False, soft_wrap=True)
