"""The app of the command line. Commands import what is heavy inside: `lockgate --help` answers at once."""

import errno
import sys
from pathlib import Path

import typer

from benchmark.errors import LockgateError
from benchmark.paths import import_also_from
from orchestration.cli.author import preview, try_out
from orchestration.cli.check import check
from orchestration.cli.listing import doctor, list_runs_command, list_tasks_command
from orchestration.cli.new import new
from orchestration.cli.output import errors
from orchestration.cli.prove import prove
from orchestration.cli.report import report
from orchestration.cli.run import run
from orchestration.cli.score import score
from orchestration.cli.serve import model_server, ui
from orchestration.cli.show import compare, show
from orchestration.cli.sync import sync

app = typer.Typer(
    name="lockgate",
    help="Lockgate measures how well AI agents build, evolve and repair whole ELT pipelines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
# In the order of `lockgate --help`.
app.command("run")(run)
app.command("score")(score)
app.add_typer(new, name="new")
app.command("check")(check)
app.command("sync")(sync)
app.command("prove")(prove)
app.command("try", context_settings={"ignore_unknown_options": True})(try_out)
app.command("preview")(preview)
app.command("show")(show)
app.command("compare")(compare)
app.command("report")(report)
app.command("tasks")(list_tasks_command)
app.command("runs")(list_runs_command)
app.command("model-server")(model_server)
app.command("doctor")(doctor)
app.command("ui")(ui)


def main() -> None:
    """Run the command line; a user's mistake prints one message and exits with code 1."""
    import_also_from(str(Path.cwd()))
    try:
        app()
    except LockgateError as error:
        from benchmark.redact import redact

        errors.print(f"Error: {redact(str(error))}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        errors.print(f"Error: the disk is full: {error}. Free some room; the same command goes on.", style="red")
        sys.exit(1)
