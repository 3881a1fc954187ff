"""Evaluating a submission: every scenario run, every scored table compared with gold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple

from benchmark.generator_parameters import Dials
from benchmark.held_folders import neutral_name
from benchmark.hostile_tree import remove_tree
from benchmark.scorecard import PolicyResult, ScenarioResult, Verdict
from benchmark.task import Task
from evaluators.data_tests.evaluate import DataTestSetup, evaluate_faults
from evaluators.data_tests.right_data import right_data
from evaluators.judgement import Judgement
from evaluators.kept_components import JudgedCase, KeptComponents
from evaluators.kept_results import KeptResults, comes_out_again
from evaluators.patience import PatientRuntimes
from evaluators.pipeline.gold import get_gold, is_gold_in_the_making
from evaluators.pipeline.kept_builds import KeptBuilds, solution_builds
from evaluators.pipeline.loads import Timer
from evaluators.pipeline.orchestrated import OrchestratedChain
from evaluators.pipeline.rebuilds import Rebuilds, gold_runs_of
from evaluators.pipeline.runner import PipelineChain
from evaluators.pipeline.workspace_copies import WorkspaceCopies
from evaluators.scenarios import Runs, Scenario, in_order
from evaluators.scoring.components import ComponentCase, Rebuild, Replaced, settle_components
from evaluators.style.start_findings import since_start
from runtime.fork_client import ForkRuntime
from runtime.interface import Runtime

Progress = Callable[[str], None]

MAX_REBUILD_SECONDS = 1800.0
"""For all rebuilds of one submission together; tables that are open after it count as not built alone."""


class EvaluationRequest(NamedTuple):
    """What to evaluate, and with what."""

    task: Task
    project: Path
    """The submitted pipeline; only read."""
    scenarios: tuple[str, ...]
    visible: Dials
    holdout: Dials
    work_dir: Path
    """Holds the workspaces; the caller removes it."""
    logs_dir: Path
    sandbox: str = "none"
    """Where the submission runs: a name of `runtime.sandbox.registry`."""


def evaluate(
    request: EvaluationRequest, runtime: ForkRuntime, timer: Timer, progress: Progress
) -> tuple[ScenarioResult, ...]:
    """Run the scenarios of a submission and compare its tables with gold.

    Source systems run once per seed; scenarios that share their first runs share them. While the pipeline runs for one
    scenario, what it left for the last one is judged, and the source systems of the next seed start.

    Returns:
        One result per scenario, in the order of `evaluators.scenarios`.

    Raises:
        LockgateError: A fault that is not the submission's; no verdict is possible.
    """
    chosen = in_order(request.scenarios)
    kept = KeptResults(
        request.task, request.project, request.sandbox, request.scenarios, (request.visible, request.holdout)
    )
    if (known := kept.take()) is not None:
        progress("results")
        _note(request.logs_dir / "results.log", "The results are")
        return known
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
    runtimes = PatientRuntimes(request.sandbox, runtime)
    if request.task.faults is not None:
        results = [
            _evaluate_faults(request, scenario, dials, runtimes, timer, progress)
            for dials, scenarios in seeds
            for scenario in scenarios
        ]
        is_certain = False
    else:
        results, is_certain = _evaluate_pipeline(request, seeds, runtimes, timer, progress)
    order = [scenario.name for scenario in chosen]
    results.sort(key=lambda result: order.index(result.scenario))
    policy = _policy(request, results[0].policy, runtime, timer) if results else None
    told = tuple(
        result.model_copy(update={"policy": None if number else policy}) for number, result in enumerate(results)
    )
    if is_certain:
        kept.keep(told)
    return told


def _policy(
    request: EvaluationRequest, found: PolicyResult | None, runtime: ForkRuntime, timer: Timer
) -> PolicyResult | None:
    """What the rules found in the submission's graph and not in that of the start."""
    if found is None:
        return None
    started = time.monotonic()
    task = request.task
    result = since_start(found, task, task.world.pinned_now(request.visible), runtime, request.logs_dir)
    timer("policy", time.monotonic() - started)
    return result


def _evaluate_faults(
    request: EvaluationRequest,
    scenario: Scenario,
    dials: Dials,
    runtimes: PatientRuntimes,
    timer: Timer,
    progress: Progress,
) -> ScenarioResult:
    """One scenario of a `data_tests` task: its data tests on gold's tables, as they are and with each fault."""
    progress("gold")
    task, folder = request.task, request.work_dir / neutral_name(scenario.name)
    chosen = right_data(scenario, dials, request.visible.seed)
    golds = [get_gold(task, data.dials, [data.runs], runtimes.servers, timer)[data.runs] for data in chosen]
    progress(scenario.name)
    logs = request.logs_dir / scenario.name
    with runtimes.open() as walled:
        setups = [
            DataTestSetup(
                task=task,
                project=request.project,
                gold=gold.folder,
                now=data.now(task.world),
                folder=folder / neutral_name(f"{scenario.name} {number}"),
                logs=logs / f"data-{number}" if number else logs,
                runtime=walled,
                data=data.name,
            )
            for number, (data, gold) in enumerate(zip(chosen, golds, strict=True))
        ]
        result = evaluate_faults(setups, scenario.name, dials, timer)
    remove_tree(folder)
    return result


def _evaluate_pipeline(
    request: EvaluationRequest,
    seeds: list[tuple[Dials, list[Scenario]]],
    runtimes: PatientRuntimes,
    timer: Timer,
    progress: Progress,
) -> tuple[list[ScenarioResult], bool]:
    """Run the pipeline seed by seed; what it left is judged meanwhile, and source systems start ahead.

    Returns:
        One result per scenario, and whether they are certain to come out again.
    """
    with ExitStack() as stack:
        copies = WorkspaceCopies()
        chains: list[tuple[PipelineChain, Runtime]] = []
        solution: list[tuple[KeptBuilds | None, list[Runs]]] = []
        for dials, scenarios in seeds:
            seed = scenarios[0].seed
            folder = request.work_dir / neutral_name(seed)
            folder.mkdir(parents=True)
            walled = stack.enter_context(runtimes.open())
            logs = request.logs_dir / seed
            chain: PipelineChain
            builds = None
            if request.task.spec.orchestration is not None:
                chain = OrchestratedChain(
                    request.task, request.project, dials, walled, folder, logs, timer, copies=copies
                )
            else:
                kept = folder / neutral_name("kept")
                builds = solution_builds(request.task, dials, PipelineChain, runtimes.servers, kept, timer)
                chain = PipelineChain(
                    request.project,
                    request.task.world,
                    dials,
                    walled,
                    folder,
                    logs,
                    timer,
                    keeps_loads=True,
                    copies=copies,
                    builds=builds,
                )
            chains.append((stack.enter_context(chain.started()), walled))
            solution.append((builds, [scenario.runs for scenario in scenarios]))
        starter = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="start"))
        judges = stack.enter_context(ThreadPoolExecutor(2, thread_name_prefix="judge"))
        judgements: list[tuple[Judgement, Future[None]]] = []
        started: Future[None] | None = None
        waiting = list(zip(chains, seeds, strict=True))
        while waiting:
            (chain, walled), (dials, scenarios) = waiting.pop(0)
            progress("gold")
            gold = get_gold(request.task, dials, _wanted_gold(scenarios), runtimes.servers, timer)
            if started:
                started.result()
            for scenario in scenarios:
                progress(scenario.name)
                _raise_early(judged for _, judged in judgements)
                if scenario is scenarios[-1] and waiting:
                    (next_chain, _), (_, next_scenarios) = waiting[0]
                    started = starter.submit(next_chain.start_systems, next_scenarios[0].runs[0])
                state = chain.state(scenario.runs)
                output = request.work_dir / neutral_name(f"output of {scenario.name}")
                log = request.logs_dir / scenario.seed / f"{scenario.name}-expectations.log"
                judgement = Judgement(
                    request.task, scenario, dials, chain, state, gold, output, runtimes.servers, walled, timer, log
                )
                judgements.append((judgement, judges.submit(judgement.whole_pipeline)))
            chain.stop_systems()
        for _, judged in judgements:
            judged.result()
        progress("components")
        certain = judges.submit(comes_out_again, request.project, solution, request.logs_dir / "comparison.log")
        results, is_whole = _with_components(
            request, [judgement for judgement, _ in judgements], runtimes, timer, copies
        )
        return results, is_whole and certain.result()


def _raise_early(judgements: Iterable[Future[None]]) -> None:
    """Raise what a judge thread raised, before another scenario runs for minutes."""
    for judgement in judgements:
        if judgement.done():
            judgement.result()


def _with_components(
    request: EvaluationRequest,
    judgements: list[Judgement],
    runtimes: PatientRuntimes,
    timer: Timer,
    copies: WorkspaceCopies,
) -> tuple[list[ScenarioResult], bool]:
    """Settle the component verdicts, after the submission's last run: gold in a rebuild comes too late for those.

    Returns:
        One result per judgement, and whether no limit cut a rebuild off.
    """
    cases = [judgement.component_case() for judgement in judgements]
    both = list(zip(cases, judgements, strict=True))
    judged = [JudgedCase(case, judgement.gold_folders, judgement.dials) for case, judgement in both]
    kept = KeptComponents(request.task, request.project, request.sandbox, judged)
    if kept.take():
        _note(request.logs_dir / "components.log", "The component verdicts are")
        return [judgement.result(case.settled) for case, judgement in both], True
    by_case = {case.name: judgement for case, judgement in both}
    numbers = count(1)
    opened: list[Rebuilds] = []
    deadline = time.monotonic() + MAX_REBUILD_SECONDS

    @contextmanager
    def open_rebuild(replaced: Replaced) -> Iterator[Rebuild]:
        name = f"rebuild-{next(numbers)}"
        tables = {table: request.task.scored_tables[table] for table in sorted(replaced)}
        folder, logs = request.work_dir / neutral_name(name), request.logs_dir / name
        with (
            runtimes.open() as walled,
            Rebuilds(folder, logs, walled, timer, tables, copies) as rebuilds,
        ):
            opened.append(rebuilds)

            def rebuild(case: ComponentCase, wanted: frozenset[str]) -> dict[str, Verdict]:
                if time.monotonic() > deadline:
                    return case.out_of_time(wanted)
                return by_case[case.name].judge_rebuild(
                    rebuilds, wanted, folder / neutral_name(f"tables of {case.name}")
                )

            yield rebuild

    settle_components(cases, open_rebuild)
    # What a limit cut off may come further the next time.
    is_whole = time.monotonic() <= deadline and all(rebuilds.have_ended for rebuilds in opened)
    if is_whole:
        kept.keep()
    return [judgement.result(case.settled) for case, judgement in both], is_whole


def _note(path: Path, what: str) -> None:
    """Leave a log that says why there are no others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{what} those of an earlier evaluation of the same files on the same data.\n", encoding="utf-8")


def _cheapest_order(scenario: Scenario) -> tuple[bool, int]:
    """Normal days first, one after the other: source systems then start once for all of them."""
    return any(run.incident for run in scenario.runs), scenario.runs[-1].day


def _wanted_gold(scenarios: list[Scenario]) -> list[Runs]:
    """The runs whose gold is compared with, and those before them, on which components are built."""
    return sorted(set().union(*(gold_runs_of(scenario) for scenario in scenarios)))
