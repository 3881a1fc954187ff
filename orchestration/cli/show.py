"""`lockgate show` and `lockgate compare`: what stored trials scored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from orchestration.cli.completion import complete_competitors, complete_results
from orchestration.cli.gate import TOO_LOW
from orchestration.cli.options import JsonOption
from orchestration.cli.output import console, errors


def show(
    trial: Annotated[
        str,
        typer.Argument(
            metavar="RUN|TRIAL",
            autocompletion=complete_results,
            help="RUN/TRIAL, or TRIAL of the latest run, or RUN for all of its trials.",
        ),
    ],
    trajectory: Annotated[
        bool, typer.Option("--trajectory", help="What the agent did, step by step, and figures of its behaviour.")
    ] = False,
    export: Annotated[
        str | None, typer.Option(help="Print the trajectory in another format: atif (Harbor) or adp.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="Write one trial as an HTML page: scores, evidence, what the agent did.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Explain a scorecard: stages, tables, what differs with sample rows."""
    if page:
        from orchestration.reports.html import write_page

        write_page(trial, page)
        console.print(f"Written: {page}", markup=False, highlight=False)
        return
    if trajectory or export:
        from orchestration.reports.trajectory import export_json, print_trajectory

        if export:
            typer.echo(export_json(trial, export))
        else:
            print_trajectory(console, trial, as_json)
        return
    from evaluators.scoring.leaderboard import standings
    from orchestration.reports.console import print_scorecard, print_scorecards
    from orchestration.reports.lookup import find_scorecards

    scorecards = find_scorecards(trial)
    if as_json:
        content = [card.model_dump(mode="json") for card in scorecards]
        typer.echo(
            json.dumps(content[0] if len(content) == 1 else content, indent=2, sort_keys=True, ensure_ascii=False)
        )
    elif len(scorecards) == 1:
        print_scorecard(console, scorecards[0])
    else:
        print_scorecards(console, scorecards, standings(scorecards))


def compare(
    first: Annotated[
        str,
        typer.Argument(
            autocompletion=complete_competitors,
            help="RUN/AGENT@MODEL as the tables name it, or without RUN/: the latest with results.",
        ),
    ],
    second: Annotated[
        str, typer.Argument(autocompletion=complete_competitors, help="The other one, in the same form.")
    ],
    fail_if_worse: Annotated[
        bool,
        typer.Option(
            "--fail-if-worse",
            help="Exit code 4 where the first is worse: an interval lies below 0, or without one a figure.",
        ),
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Compare two competitors, paired by task: the difference of each figure with an interval.

    For a regression gate, name the new one first: `lockgate compare NEW/AGENT OLD/AGENT --fail-if-worse`.
    """
    from evaluators.scoring.leaderboard import compare_agents
    from orchestration.reports.console import comparison_note, comparison_table
    from orchestration.reports.lookup import find_agent_scorecards

    cards = [find_agent_scorecards(name) for name in (first, second)]
    comparison = compare_agents(*cards)
    names = [f"{found[0].trial.run_id}/{found[0].trial.competitor.name}" for found in cards]
    if as_json:
        typer.echo(json.dumps({"first": names[0], "second": names[1], "figures": comparison}, indent=2))
    else:
        console.print(comparison_table(comparison))
        console.print(f"first: {names[0]}, second: {names[1]}", markup=False, highlight=False)
        console.print("diff.: first minus second over the tasks that both have scored;")
        console.print(comparison_note(comparison), highlight=False)
    if fail_if_worse and (worse := _worse_figures(comparison)):
        errors.print(f"Worse than {names[1]}: {', '.join(worse)}.", style="red", markup=False, highlight=False)
        raise typer.Exit(TOO_LOW)


def _worse_figures(comparison: dict[str, dict[str, Any]]) -> list[str]:
    """Figures in which the first is worse: beyond chance where there is an interval, at all where tasks are too few."""
    return [
        figure
        for figure, row in comparison.items()
        if row["difference"] is not None and (row["difference"] if row["high"] is None else row["high"]) < 0
    ]
