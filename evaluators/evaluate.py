"""Evaluating a submission: every scenario run, every scored table compared with gold."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Event, Semaphore
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
from evaluators.pipeline.gold import get_gold
from evaluators.pipeline.kept_builds import KeptBuilds, solution_builds
from evaluators.pipeline.loads import Timer
from evaluators.pipeline.orchestrated import OrchestratedChain
from evaluators.pipeline.rebuilds import Rebuilds, gold_runs_of
from evaluators.pipeline.runner import PipelineChain
from evaluators.pipeline.workspace_copies import WorkspaceCopies
from evaluators.scenarios import Runs, Scenario, in_order
from evaluators.scoring.components import ComponentCase, Place, Rebuild, settle_components
from evaluators.style.start_findings import since_start
from evaluators.threads import at_once
from runtime.fork_client import ForkRuntime
from runtime.interface import Runtime

Progress = Callable[[str], None]
_Seed = tuple[Dials, list[Scenario]]

MAX_REBUILD_SECONDS = 1800.0
"""For all rebuilds of one submission together; tables that are open after it count as not built alone."""

MOST_BUILDS = 2
"""How many rebuilds run at the same time: as many as seeds do, so that they need no more memory than these."""


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

    The seeds are evaluated beside one another, the scenarios of each one after the other: source systems run once per
    seed, and scenarios that share their first runs share them. While the pipeline runs for one scenario, what it left
    for the last one is judged.

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
    runtimes = PatientRuntimes(request.sandbox, runtime)
    if request.task.faults is not None:
        results = _evaluate_faults(request, seeds, runtimes, timer, progress)
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
    request: EvaluationRequest, seeds: Sequence[_Seed], runtimes: PatientRuntimes, timer: Timer, progress: Progress
) -> list[ScenarioResult]:
    """The scenarios of a `data_tests` task: its data tests on gold's tables, as they are and with each fault."""

    def evaluate_seed(seed: _Seed) -> list[ScenarioResult]:
        dials, scenarios = seed
        return [_try_tests(request, scenario, dials, runtimes, timer, progress) for scenario in scenarios]

    return [result for results in at_once([partial(evaluate_seed, seed) for seed in seeds]) for result in results]


def _try_tests(
    request: EvaluationRequest,
    scenario: Scenario,
    dials: Dials,
    runtimes: PatientRuntimes,
    timer: Timer,
    progress: Progress,
) -> ScenarioResult:
    """The data tests of a submission in one scenario."""
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
    seeds: Sequence[_Seed],
    runtimes: PatientRuntimes,
    timer: Timer,
    progress: Progress,
) -> tuple[list[ScenarioResult], bool]:
    """Run the pipeline on all seeds at once; what it left is judged meanwhile.

    Returns:
        One result per scenario, and whether they are certain to come out again.
    """
    with ExitStack() as stack:
        copies = WorkspaceCopies()
        opened = [stack.enter_context(_open_seed(request, seed, runtimes, timer, copies)) for seed in seeds]
        judges = stack.enter_context(ThreadPoolExecutor(2, thread_name_prefix="judge"))
        judgements = _SeedRunner(request, runtimes, judges, timer, progress).run(opened)
        progress("components")
        solution = [(seed.builds, [scenario.runs for scenario in seed.scenarios]) for seed in opened]
        certain = judges.submit(
            comes_out_again, request.task, request.project, solution, request.logs_dir / "comparison.log"
        )
        results, is_whole = _with_components(request, judgements, runtimes, timer, copies)
        return results, is_whole and certain.result()


class _OpenSeed(NamedTuple):
    """What runs the pipeline on the data of one seed."""

    dials: Dials
    scenarios: list[Scenario]
    chain: PipelineChain
    walled: Runtime
    builds: KeptBuilds | None


@contextmanager
def _open_seed(
    request: EvaluationRequest, seed: _Seed, runtimes: PatientRuntimes, timer: Timer, copies: WorkspaceCopies
) -> Iterator[_OpenSeed]:
    (dials, scenarios), task = seed, request.task
    folder, logs = request.work_dir / neutral_name(scenarios[0].seed), request.logs_dir / scenarios[0].seed
    folder.mkdir(parents=True)
    chain: PipelineChain
    builds = None
    with runtimes.open() as walled:
        if task.spec.orchestration is not None:
            chain = OrchestratedChain(task, request.project, dials, walled, folder, logs, timer, copies=copies)
        else:
            kept = folder / neutral_name("kept")
            builds = solution_builds(task, dials, PipelineChain, runtimes.servers, kept, timer)
            chain = PipelineChain(
                request.project,
                task.world,
                dials,
                walled,
                folder,
                logs,
                timer,
                keeps_loads=True,
                copies=copies,
                builds=builds,
            )
        with chain.started():
            yield _OpenSeed(dials, scenarios, chain, walled, builds)


class _SeedRunner:
    """Runs scenarios, seeds beside one another; a fault of ours in one seed ends the others before their next run."""

    def __init__(
        self,
        request: EvaluationRequest,
        runtimes: PatientRuntimes,
        judges: ThreadPoolExecutor,
        timer: Timer,
        progress: Progress,
    ) -> None:
        self._request = request
        self._servers = runtimes.servers
        self._judges = judges
        self._timer = timer
        self._progress = progress
        self._is_over = Event()

    def run(self, seeds: Sequence[_OpenSeed]) -> list[Judgement]:
        """The scenarios of all seeds, judged end to end."""
        judgements = at_once([partial(self._run, seed) for seed in seeds], self._is_over.set)
        return [judgement for some in judgements for judgement in some]

    def _run(self, seed: _OpenSeed) -> list[Judgement]:
        """The scenarios of a seed; fewer where another seed ended with a fault of ours."""
        request = self._request
        self._progress("gold")
        gold = get_gold(request.task, seed.dials, _wanted_gold(seed.scenarios), self._servers, self._timer)
        judgements: list[tuple[Judgement, Future[None]]] = []
        for scenario in seed.scenarios:
            _raise_early(judged for _, judged in judgements)
            if self._is_over.is_set():
                return []
            self._progress(scenario.name)
            state = seed.chain.state(scenario.runs)
            judgement = Judgement(
                request.task,
                scenario,
                seed.dials,
                seed.chain,
                state,
                gold,
                request.work_dir / neutral_name(f"output of {scenario.name}"),
                self._servers,
                seed.walled,
                self._timer,
                request.logs_dir / scenario.seed / f"{scenario.name}-expectations.log",
            )
            judgements.append((judgement, self._judges.submit(judgement.whole_pipeline)))
        seed.chain.stop_systems()
        for _, judged in judgements:
            judged.result()
        return [judgement for judgement, _ in judgements]


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
    opened: list[Rebuilds] = []
    slots = Semaphore(MOST_BUILDS)
    deadline = time.monotonic() + MAX_REBUILD_SECONDS

    @contextmanager
    def open_rebuild(place: Place) -> Iterator[Rebuild]:
        name = f"{place.seed}-rebuild-{place.number}"
        tables = {table: request.task.scored_tables[table] for table in sorted(place.replaced)}
        folder, logs = request.work_dir / neutral_name(name), request.logs_dir / name
        with (
            runtimes.open() as walled,
            Rebuilds(folder, logs, walled, timer, tables, copies, slots) as rebuilds,
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
