"""`lockgate ranks`: whether some tasks rank agents as all do, and which would."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.errors import LockgateError
from orchestration.cli.options import JsonOption, runs_argument, tasks_option
from orchestration.cli.output import console, simple_table
from orchestration.counted import counted

if TYPE_CHECKING:
    from orchestration.suite_ranks import Agreement, RandomDraws


def ranks(
    runs: Annotated[list[str], runs_argument("Runs of two agents or more over all tasks")],
    tasks: Annotated[list[str] | None, tasks_option()] = None,
    choose: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Choose N of --tasks (of all, without): kinds and worlds by their shares."
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Say whether some tasks (tag:core, without --tasks) rank the agents of runs as all of their tasks do.

    A task counts where every agent has a verdict on it.
    """
    from benchmark.registry import list_tasks, select_tasks
    from orchestration.reports.lookup import find_brief_cards, find_run
    from orchestration.suite_ranks import agreement, choose_tasks, random_draws, read_scores

    names = [find_run(name).run_id for name in runs]
    scores = read_scores([card for name in names for card in find_brief_cards(name)])
    known = next(iter(scores.values())).keys()
    if choose is not None:
        part = choose_tasks(list_tasks(), scores, choose, {task.id for task in select_tasks(tasks or [])})
    else:
        part = tuple(task.id for task in select_tasks(tasks or ["tag:core"]) if task.id in known)
        if not part:
            raise LockgateError(f"None of these tasks is in the runs: {', '.join(tasks or ['tag:core'])}.")
    if len(part) == len(known):
        raise LockgateError(
            f"These are all tasks ({len(known)}) on which every agent has a verdict: nothing is left to compare with."
        )
    found, drawn = agreement(scores, part), random_draws(scores, len(part))
    if as_json:
        typer.echo(json.dumps(_as_json(found, drawn, part, len(known)), indent=2))
        return
    _print(found, drawn, len(part), len(known))
    if choose is not None:
        console.print("\n".join(part), highlight=False)


def _as_json(found: Agreement, drawn: RandomDraws, part: tuple[str, ...], n_all: int) -> dict[str, Any]:
    return {
        "n_tasks": len(part),
        "n_all_tasks": n_all,
        "competitors": [
            {"competitor": name, "component_score": found.part[name], "component_score_of_all": value}
            for name, value in _ordered(found)
        ],
        "kendall_tau": found.tau,
        "largest_difference": found.largest_difference,
        "random_draws": drawn._asdict(),
        "tasks": list(part),
    }


def _print(found: Agreement, drawn: RandomDraws, n_part: int, n_all: int) -> None:
    table = simple_table("agent", f"CS, {counted(n_part, 'task')}", f"CS, all {n_all}", "difference")
    for name, value in _ordered(found):
        table.add_row(name, f"{found.part[name]:.3f}", f"{value:.3f}", f"{found.part[name] - value:+.3f}")
    console.print(table)
    console.print(
        f"Kendall's tau {found.tau:.2f} (1 = the same order), largest difference {found.largest_difference:.3f}. "
        f"Of {drawn.n_draws:,} lists of {counted(n_part, 'task')} drawn at random, {drawn.n_in_order:,} have this "
        f"order; their median largest difference is {drawn.median_difference:.3f}.",
        highlight=False,
    )


def _ordered(found: Agreement) -> list[tuple[str, float]]:
    return sorted(found.whole.items(), key=lambda item: (-item[1], item[0]))
