"""`lockgate show` and `lockgate compare`: what stored trials scored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmark.errors import LockgateError
from orchestration.cli.collection import no_collection
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
    table: Annotated[str | None, typer.Option(help="Everything about one scored table.", metavar="NAME")] = None,
    scenario: Annotated[
        str | None, typer.Option(help="One scenario only: its steps, what fails, what differs.", metavar="NAME")
    ] = None,
    diff: Annotated[
        bool, typer.Option("--diff", help="What the submission changed; in a pipe, the patch itself.")
    ] = False,
    logs: Annotated[bool, typer.Option("--logs", help="The ends of the logs, of one --scenario or of all.")] = False,
    trajectory: Annotated[
        bool, typer.Option("--trajectory", help="What the agent did, step by step, and figures of its behaviour.")
    ] = False,
    export: Annotated[
        str | None, typer.Option(help="Print the trajectory in another format: atif (Harbor) or adp.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(help="Write a trial, or the report of a run, as an HTML page.", metavar="FILE")
    ] = None,
    open_page: Annotated[bool, typer.Option("--open", help="Write the page and open it in the browser.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Explain a trial: what is wrong, whose fault it is, which rows differ. Or list the trials of a run."""
    views = {
        "--diff": diff, "--logs": logs, "--trajectory": trajectory, "--export": bool(export),
        "--page or --open": bool(page) or open_page,
    }  # fmt: skip
    if len(chosen := [name for name, is_given in views.items() if is_given]) > 1:
        raise LockgateError(f"{' and '.join(chosen)} show different things. Give one of them.")
    if chosen and (table or (scenario and not logs)):
        raise LockgateError(f"--table and --scenario choose among verdicts; {chosen[0]} has none. Leave one away.")
    if as_json and (diff or logs or page or open_page):
        raise LockgateError(f"{chosen[0]} has no JSON. Leave --json away, or take it without {chosen[0]}.")
    if page or open_page:
        _write_page(trial, page, open_page)
    elif export:
        from orchestration.reports.trajectory import export_json

        typer.echo(export_json(trial, export))
    elif trajectory:
        from orchestration.reports.trajectory import print_trajectory

        print_trajectory(console, trial, as_json)
    elif diff or logs:
        from orchestration.reports.lookup import find_trial
        from orchestration.reports.show.files import print_diff, print_logs

        store = find_trial(trial)
        if diff:
            print_diff(console, store)
        else:
            print_logs(console, store, scenario)
    else:
        with no_collection():
            _print_verdicts(trial, table, scenario, as_json)


def _print_verdicts(name: str, table: str | None, scenario: str | None, as_json: bool) -> None:
    from benchmark.run_store import RunStore
    from evaluators.scoring.leaderboard import standings
    from orchestration.reports.console import LEGEND, print_scorecards
    from orchestration.reports.lookup import find_brief_cards, find_scorecards

    cards = find_brief_cards(name)
    if as_json or len(cards) == 1:
        cards = find_scorecards(name)
    if as_json:
        content = [card.model_dump(mode="json") for card in cards]
        typer.echo(
            json.dumps(content[0] if len(content) == 1 else content, indent=2, sort_keys=True, ensure_ascii=False)
        )
    elif len(cards) > 1:
        if table or scenario:
            raise LockgateError(f"'{name}' has {len(cards)} trials; --table and --scenario are for one. Name it.")
        print_scorecards(console, cards, standings(cards))
        console.print("\n".join(LEGEND))
    elif table or scenario:
        from orchestration.reports.show.evidence import print_evidence

        print_evidence(console, cards[0], table, scenario)
    else:
        from orchestration.reports.show.overview import print_trial

        card = cards[0]
        print_trial(console, card, RunStore(card.trial.run_id).trial(card.trial.trial_id))


def _write_page(name: str, path: Path | None, is_opened: bool) -> None:
    """Write the page of a trial, or the report of a run, and open it if asked to; without a path beside the run."""
    import webbrowser

    from benchmark.run_store import RunStore
    from orchestration.reports.html import write_page
    from orchestration.reports.lookup import find_trial, run_meant

    if (run_id := run_meant(name)) is not None:
        from orchestration.reports.run_report.read import read_runs
        from orchestration.reports.run_report.write import PAGE_NAME, write_report

        path = path or RunStore(run_id).folder / "report"
        write_report(read_runs([run_id]), path)
        path = path / PAGE_NAME if path.is_dir() else path
    else:
        store = find_trial(name)
        path = path or store.page_path
        write_page(store, path)
    console.print(f"Written: {path}", markup=False, highlight=False, soft_wrap=True)
    if is_opened and not webbrowser.open(path.resolve().as_uri()):
        raise LockgateError(f"No browser can be opened here. Open {path} yourself.")


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
