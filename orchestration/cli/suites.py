"""`lockgate suites`: the suites, and whether their tasks are as they were written down."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.options import JsonOption
from orchestration.cli.output import console, simple_table
from orchestration.counted import counted


def suites(
    freeze: Annotated[
        bool,
        typer.Option("--freeze", help="Write the tasks down as they are; a suite that changed gets a new version."),
    ] = False,
    page: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --freeze: a Markdown page that lists them.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the suites: tags whose tasks are written down in suites.json, each in one version.

    Run one with `lockgate run -t tag:NAME`. Exit code 1 where tasks are not as they were written down.
    `lockgate ranks` says whether a suite tells agents apart as all tasks do.
    """
    from benchmark.paths import projects_dirs
    from benchmark.registry import read_catalogue
    from orchestration.suites import SUITES, suites_now
    from orchestration.suites import freeze as write_down

    if page is not None and not freeze:
        raise typer.BadParameter("A page is written with --freeze only.", param_hint="--page")
    folder = projects_dirs()[0]
    catalogue = read_catalogue()
    found = suites_now([task for task in catalogue.tasks if task.world.folder.parent == folder], folder)
    if freeze:
        write_down(found, folder, page)
    if as_json:
        content = [
            {
                "suite": suite.name,
                "version": suite.version,
                "is_frozen": freeze or not suite.changes,
                "tasks": dict(suite.versions),
                **{f"by_{by}": suite.counts(by) for by in ("world", "kind", "difficulty", "origin")},
            }
            for suite in found
        ]
        typer.echo(json.dumps(content, indent=2))
    else:
        table = simple_table("suite", "version", "tasks", "what it is for, and what is in it")
        for suite in found:
            state = "" if freeze or not suite.changes else f"\n[yellow]since version {suite.last_version}: "
            state += f"{', '.join(suite.changes)}[/]" if state else ""
            what = f"{SUITES[suite.name]}\n[dim]{_listed(suite.counts('world'))}; {_listed(suite.counts('kind'))}[/]"
            table.add_row(suite.name, str(suite.version), str(len(suite.tasks)), what + state)
        console.print(table)
        console.print(f"Run one: lockgate run -t tag:{found[0].name} -a AGENT", highlight=False)
    changed = [suite.name for suite in found if suite.changes]
    if changed and not freeze:
        if not as_json:
            what = f"{counted(len(changed), 'suite')} not as written down: `lockgate suites --freeze`."
            console.print(what, style="yellow", highlight=False, soft_wrap=True)
        raise typer.Exit(1)


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items())
