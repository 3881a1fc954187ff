"""`lockgate export`: results in the formats of others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from benchmark.errors import UnknownNameError
from orchestration.cli.options import JsonOption, runs_argument
from orchestration.cli.output import console, errors
from orchestration.counted import counted

if TYPE_CHECKING:
    from bridges.every_eval_ever.export import Exported
    from bridges.every_eval_ever.records import Relationship

FORMATS = ("every-eval-ever",)
RELATIONSHIPS = ("first_party", "third_party", "collaborative", "other")


def export(
    runs: Annotated[list[str], runs_argument()],
    form: Annotated[str, typer.Option("--format", metavar="NAME", help=f"One of: {', '.join(FORMATS)}.")] = FORMATS[0],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="Folder that gets the records, below data/.")
    ] = Path("every-eval-ever"),
    organization: Annotated[
        str, typer.Option(metavar="NAME", help="Who gives these results; the records name it.")
    ] = "unknown",
    relationship: Annotated[
        str,
        typer.Option(metavar="KIND", help=f"Theirs to the models' developers: {', '.join(RELATIONSHIPS)}."),
    ] = "third_party",
    as_json: JsonOption = False,
) -> None:
    """Write results as Every Eval Ever records (schema 0.3.0): figures of each competitor, and its trials."""
    if form not in FORMATS:
        raise UnknownNameError("format", form, list(FORMATS))
    if relationship not in RELATIONSHIPS:
        raise UnknownNameError("relationship", relationship, list(RELATIONSHIPS))
    from bridges.every_eval_ever.export import export_runs
    from orchestration.reports.lookup import find_run

    stores = list({store.run_id: store for store in map(find_run, runs)}.values())
    written = export_runs(stores, output, organization=organization, relationship=cast("Relationship", relationship))
    if as_json:
        content = [record._asdict() | {"path": record.path.as_posix()} for record in written]
        typer.echo(json.dumps(content, indent=2, ensure_ascii=False))
    else:
        for record in written:
            text = (
                f"{record.run_id}  {record.competitor}: {counted(record.n_results, 'result')}, "
                f"{counted(record.n_samples, 'trial')}  {record.path}"
            )
            console.print(text, markup=False, highlight=False, soft_wrap=True)
        console.print(f"Written: {output}", markup=False, highlight=False, soft_wrap=True)
    _warn([record.competitor for record in written if record.is_reference], written)


def _warn(references: list[str], written: list[Exported]) -> None:
    """Say what a reader of the records would not know."""
    notes = []
    if references:
        names = ", ".join(dict.fromkeys(references))
        notes.append(f"{names}: reference agents, no results of a model. Do not submit their records to a datastore.")
    if n_unscored := sum(record.n_unscored for record in written):
        notes.append(f"{counted(n_unscored, 'unscored trial')} left out of the figures; the records count them.")
    for text in notes:
        errors.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)
