"""`lockgate run`: agents on tasks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.errors import LockgateError
from orchestration.cli.broken import print_broken, refuse_broken
from orchestration.cli.options import JsonOption, ParallelOption, TasksOption
from orchestration.cli.output import console, errors
from orchestration.cli.trials import execute, print_results, unscore_broken

if TYPE_CHECKING:
    from benchmark.llm import ModelSpec


def run(
    config: Annotated[
        Path | None, typer.Argument(help="YAML file with agents, models, tasks and attempts; instead of the options.")
    ] = None,
    agent: Annotated[
        list[str] | None,
        typer.Option("--agent", "-a", help="A short name (oracle, toolloop, …), package.module:Class or a YAML file."),
    ] = None,
    tasks: TasksOption = None,
    attempts: Annotated[int, typer.Option(min=1, help="Trials per task and agent.")] = 1,
    parallel: ParallelOption = 2,
    run_id: Annotated[
        str | None, typer.Option(help="Name of the run; an existing one is resumed. Default: the time.")
    ] = None,
    holdout_seed: Annotated[int | None, typer.Option(min=1, help="Default: derived from the run id.")] = None,
    scale: Annotated[int | None, typer.Option(min=1, help="Multiplies entities. Default: the world's.")] = None,
    agent_seed: Annotated[int, typer.Option(help="For agents that draw, like the saboteur.")] = 0,
    scenario: Annotated[
        list[str] | None, typer.Option("--scenario", "-s", help="Only these scenarios; repeatable.")
    ] = None,
    sandbox: Annotated[
        str | None,
        typer.Option(help="bubblewrap, docker or none. Default: none for oracle, idle and saboteur, else bubblewrap."),
    ] = None,
    hints: Annotated[
        int, typer.Option(min=0, max=3, help="Hints in the instruction, up to this level; tasks have some or none.")
    ] = 0,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", "-m", help="For agents that use an LLM: provider/name as litellm has it; repeatable."),
    ] = None,
    base_url: Annotated[str | None, typer.Option(help="Address of the model's API. Default: the provider's.")] = None,
    key_variable: Annotated[
        str | None, typer.Option(help="Environment variable with the API key. Default: the provider's usual one.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would run and cost; run nothing.")] = False,
    max_seconds: Annotated[float | None, typer.Option(min=1, help="Time of an agent. Default: the task's.")] = None,
    max_steps: Annotated[int | None, typer.Option(min=1, help="Calls of the model. Default: the task's.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Tokens of all calls. Default: the task's.")] = None,
    max_usd: Annotated[float | None, typer.Option(min=0, help="Cost of a trial. Default: the task's.")] = None,
    max_run_usd: Annotated[
        float | None, typer.Option(min=0, help="Cost of all trials: one that could exceed it does not start.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Run agents on tasks and score what they build."""
    from agents.preflight import check_trials
    from benchmark.run_store import RunStore
    from benchmark.trial import BudgetChange
    from orchestration.planning.ceiling import CostCeiling, check_prices
    from orchestration.planning.matrix import RunMatrix, read_matrix
    from orchestration.planning.trials import new_run_id, start_or_resume

    if config is not None:
        matrix = read_matrix(config)
        if agent or model or tasks:
            raise LockgateError(f"{config} names agents, models and tasks; leave out --agent, --model and --tasks.")
    else:
        matrix = RunMatrix(
            agents=tuple(agent or ["oracle"]),
            models=_models(model or [], base_url, key_variable),
            tasks=tuple(tasks or []),
            attempts=attempts,
            budget=BudgetChange(wall_seconds=max_seconds, steps=max_steps, tokens=max_tokens, cost_usd=max_usd),
            parallel=parallel,
            scenarios=tuple(scenario) if scenario else None,
            holdout_seed=holdout_seed,
            scale=scale,
            agent_seed=agent_seed,
            hints=hints,
            sandbox=sandbox,
        )
    if max_run_usd is not None:
        matrix = matrix.model_copy(update={"max_run_usd": max_run_usd})
    for name in matrix.unwalled_agents:
        errors.print(f"Warning: {name} runs without a sandbox; its code can do whatever you can.", style="yellow")
    store = RunStore(run_id or new_run_id())
    selection = matrix.choose_tasks()
    print_broken(selection.broken)
    plan = matrix.plan(store.run_id, selection)
    check_trials(plan.trials)
    if matrix.max_run_usd is not None:
        check_prices(plan.trials)
    if dry_run:
        from orchestration.planning.cost import estimate_table

        console.print(estimate_table(plan, matrix.max_run_usd))
        refuse_broken(selection.broken)
        return
    with store.lock():
        plan = start_or_resume(store, plan)
        ceiling = CostCeiling(plan, matrix.max_run_usd)
        scorecards = unscore_broken(store, execute(store, plan, matrix.parallel, matrix.providers, ceiling))
    print_results(store, scorecards, as_json, not_started=ceiling.told())
    refuse_broken(selection.broken)


def _models(names: list[str], base_url: str | None, key_variable: str | None) -> tuple[ModelSpec, ...]:
    from benchmark.llm import ModelSpec

    return tuple(ModelSpec(name=name, base_url=base_url, key_variable=key_variable) for name in names)
