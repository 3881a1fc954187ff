"""`lockgate run`: agents on tasks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from benchmark.limits import MAX_ATTEMPTS, MAX_PARALLEL, MAX_SCALE
from orchestration.cli.broken import print_broken, print_not_proven, refuse_broken
from orchestration.cli.completion import complete_agents, complete_runs
from orchestration.cli.gate import (
    FailBelowOption,
    JUnitOption,
    SummaryOption,
    check_places,
    confirm_cost,
    end_by_verdict,
    write_results,
)
from orchestration.cli.help import examples
from orchestration.cli.options import JsonOption, QuietOption, tasks_option
from orchestration.cli.output import console, errors, notes
from orchestration.cli.trials import execute, print_results, unscore_broken

if TYPE_CHECKING:
    from benchmark.run_store import RunPlan, RunStore

RUN_EXAMPLES = examples(
    "lockgate run --agent oracle --agent idle --tasks tag:demo",
    "lockgate run -a toolloop -m openai/gpt-5 --max-usd 2 --dry-run",
    "lockgate run my_run.yaml --attempts 3",
    "lockgate run --run-id 20261127-101500-ab12                (go on)",
    "lockgate run --run-id latest -a my_agents:Careful         (add an agent)",
    "lockgate run my_run.yaml -q --fail-below 0.9 --junit junit.xml",
)
_WHAT, _MODEL, _BUDGET, _DATA = "What runs", "Model", "Budget of a trial", "Data and sandbox"


def run(
    config: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="YAML file with agents, models, tasks, …; options override it."),
    ] = None,
    agent: Annotated[
        list[str] | None,
        typer.Option(
            "--agent",
            "-a",
            rich_help_panel=_WHAT,
            autocompletion=complete_agents,
            help="A name of `lockgate agents`, package.module:Class or a YAML file; repeatable. Default: oracle.",
        ),
    ] = None,
    tasks: Annotated[list[str] | None, tasks_option(_WHAT)] = None,
    exclude: Annotated[
        list[str] | None,
        typer.Option("--exclude", "-x", metavar="PATTERN", rich_help_panel=_WHAT, help="Leave out these of the tasks."),
    ] = None,
    attempts: Annotated[
        int | None,
        typer.Option(
            min=1, max=MAX_ATTEMPTS, metavar="N", rich_help_panel=_WHAT, help="Trials per task and agent. Default: 1."
        ),
    ] = None,
    parallel: Annotated[
        int | None,
        typer.Option(
            "--parallel",
            "-j",
            min=1,
            max=MAX_PARALLEL,
            metavar="N",
            rich_help_panel=_WHAT,
            help="Trials at once. Default: 2.",
        ),
    ] = None,
    run_id: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            rich_help_panel=_WHAT,
            autocompletion=complete_runs,
            help="Name of the run. One that exists goes on, with the trials that options add. Default: the time.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", rich_help_panel=_WHAT, help="Print what would run and cost; run nothing.")
    ] = False,
    yes: Annotated[
        bool,
        typer.Option("--yes", "-y", rich_help_panel=_WHAT, help="Start a run that may cost over 10 USD at once."),
    ] = False,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", rich_help_panel=_MODEL, help="provider/name as litellm has it; repeatable."),
    ] = None,
    base_url: Annotated[
        str | None, typer.Option(rich_help_panel=_MODEL, help="Address of its API. Default: the provider's.")
    ] = None,
    key_variable: Annotated[
        str | None,
        typer.Option(rich_help_panel=_MODEL, help="Environment variable with the API key. Default: the usual one."),
    ] = None,
    max_seconds: Annotated[
        float | None, typer.Option(min=1, rich_help_panel=_BUDGET, help="Time of an agent. Default: the task's.")
    ] = None,
    max_steps: Annotated[
        int | None, typer.Option(min=1, rich_help_panel=_BUDGET, help="Calls of the model. Default: the task's.")
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(min=1, rich_help_panel=_BUDGET, help="Tokens of all calls. Default: the task's.")
    ] = None,
    max_usd: Annotated[
        float | None, typer.Option(min=0, rich_help_panel=_BUDGET, help="Cost of a trial. Default: the task's.")
    ] = None,
    max_run_usd: Annotated[
        float | None,
        typer.Option(
            min=0,
            rich_help_panel=_BUDGET,
            help="Cost of all trials of the run: one that could exceed it does not start.",
        ),
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option("--scenario", "-s", rich_help_panel=_DATA, help="Only these scenarios; repeatable."),
    ] = None,
    hints: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=3,
            metavar="LEVEL",
            rich_help_panel=_DATA,
            help="Hints in the ticket up to this level, of the tasks that have some. Default: 0.",
        ),
    ] = None,
    holdout_seed: Annotated[
        int | None, typer.Option(min=1, rich_help_panel=_DATA, help="Default: derived from the run id.")
    ] = None,
    agent_seed: Annotated[
        int | None, typer.Option(rich_help_panel=_DATA, help="For agents that draw, like the saboteur. Default: 0.")
    ] = None,
    scale: Annotated[
        int | None,
        typer.Option(min=1, max=MAX_SCALE, rich_help_panel=_DATA, help="Multiplies entities. Default: the world's."),
    ] = None,
    sandbox: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            rich_help_panel=_DATA,
            help="bubblewrap, docker or none. Default: none for oracle, idle and saboteur, else bubblewrap.",
        ),
    ] = None,
    fail_below: FailBelowOption = None,
    junit: JUnitOption = None,
    summary: SummaryOption = None,
    quiet: QuietOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run agents on tasks and score what they build.

    Without options, the oracle runs on every task.
    """
    check_places(junit, summary)
    budget = {"wall_seconds": max_seconds, "steps": max_steps, "tokens": max_tokens, "cost_usd": max_usd}
    options = {
        "agents": agent,
        "models": [{"name": name} for name in model] if model else None,
        "tasks": tasks,
        "exclude": exclude,
        "attempts": attempts,
        "parallel": parallel,
        "budget": budget,
        "scenarios": scenario,
        "hints": hints,
        "holdout_seed": holdout_seed,
        "agent_seed": agent_seed,
        "scale": scale,
        "sandbox": sandbox,
        "base_url": base_url,
        "key_variable": key_variable,
        "max_run_usd": max_run_usd,
    }
    _run(config, run_id, options, is_dry=dry_run, is_agreed=yes, as_json=as_json, gate=(fail_below, junit, summary))


def _run(
    config: Path | None,
    run_id: str | None,
    options: dict[str, Any],
    *,
    is_dry: bool,
    is_agreed: bool,
    as_json: bool,
    gate: tuple[float | None, Path | None, Path | None],
) -> None:
    """Plan, look, run, print, judge."""
    from agents.preflight import check_trials
    from benchmark.registry import get_task
    from evaluators.preflight import check_variables
    from orchestration.cli.run_matrix import choose_matrix, is_only_resumed, plan_summary
    from orchestration.planning.ceiling import CostCeiling, check_prices, models_without_price
    from orchestration.planning.cost import most_usd
    from orchestration.planning.stored_runs import extend_run

    check_variables()
    fail_below, junit, summary = gate
    store = _store(run_id)
    matrix = choose_matrix(config, store, options)
    for name in matrix.unwalled_agents:
        errors.print(f"Warning: {name} runs without a sandbox; its code can do whatever you can.", style="yellow")
    selection = matrix.choose_tasks()
    stored = store.read_plan() if store.exists() else None
    if stored is not None and is_only_resumed(config, store, options):
        plan = stored
    else:
        plan = matrix.plan(store.run_id, selection)
        plan = extend_run(stored, plan) if stored is not None else plan
    print_broken(selection.broken)
    check_trials(plan.trials)
    if matrix.max_run_usd is not None:
        check_prices(plan.trials)
    todo = [trial for trial in plan.trials if not store.trial(trial.trial_id).has_verdict()]
    n_added = len(plan.trials) - len(stored.trials) if stored is not None else 0
    what = "A new run" if is_dry and stored is None and run_id is None else f"Run {store.run_id}"
    notes.print(f"{what}: {plan_summary(plan, todo, n_added)}.", markup=False, highlight=False, soft_wrap=True)
    if matrix.models and all(trial.model is None for trial in plan.trials):
        errors.print("Warning: none of these agents uses a model; --model changes nothing.", style="yellow")
    if unknown := models_without_price(todo):
        errors.print(
            f"Warning: no price is known of {', '.join(unknown)}, so limits in dollars do not hold for it; limits of "
            "steps, tokens and time do. Give a `price` in the run's file.",
            style="yellow", markup=False, highlight=False, soft_wrap=True,
        )  # fmt: skip
    print_not_proven([get_task(name) for name in dict.fromkeys(trial.task for trial in todo)])
    if is_dry:
        _print_estimate(plan, matrix.max_run_usd, as_json)
        refuse_broken(selection.broken)
        return
    confirm_cost(most_usd(todo), is_agreed)
    with store.lock():
        if plan != stored:
            store.write_plan(plan)
        ceiling = CostCeiling(plan, matrix.max_run_usd)
        scorecards = unscore_broken(store, execute(store, plan, matrix.parallel, matrix.providers, ceiling))
    write_results(scorecards, selection.broken, junit, summary)
    print_results(store, scorecards, as_json, not_started=ceiling.told())
    end_by_verdict(scorecards, fail_below, has_held_back=bool(ceiling.not_started))
    refuse_broken(selection.broken)


def _store(run_id: str | None) -> RunStore:
    """The run of this name, which may be new."""
    from benchmark.run_store import RunStore
    from orchestration.planning.trials import new_run_id
    from orchestration.reports.lookup import LATEST, find_run

    return find_run(LATEST) if run_id == LATEST else RunStore(run_id or new_run_id())


def _print_estimate(plan: RunPlan, max_run_usd: float | None, as_json: bool) -> None:
    import json

    from orchestration.planning.cost import estimate_json, estimate_table

    if as_json:
        typer.echo(json.dumps(estimate_json(plan), indent=2, ensure_ascii=False))
    else:
        console.print(estimate_table(plan, max_run_usd))
