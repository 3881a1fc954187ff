"""`lockgate try` and `lockgate preview`: a world or a task to work on by hand, and to look at."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.errors import LockgateError, UnknownNameError
from benchmark.limits import MAX_DAYS, MAX_SCALE
from orchestration.cli.options import JsonOption
from orchestration.cli.output import console, errors, simple_table

if TYPE_CHECKING:
    from authoring.preview import TableFigures
    from authoring.workbench import Workbench
    from benchmark.generator_parameters import Dials
    from benchmark.task import Task
    from benchmark.world import World

_MAX_TEXT = 14
"""Characters of a value that a table shows."""
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
    day: Annotated[
        int, typer.Option(min=1, max=MAX_DAYS, help="As-of day; earlier days are loaded and built before it.")
    ] = 1,
    scale: Annotated[
        int | None, typer.Option(min=1, max=MAX_SCALE, help="Multiplies entities; the world's unless given.")
    ] = None,
    build: Annotated[bool, typer.Option(help="Empty the warehouse, load and build first.")] = True,
) -> None:
    """Start a world's source systems, load, build, and open a shell in the project.

    A world's own project is worked on where it lies; a task's workspace is a copy, made anew each time.
    """
    import sys

    from authoring.workbench import open_workbench

    world, task = _find(name)
    dials = world.spec.dials(seed, scale=scale)
    with open_workbench(world, dials, task, is_solution=solution) as bench:
        is_built = True
        if build:
            is_built = _build_days(bench, day)
            _print_tables(bench)
        elif day > 1:
            bench.set_day(day)
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


def _build_days(bench: Workbench, day: int) -> bool:
    """Begin with an empty warehouse, and load and build each day until the wanted one; False where a day failed."""
    bench.empty_warehouse()
    is_built = bench.load_and_build()
    for number in range(2, day + 1):
        bench.set_day(number)
        is_built = bench.load_and_build() and is_built
    return is_built


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


def preview(
    world: Annotated[str, typer.Argument(help="A world.", show_default=False)],
    tables: Annotated[
        list[str] | None, typer.Argument(help="Tables to look at closely, as `<system>.<table>`.", show_default=False)
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Seed of the data; what agents see unless given.")] = None,
    day: Annotated[int, typer.Option(min=1, max=MAX_DAYS, help="As-of day.")] = 1,
    scale: Annotated[
        int | None, typer.Option(min=1, max=MAX_SCALE, help="Multiplies entities; the world's unless given.")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve", help="Start the source systems until Ctrl-C.")] = False,
    warehouse: Annotated[
        Path | None, typer.Option(help="Leave a loaded and built warehouse in this DuckDB file.", show_default=False)
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a world's source systems hold on a day: rows, samples, distributions.

    Without tables: a line for each. With `--serve` nothing is shown but the variables that name the systems, so that a
    person works with psql, curl and dbt by hand.
    """
    from benchmark.registry import get_world

    found = get_world(world)
    dials = found.spec.dials(seed, day, scale)
    if serve:
        _serve(found, dials)
    elif warehouse is not None:
        _leave_warehouse(found, dials, warehouse)
    else:
        _show_figures(found, dials, tables or [], as_json)


def _show_figures(world: World, dials: Dials, tables: list[str], as_json: bool) -> None:
    import json
    from dataclasses import asdict

    from authoring.preview import figures_of
    from sources.generated_cache import generated_day
    from sources.registry import load_sources

    figures = list(figures_of(generated_day(load_sources(world.id), dials)))
    known = [figure.name for figure in figures]
    for name in tables:
        if name not in known:
            raise UnknownNameError("table", name, known)
    if as_json:
        chosen = [figure for figure in figures if not tables or figure.name in tables]
        typer.echo(json.dumps([asdict(figure) for figure in chosen], indent=2, default=str))
        return
    if not tables:
        table = simple_table("table", "files", "rows", "columns")
        for column in table.columns[1:]:
            column.justify = "right"
        for figure in figures:
            n_files = "" if figure.n_files is None else str(figure.n_files)
            table.add_row(figure.name, n_files, f"{figure.n_rows:,}", str(len(figure.columns)))
        console.print(table)
    for figure in figures:
        if figure.name in tables:
            _show_table(figure)


def _show_table(figure: TableFigures) -> None:
    console.print(f"[bold]{figure.name}[/], {figure.n_rows:,} rows")
    table = simple_table("column", "type", "distinct", "empty", "lowest", "highest")
    for heading in table.columns:
        heading.no_wrap = True
    for heading in table.columns[2:4]:
        heading.justify = "right"
    for column in figure.columns:
        share = f"{column.null_share:.1%}" if column.null_share else ""
        kind = column.type.lower().replace("timestamp with time zone", "timestamptz")
        values = (_short(column.lowest), _short(column.highest))
        table.add_row(column.name, _short(kind), f"{column.n_distinct:,}", share, *values)
    console.print(table)


def _short(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"


def _serve(world: World, dials: Dials) -> None:
    import signal

    from authoring.workbench import open_workbench

    with open_workbench(world, dials) as bench:
        for name, value in sorted(bench.told.items()):
            typer.echo(f"export {name}={shlex.quote(value)}")
        errors.print("The source systems run; Ctrl-C ends them.")
        try:
            signal.pause()
        except KeyboardInterrupt:
            errors.print("Ended.")


def _leave_warehouse(world: World, dials: Dials, warehouse: Path) -> None:
    from authoring.workbench import open_workbench

    if warehouse.exists():
        raise LockgateError(f"{warehouse} is there already. Remove it, or name another file.")
    with open_workbench(world, replace(dials, day=1)) as bench:
        if not _build_days(bench, dials.day):
            raise LockgateError("The pipeline failed; see above. No warehouse was written.")
        shutil.copyfile(bench.warehouse, warehouse)
    console.print(f"{warehouse} holds the pipeline's tables on day {dials.day}.")
