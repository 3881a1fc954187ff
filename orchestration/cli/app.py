"""The app of the command line. Commands import what is heavy inside: `lockgate --help` answers at once."""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from benchmark.errors import LockgateError
from benchmark.paths import import_also_from, name_places_absolutely
from orchestration.cli.author import preview, try_out
from orchestration.cli.check import check
from orchestration.cli.clean import CLEAN_EXAMPLES, clean
from orchestration.cli.doctor import doctor
from orchestration.cli.export import export
from orchestration.cli.generate import generate
from orchestration.cli.help import HELP_NAMES, Command, Group, examples, exit_code_lines
from orchestration.cli.listing import list_agents_command, list_runs_command, list_tasks_command
from orchestration.cli.measure import measure
from orchestration.cli.new import new
from orchestration.cli.output import errors
from orchestration.cli.prove import prove
from orchestration.cli.publish import publish
from orchestration.cli.ranks import ranks
from orchestration.cli.report import report
from orchestration.cli.run import RUN_EXAMPLES, run
from orchestration.cli.score import score
from orchestration.cli.serve import model_server, ui
from orchestration.cli.show import compare, show
from orchestration.cli.suites import suites
from orchestration.cli.sync import sync
from orchestration.cli.version import print_version

app = typer.Typer(
    name="lockgate",
    cls=Group,
    help="Lockgate measures how well AI agents build, evolve and repair whole ELT pipelines.",
    epilog="\n\n".join(
        (
            examples(
                "lockgate run --agent oracle --agent idle --tasks tag:demo",
                "lockgate run -a toolloop -m openai/gpt-5 -t 'flights_*' --max-usd 2",
                "lockgate show latest",
                "lockgate compare oracle idle",
            ),
            exit_code_lines(),
            "A name is RUN/TRIAL. RUN may be `latest` or the beginning of an id; TRIAL may be\n"
            "a task, an agent, or parts joined by `--`, if only one trial has them.\n"
            "NO_COLOR=1 turns colors off; LOCKGATE_HOME is where runs and caches are kept;\n"
            "LOCKGATE_CACHE_GB is how much caches may hold (default 10).",
        )
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=HELP_NAMES,
)


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", "-V", is_eager=True, callback=print_version, help="Print the version.")
    ] = False,
) -> None:
    if os.environ.get("LOCKGATE_CACHE_GB"):
        from benchmark.cache_limit import limit_bytes

        limit_bytes()  # a wrong one is told before anything runs


def _add(name: str, command: Callable[..., object], panel: str, epilog: str | None = None, **settings: object) -> None:
    """Add a command; the order is that of `lockgate --help`."""
    app.command(name, cls=Command, rich_help_panel=panel, epilog=epilog, context_settings=HELP_NAMES | settings)(
        command
    )


_RUN, _READ, _WRITE, _MORE = "Run agents", "Look at results", "Write worlds and tasks", "This machine"
_add("run", run, _RUN, RUN_EXAMPLES)
_add("score", score, _RUN, examples("lockgate score latest", "lockgate score RUN/TRIAL"))
_add("model-server", model_server, _RUN)
_add("show", show, _READ, examples("lockgate show latest", "lockgate show latest/oracle", "lockgate show RUN/TRIAL"))
_add("compare", compare, _READ, examples("lockgate compare oracle idle", "lockgate compare RUN/AGENT RUN/AGENT@MODEL"))
_add("report", report, _READ, examples("lockgate report latest", "lockgate report RUN RUN -o my-report"))
_add("publish", publish, _READ, examples("lockgate publish leaderboard latest", "lockgate publish leaderboard --check"))
_add("export", export, _READ, examples("lockgate export latest --format every-eval-ever -o records"))
_add("runs", list_runs_command, _READ)
_add("tasks", list_tasks_command, _MORE)
_add("suites", suites, _MORE, examples("lockgate suites", "lockgate suites --freeze --page docs/suites.md"))
_add("agents", list_agents_command, _MORE)
_add(
    "ranks",
    ranks,
    _MORE,
    examples("lockgate ranks RUN", "lockgate ranks RUN -t tag:demo", "lockgate ranks RUN --choose 20 -t tag:core"),
)
_add("doctor", doctor, _MORE)
_add("clean", clean, _MORE, CLEAN_EXAMPLES)
_add("ui", ui, _MORE)
app.add_typer(new, name="new", rich_help_panel=_WRITE, cls=Group, context_settings=HELP_NAMES)
_add(
    "generate",
    generate,
    _WRITE,
    examples(
        "lockgate generate shop --count 5 --out my-tasks", "lockgate generate shop -n 3 --difficulty hard -o hard"
    ),
)
_add("measure", measure, _WRITE, examples("lockgate measure RUN", "lockgate measure RUN RUN -t tag:core --check"))
_add("check", check, _WRITE)
_add("sync", sync, _WRITE)
_add(
    "prove",
    prove,
    _WRITE,
    examples("lockgate prove 'flights_*'", "lockgate prove --changed", "lockgate prove --write docs/proof.md"),
)
_add(
    "try", try_out, _WRITE, examples("lockgate try shop", "lockgate try TASK -- dbt build"), ignore_unknown_options=True
)
_add("preview", preview, _WRITE)


_PLACE = "Runs and caches are written to LOCKGATE_HOME (default: .lockgate of the clone); choose a folder of your own."
_ADVICE = {
    errno.ENOSPC: "The disk is full. Free some room; the same command goes on.",
    errno.EACCES: _PLACE,
    errno.EPERM: _PLACE,
    errno.EROFS: _PLACE,
    errno.ENOTDIR: _PLACE,
    errno.ENOENT: _PLACE,
    errno.EISDIR: _PLACE,
    errno.EEXIST: _PLACE,
}
"""What to do about errors of the file system that a person can act on."""


def main() -> None:
    """Run the command line; a user's mistake prints one message and exits with code 1."""
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # it would start threads for matrices that nobody multiplies
    import_also_from(str(Path.cwd()))
    name_places_absolutely()
    try:
        app()
    except LockgateError as error:
        from benchmark.redact import redact

        errors.print(f"Error: {redact(str(error))}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
    except OSError as error:
        if error.errno not in _ADVICE:
            raise
        text = f"Error: {error.strerror}: {error.filename or 'a file'}. {_ADVICE[error.errno]}"
        errors.print(text, style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)
