"""`lockgate try`: a world or a task to work on by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.errors import UnknownNameError
from orchestration.cli.output import console, errors, simple_table

if TYPE_CHECKING:
    from authoring.workbench import Workbench
    from benchmark.task import Task
    from benchmark.world import World

_HELP_IN_SHELL = """\
You are in [bold]{project}[/].
  load               load the connections of el/ into the warehouse
  dbt build          build again (dbt, with the clock at {now})
  exit               end the source systems and leave
The warehouse is {warehouse} (variable WAREHOUSE_PATH); `env | grep _` shows the source systems."""


def try_out(
    name: Annotated[str, typer.Argument(help="A world, or a task: its start.", show_default=False)],
    command: Annotated[
        list[str] | None, typer.Argument(help="What to run in place of a shell; after `--`.", show_default=False)
    ] = None,
    solution: Annotated[bool, typer.Option("--solution", help="Of a task: its solution, not its start.")] = False,
    seed: Annotated[int | None, typer.Option(help="Seed of the data; what agents see unless given.")] = None,
    day: Annotated[int, typer.Option(min=1, help="As-of day; earlier days are loaded and built before it.")] = 1,
    build: Annotated[bool, typer.Option(help="Empty the warehouse, load and build first.")] = True,
) -> None:
    """Start a world's source systems, load, build, and open a shell in the project.

    A world's own project is worked on where it lies; a task's workspace is a copy, made anew each time.
    """
    import sys

    from authoring.workbench import open_workbench
    from benchmark.generator_parameters import Dials

    world, task = _find(name)
    spec = world.spec
    dials = Dials(spec.visible_seed if seed is None else seed, spec.days, 1)
    with open_workbench(world, dials, task, is_solution=solution) as bench:
        is_built = True
        if build:
            bench.empty_warehouse()
        for number in range(1, day + 1):
            if number > 1:
                bench.set_day(number)
            if build:
                is_built = bench.load_and_build()
        if build:
            _print_tables(bench)
        if not is_built:
            errors.print("The build failed; see above.", style="red")
        if command:
            code = bench.run(command)
        elif sys.stdin.isatty():
            now = bench.environment["PINNED_NOW"]
            console.print(_HELP_IN_SHELL.format(project=bench.project, now=now, warehouse=bench.warehouse))
            code = bench.shell()
        else:
            code = 0
    raise typer.Exit(code if is_built else code or 1)


def _find(name: str) -> tuple[World, Task | None]:
    """The world of this name, or the task and its world."""
    from benchmark.registry import list_tasks, list_worlds

    worlds = {world.id: world for world in list_worlds()}
    if name in worlds:
        return worlds[name], None
    tasks = {task.id: task for task in list_tasks()}
    if name not in tasks:
        raise UnknownNameError("world or task", name, [*worlds, *tasks])
    return tasks[name].world, tasks[name]


def _print_tables(bench: Workbench) -> None:
    """What the warehouse holds: schema, table, rows."""
    import duckdb

    table = simple_table("table", "rows")
    table.columns[-1].justify = "right"
    with duckdb.connect(str(bench.warehouse), read_only=True) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_schema != 'main' order by all"
        ).fetchall()
        for schema, name in names:
            counted = connection.execute(f'select count(*) from "{schema}"."{name}"').fetchone()
            table.add_row(f"{schema}.{name}", f"{counted[0]:,}" if counted else "")
    console.print(table)
