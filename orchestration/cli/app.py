"""The command line. Imports little at module level: `lockgate --help` answers at once."""

from __future__ import annotations

import errno
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from benchmark.errors import LockgateError
from benchmark.paths import import_also_from
from orchestration.cli.visible_console import visible_console

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmark.llm import ModelSpec
    from benchmark.run_store import RunPlan, RunStore, TrialPlan
    from benchmark.scorecard import Scorecard

app = typer.Typer(
    name="lockgate",
    help="Lockgate measures how well AI agents build, evolve and repair whole ELT pipelines.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = visible_console()
errors = visible_console(stderr=True)

TasksOption = Annotated[
    list[str] | None, typer.Option("--tasks", "-t", help="Glob over task ids, tag:NAME or kind:NAME; repeatable.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]
ParallelOption = Annotated[int, typer.Option("--parallel", "-j", min=1, help="Trials at once.")]


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


@app.command()
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
    as_json: JsonOption = False,
) -> None:
    """Run agents on tasks and score what they build."""
    from agents.preflight import check_trials
    from benchmark.run_store import RunStore
    from orchestration.planning.matrix import BudgetChange, RunMatrix, read_matrix
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
            agent_seed=agent_seed,
            hints=hints,
            sandbox=sandbox,
        )
    for name in matrix.unwalled_agents:
        errors.print(f"Warning: {name} runs without a sandbox; its code can do whatever you can.", style="yellow")
    store = RunStore(run_id or new_run_id())
    plan = matrix.plan(store.run_id)
    check_trials(plan.trials)
    if dry_run:
        from orchestration.planning.cost import estimate_table

        console.print(estimate_table(plan))
        return
    with store.lock():
        plan = start_or_resume(store, plan)
        scorecards = _execute(store, plan, matrix.parallel, matrix.providers)
    _finish(store, scorecards, as_json)


def _models(names: list[str], base_url: str | None, key_variable: str | None) -> tuple[ModelSpec, ...]:
    from benchmark.llm import ModelSpec

    return tuple(ModelSpec(name=name, base_url=base_url, key_variable=key_variable) for name in names)


def _execute(
    store: RunStore, plan: RunPlan, n_parallel: int, n_by_provider: Mapping[str, int] | None = None
) -> list[Scorecard]:
    """Run what is not done yet, with a progress bar; scorecards in the order of the plan."""
    from orchestration.pool.dispatch import execute_trials
    from orchestration.reports.progress import TrialProgress

    finished = {trial.trial_id: store.trial(trial.trial_id).read_scorecard() for trial in plan.trials}
    todo = [trial for trial in plan.trials if (card := finished[trial.trial_id]) is None or card.status == "unscored"]
    if todo:
        try:
            with TrialProgress(errors, n_total=len(plan.trials), n_done=len(plan.trials) - len(todo)) as progress:
                execute_trials(
                    todo,
                    n_parallel=n_parallel,
                    n_by_provider=n_by_provider,
                    on_done=progress.done,
                    on_step=progress.step,
                )
        except KeyboardInterrupt as stop:
            errors.print(f"Stopped. Finished trials are kept; go on with the same options and --run-id {store.run_id}")
            raise typer.Exit(130) from stop
    return _read_scorecards(store, plan.trials)


def _read_scorecards(store: RunStore, trials: Sequence[TrialPlan]) -> list[Scorecard]:
    cards = [store.trial(trial.trial_id).read_scorecard() for trial in trials]
    missing = [trial.trial_id for trial, card in zip(trials, cards, strict=True) if card is None]
    if missing:
        listed = ", ".join(missing)
        raise LockgateError(f"{len(missing)} trials ended without a scorecard: {listed}. Run the same command again.")
    return [card for card in cards if card is not None]


def _finish(store: RunStore, scorecards: list[Scorecard], as_json: bool) -> None:
    """Print the results; exit code 2 when a trial has no verdict."""
    from evaluators.scoring.leaderboard import standings
    from orchestration.reports.console import root_causes_table, scorecards_json, totals_table, trials_table

    totals = standings(scorecards)
    if as_json:
        typer.echo(scorecards_json(scorecards, totals))
    else:
        console.print(trials_table(scorecards))
        console.print(totals_table(totals))
        if causes := root_causes_table(totals):
            console.print(causes)
        console.print("SR every table right in every scenario; EL, T: raw tables, other tables;")
        console.print("CS each model alone on gold upstream; CFS end to end, 0 after a mismatch")
        console.print("upstream; by stage: CFS.")
        console.print(f"Run {store.run_id}. Explain one:")
        console.print(f"  lockgate show {store.run_id}/{scorecards[-1].trial.trial_id}", soft_wrap=True)
    unscored = [card for card in scorecards if card.status == "unscored"]
    for card in unscored:
        errors.print(f"{card.trial.trial_id} is unscored: {card.unscored_reason}", style="yellow", markup=False)
    if unscored:
        raise typer.Exit(2)


@app.command()
def score(
    run_id: Annotated[str, typer.Argument(help="A run whose submissions are scored again, without the agent.")],
    parallel: ParallelOption = 2,
    as_json: JsonOption = False,
) -> None:
    """Score the stored submissions of a run again."""
    from concurrent.futures import ThreadPoolExecutor

    from benchmark.run_store import RunStore
    from orchestration.reports.progress import TrialProgress
    from orchestration.trial import run_trial
    from runtime.fork_client import ForkRuntime

    store = RunStore(run_id)
    plan = store.read_plan()
    trials = [trial for trial in plan.trials if store.trial(trial.trial_id).patch_path.is_file()]
    if not trials:
        raise LockgateError(f"Run {run_id} has no stored submission yet. Start it: lockgate run --run-id {run_id} …")
    with (
        store.lock(),
        ForkRuntime() as runtime,
        TrialProgress(errors, n_total=len(trials)) as progress,
        ThreadPoolExecutor(parallel) as pool,
    ):
        runtime.warm("judge")

        def again(trial: TrialPlan) -> None:
            progress.done(trial, run_trial(trial, runtime, lambda step: progress.step(trial, step), score_again=True))

        list(pool.map(again, trials))
    _finish(store, _read_scorecards(store, trials), as_json)


@app.command()
def prove(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[TASKS]", help="Globs over task ids, tag:NAME or kind:NAME.")
    ] = None,
    tasks: TasksOption = None,
    parallel: ParallelOption = 2,
    run_id: Annotated[str | None, typer.Option(help="Name of the run; an existing one is resumed.")] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Prove only so many of the tasks, others each day.")] = None,
    turn: Annotated[int | None, typer.Option(min=0, help="With --sample: this turn instead of the day's.")] = None,
    write: Annotated[Path | None, typer.Option(help="Write the results into this Markdown page.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Prove tasks: the oracle passes, the idle agent fails, wrong SQL is rejected, equivalent SQL accepted."""
    from benchmark.registry import select_tasks
    from benchmark.run_store import RunStore
    from orchestration.planning.trials import new_run_id, start_or_resume
    from orchestration.prove import plan_proof, prove_tasks, take_sample
    from orchestration.reports.progress import ProofProgress
    from orchestration.reports.proof import print_details, proof_table, proofs_json, write_page

    chosen = select_tasks([*(names or []), *(tasks or [])])
    if sample is not None:
        chosen = take_sample(chosen, sample, turn)
    store = RunStore(run_id or f"prove-{new_run_id()}")
    with store.lock():
        plan = start_or_resume(store, plan_proof(chosen, store.run_id))
        scorecards = _execute(store, plan, parallel)
        with ProofProgress(errors, len(chosen)) as progress:
            proofs = prove_tasks(chosen, scorecards, parallel, progress.step, progress.done)
    if as_json:
        typer.echo(proofs_json(proofs))
    else:
        console.print(proof_table(proofs))
        print_details(console, proofs)
    if write is not None:
        write_page(write, proofs)
    if not all(proof.is_proven for proof in proofs):
        raise typer.Exit(1)


@app.command()
def show(
    trial: Annotated[str, typer.Argument(help="RUN/TRIAL, or TRIAL of the latest run, or RUN for all of its trials.")],
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
    from orchestration.reports.console import print_scorecard, root_causes_table, totals_table, trials_table
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
        totals = standings(scorecards)
        console.print(trials_table(scorecards))
        console.print(totals_table(totals))
        if causes := root_causes_table(totals):
            console.print(causes)


@app.command()
def compare(
    first: Annotated[
        str, typer.Argument(help="RUN/AGENT@MODEL as the tables name it, or without RUN/: the latest with results.")
    ],
    second: Annotated[str, typer.Argument(help="The other one, in the same form.")],
    as_json: JsonOption = False,
) -> None:
    """Compare two competitors, paired by task: the difference of each figure with an interval."""
    from evaluators.scoring.leaderboard import compare_agents
    from orchestration.reports.console import comparison_note, comparison_table
    from orchestration.reports.lookup import find_agent_scorecards

    cards = [find_agent_scorecards(name) for name in (first, second)]
    comparison = compare_agents(*cards)
    names = [f"{found[0].trial.run_id}/{found[0].trial.competitor.name}" for found in cards]
    if as_json:
        typer.echo(json.dumps({"first": names[0], "second": names[1], "figures": comparison}, indent=2))
        return
    console.print(comparison_table(comparison))
    console.print(f"first: {names[0]}, second: {names[1]}", markup=False, highlight=False)
    console.print("diff.: first minus second over the tasks that both have scored;")
    console.print(comparison_note(comparison), highlight=False)


@app.command("tasks")
def list_tasks_command(tasks: TasksOption = None, as_json: JsonOption = False) -> None:
    """List the tasks."""
    from rich import box
    from rich.table import Table

    from benchmark.registry import select_tasks

    chosen = select_tasks(tasks or [])
    if as_json:
        typer.echo(
            json.dumps(
                [
                    task.spec.model_dump(mode="json") | {"world": task.world.id, "max_hint_level": task.max_hint_level}
                    for task in chosen
                ],
                indent=2,
            )
        )
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("task", "kind", "level", "title"):
        table.add_column(name, no_wrap=name != "title")
    for task in chosen:
        spec = task.spec
        table.add_row(task.id, spec.kind, spec.difficulty, spec.title)
    console.print(table)


@app.command("runs")
def list_runs_command(as_json: JsonOption = False) -> None:
    """List the runs on this machine, oldest first."""
    from rich import box
    from rich.table import Table

    from benchmark.run_store import RunStore, list_runs

    rows = []
    for run_id in list_runs():
        store = RunStore(run_id)
        plan = store.read_plan()
        done = sum(store.trial(trial.trial_id).scorecard_path.is_file() for trial in plan.trials)
        agents = sorted({trial.agent for trial in plan.trials})
        rows.append({"run": run_id, "agents": agents, "n_trials": len(plan.trials), "n_done": done})
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("run", "agents", "done"):
        table.add_column(name)
    for row in rows:
        table.add_row(str(row["run"]), ", ".join(map(str, row["agents"])), f"{row['n_done']} of {row['n_trials']}")  # type: ignore[call-overload]
    console.print(table)


@app.command("model-server")
def model_server(
    script: Annotated[Path, typer.Argument(help="YAML file of conversations; see docs/agents.md.")],
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="Port on loopback; 0 = a free one.")] = 0,
) -> None:
    """Serve answers from a script as the APIs of OpenAI, Anthropic and Google do; no key, no network."""
    from agents.model_server import ModelServer, read_script

    content = read_script(script)
    try:
        server = ModelServer(content, port)
    except OSError as error:
        raise LockgateError(f"Port {port} on loopback cannot be used: {error.strerror}. Choose another.") from error
    typer.echo(f"{server.url} answers from {script} (Ctrl-C stops it)")
    try:
        server.serve()
    except KeyboardInterrupt as stop:
        raise typer.Exit(0) from stop


@app.command()
def doctor(as_json: JsonOption = False) -> None:
    """Say which sandboxes work on this machine, and how to enable the others; exit code 1 when none does."""
    from rich import box
    from rich.table import Table

    from runtime.sandbox.registry import examine

    findings = examine()
    if as_json:
        typer.echo(json.dumps([finding._asdict() for finding in findings], indent=2))
    else:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for name in ("sandbox", "works", "what to know or do"):
            table.add_column(name)
        for finding in findings:
            table.add_row(finding.backend, "[green]yes[/]" if finding.works else "[red]no[/]", finding.advice)
        console.print(table)
    if not any(finding.works and finding.has_walls for finding in findings):
        raise typer.Exit(1)


@app.command()
def ui(port: Annotated[int, typer.Option("--port", "-p", min=1, max=65535, help="Port on loopback.")] = 3000) -> None:
    """Open Dagster's web UI on the runs of this machine (the same as `dagster dev`)."""
    import socket

    from orchestration.dagster_instance.config import ensure_instance, ui_command

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise LockgateError(
                f"Port {port} on loopback is in use. Choose another: lockgate ui --port {port + 1}"
            ) from error
    os.environ["DAGSTER_HOME"] = str(ensure_instance())
    command = ui_command(port)
    console.print(f"Dagster's UI: http://127.0.0.1:{port} (Ctrl-C stops it)")
    os.execv(command[0], command)
