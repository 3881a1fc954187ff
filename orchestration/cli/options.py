"""Options that several commands have."""

from typing import Annotated

import typer

TasksOption = Annotated[
    list[str] | None, typer.Option("--tasks", "-t", help="Glob over task ids, tag:NAME or kind:NAME; repeatable.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
ParallelOption = Annotated[int, typer.Option("--parallel", "-j", min=1, help="Trials at once.")]
