"""Options that several commands have."""

from typing import Annotated, Any

import typer

from benchmark.limits import MAX_PARALLEL
from orchestration.cli.completion import complete_runs, complete_tasks
from orchestration.cli.output import be_quiet


def tasks_option(panel: str | None = None) -> Any:
    """The option that chooses tasks.

    Args:
        panel: Group of options in the help.
    """
    return typer.Option(
        "--tasks",
        "-t",
        metavar="PATTERN",
        rich_help_panel=panel,
        autocompletion=complete_tasks,
        help="Glob over task ids, tag:NAME or kind:NAME; repeatable.",
    )


def runs_argument(which: str = "Runs") -> Any:
    """The argument that names runs.

    Args:
        which: Those that make sense, for the help.
    """
    return typer.Argument(
        metavar="RUN...", autocompletion=complete_runs, help=f"{which}: ids, beginnings of ids, or `latest`."
    )


TasksOption = Annotated[list[str] | None, tasks_option()]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
PiecesOption = Annotated[
    int,
    typer.Option(
        "--parallel",
        "-j",
        min=1,
        max=MAX_PARALLEL,
        help="Pieces of proofs at once; twice as many where they wait for loads.",
    ),
]
ParallelOption = Annotated[int, typer.Option("--parallel", "-j", min=1, max=MAX_PARALLEL, help="Trials at once.")]
QuietOption = Annotated[
    bool, typer.Option("--quiet", "-q", callback=be_quiet, help="No progress: results, warnings and errors alone.")
]
