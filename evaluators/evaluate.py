"""Evaluating a submission: every scenario run, every scored table compared with gold."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from benchmark.dials import Dials
from benchmark.scorecard import ScenarioResult, TableResult, Verdict
from benchmark.stages import STAGES
from benchmark.task import Task
from evaluators.alternatives import accept_alternatives
from evaluators.check_quality import check_quality
from evaluators.fault_trials import Bench, evaluate_faults
from evaluators.gold import Gold, get_gold, is_gold_in_the_making
from evaluators.judge import judge_tables
from evaluators.pipeline import PipelineChain, PipelineState, Timer
from evaluators.policy import check_policy
from evaluators.scenarios import Runs, Scenario, in_order
from evaluators.scores import cascaded_tables, score_tables
from runtime.client import ForkRuntime
from runtime.sandbox.registry import open_runtime

Progress = Callable[[str], None]


class EvaluationRequest(NamedTuple):
    """What to evaluate, and with what."""

    task: Task
    project: Path
    """The submitted pipeline; only read."""
    scenarios: tuple[str, ...]
    visible: Dials
    holdout: Dials
    work_dir: Path
    """For workspaces; the caller removes it."""
    logs_dir: Path
    sandbox: str = "none"
    """Where the submission runs: a name of `runtime.sandbox.registry`."""


def evaluate(
    request: EvaluationRequest, runtime: ForkRuntime, timer: Timer, progress: Progress
) -> tuple[ScenarioResult, ...]:
    """Run the scenarios of a submission and compare its tables with gold.

    Source systems run once per seed; scenarios that share their first runs share them. While the pipeline runs for one
    scenario, what it left for the last one is judged.

    Returns:
        One result per scenario, in the order of `evaluators.scenarios`.

    Raises:
        LockgateError: A fault that is not the submission's; no verdict is possible.
    """
    chosen = in_order(request.scenarios)
    seeds = [
        (dials, scenarios)
        for seed_kind, dials in (("visible", request.visible), ("holdout", request.holdout))
        if (scenarios := sorted((s for s in chosen if s.seed == seed_kind), key=_cheapest_order))
    ]
    if (
        request.task.faults is None
        and len(seeds) > 1
        and is_gold_in_the_making(request.task, seeds[0][0], _wanted_gold(seeds[0][1]))
    ):
        seeds.reverse()  # rather than wait, begin where nobody is
    results: list[ScenarioResult] = []
    if request.task.faults is not None:
        for dials, scenarios in seeds:
            results += [_evaluate_faults(request, s, dials, runtime, timer, progress) for s in scenarios]
    else:
        with ExitStack() as rooms, ThreadPoolExecutor(1, thread_name_prefix="judge") as judge:
            verdicts = [
                verdict
                for dials, scenarios in seeds
                for verdict in _evaluate_seed(request, scenarios, dials, runtime, timer, progress, rooms, judge)
            ]
            results = [verdict.result() for verdict in verdicts]
    order = [scenario.name for scenario in chosen]
    results.sort(key=lambda result: order.index(result.scenario))
    return (results[0], *(result.model_copy(update={"policy": None}) for result in results[1:])) if results else ()


def _evaluate_faults(
    request: EvaluationRequest,
    scenario: Scenario,
    dials: Dials,
    runtime: ForkRuntime,
    timer: Timer,
    progress: Progress,
) -> ScenarioResult:
    """One scenario of a `quality` task: its data tests on gold's tables, as they are and with each fault."""
    progress("gold")
    gold = get_gold(request.task, dials, [scenario.gold_runs], runtime, timer)[scenario.gold_runs]
    progress(scenario.name)
    with open_runtime(request.sandbox, runtime) as walled:
        bench = Bench(
            task=request.task,
            project=request.project,
            gold=gold.folder,
            now=request.task.world.pinned_now(dials),
            folder=request.work_dir / scenario.name,
            logs=request.logs_dir / scenario.name,
            runtime=walled,
        )
        result = evaluate_faults(bench, scenario.name, dials, timer)
    shutil.rmtree(bench.folder)
    return result


def _evaluate_seed(
    request: EvaluationRequest,
    scenarios: list[Scenario],
    dials: Dials,
    runtime: ForkRuntime,
    timer: Timer,
    progress: Progress,
    rooms: ExitStack,
    judge: Executor,
) -> list[Future[ScenarioResult]]:
    """Run the pipeline of one seed; what it left is judged meanwhile, on another core."""
    progress("gold")
    gold = get_gold(request.task, dials, _wanted_gold(scenarios), runtime, timer)
    folder = request.work_dir / f"seed-{scenarios[0].seed}"
    folder.mkdir(parents=True)
    walled = rooms.enter_context(open_runtime(request.sandbox, runtime))
    logs = request.logs_dir / scenarios[0].seed
    chain = PipelineChain(request.project, request.task.world, dials, walled, folder, logs, timer)
    results = []
    with chain.started():
        for scenario in scenarios:
            progress(scenario.name)
            state = chain.state(scenario.runs)
            results.append(judge.submit(_judge_scenario, request, scenario, dials, chain, state, gold, runtime, timer))
    return results


def _cheapest_order(scenario: Scenario) -> tuple[bool, int]:
    """Normal days first, one after the other: source systems then start once for all of them."""
    return any(run.incident for run in scenario.runs), scenario.runs[-1].day


def _wanted_gold(scenarios: list[Scenario]) -> list[Runs]:
    """The runs whose gold is compared with, and those before them, which components build upon."""
    return sorted({s.gold_runs for s in scenarios} | {s.gold_before for s in scenarios if s.gold_before})


def _judge_scenario(
    request: EvaluationRequest,
    scenario: Scenario,
    dials: Dials,
    chain: PipelineChain,
    state: PipelineState,
    gold_by_runs: dict[Runs, Gold],
    runtime: ForkRuntime,
    timer: Timer,
) -> ScenarioResult:
    task = request.task
    tables = task.scored_tables
    gold = gold_by_runs[scenario.gold_runs]
    output = request.work_dir / "outputs" / scenario.name
    (output / "tables").mkdir(parents=True)
    outcomes = chain.export(state, list(tables), output / "tables")
    verdicts = judge_tables(gold.folder, output / "tables", tables, outcomes)

    models = [name for name, spec in tables.items() if spec.stage != "raw"]
    previous = gold_by_runs[scenario.gold_before].folder if scenario.gold_before else None
    component_outcomes = (
        chain.components(state, scenario.runs[-1].day, gold.folder, previous, models, output / "components")
        if models
        else {}
    )
    components = {name: verdict for name, verdict in verdicts.items() if tables[name].stage == "raw"}
    components |= judge_tables(
        gold.folder, output / "components", {name: tables[name] for name in models}, component_outcomes
    )
    if task.spec.alternatives:

        def alternative_gold(name: str) -> Path:
            return get_gold(task, dials, [scenario.gold_runs], runtime, timer, name)[scenario.gold_runs].folder

        verdicts = accept_alternatives(task, verdicts, output / "tables", outcomes, alternative_gold)
        alone = {name: verdict for name, verdict in components.items() if name in models}
        components |= {name: verdicts[name] for name in components.keys() - alone.keys()}
        components |= accept_alternatives(task, alone, output / "components", component_outcomes, alternative_gold)
    started = time.monotonic()
    quality_log = request.logs_dir / scenario.seed / f"{scenario.name}-quality.log"
    quality = check_quality(task, output / "tables", outcomes, runtime, quality_log)
    timer("quality", time.monotonic() - started)
    table_results = _table_results(task, verdicts, components, gold, state)
    total, stages = score_tables(table_results)
    return ScenarioResult(
        scenario=scenario.name,
        seed=dials.seed,
        days=dials.days,
        day=scenario.runs[-1].day,
        is_success=all(result.verdict.is_match for result in table_results),
        steps=state.steps,
        tables=table_results,
        scores=total,
        stages=stages,
        quality=quality,
        policy=check_policy(state.graph, task.policy, task.world.tables | task.spec.tables) if task.policy else None,
    )


def _table_results(
    task: Task, verdicts: dict[str, Verdict], components: dict[str, Verdict], gold: Gold, state: PipelineState
) -> tuple[TableResult, ...]:
    matches = {name: verdict.is_match for name, verdict in verdicts.items()}
    cascaded = cascaded_tables(matches, task.scored_tables, gold.lineage)
    built_by = {name.lower(): node["path"] for name, node in state.relations.items()}
    weights = task.weights
    results = []
    for name, spec in task.scored_tables.items():
        schema, _, _ = name.partition(".")
        source_file = f"el/{schema.removeprefix('raw_')}.yaml" if spec.stage == "raw" else built_by.get(name.lower())
        results.append(
            TableResult(
                table=name,
                stage=spec.stage,
                weight=weights[name],
                verdict=verdicts[name],
                component=components[name],
                is_cascaded=name in cascaded,
                built_by=source_file,
            )
        )
    return tuple(sorted(results, key=lambda result: (STAGES.index(result.stage), result.table)))
