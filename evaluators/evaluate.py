"""Evaluating a submission: every scenario run, every scored table compared with gold."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from benchmark.generator_parameters import Dials
from benchmark.held_folders import neutral_name
from benchmark.scorecard import ExpectationResult, ScenarioResult, TableResult, Verdict
from benchmark.stages import STAGES
from benchmark.task import Task
from evaluators.data_tests.evaluate import DataTestSetup, evaluate_faults
from evaluators.expectations.cached import check_expectations
from evaluators.pipeline.gold import Gold, get_gold, is_gold_in_the_making
from evaluators.pipeline.runner import PipelineChain, PipelineState, Timer
from evaluators.scenarios import Runs, Scenario, in_order
from evaluators.scoring.alternatives import accept_alternatives
from evaluators.scoring.scores import cascaded_tables, score_tables
from evaluators.scoring.table_verdicts import judge_tables
from evaluators.style.graph_rules import check_policy
from runtime.fork_client import ForkRuntime
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
    scenario, what it left for the last one is judged, and the source systems of the next seed start.

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
    if request.task.faults is not None:
        results = [
            _evaluate_faults(request, scenario, dials, runtime, timer, progress)
            for dials, scenarios in seeds
            for scenario in scenarios
        ]
    else:
        results = _evaluate_pipeline(request, seeds, runtime, timer, progress)
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
    """One scenario of a `data_tests` task: its data tests on gold's tables, as they are and with each fault."""
    progress("gold")
    gold = get_gold(request.task, dials, [scenario.gold_runs], runtime, timer)[scenario.gold_runs]
    progress(scenario.name)
    with open_runtime(request.sandbox, runtime) as walled:
        setup = DataTestSetup(
            task=request.task,
            project=request.project,
            gold=gold.folder,
            now=request.task.world.pinned_now(dials),
            folder=request.work_dir / neutral_name(scenario.name),
            logs=request.logs_dir / scenario.name,
            runtime=walled,
        )
        result = evaluate_faults(setup, scenario.name, dials, timer)
    shutil.rmtree(setup.folder)
    return result


def _evaluate_pipeline(
    request: EvaluationRequest,
    seeds: list[tuple[Dials, list[Scenario]]],
    runtime: ForkRuntime,
    timer: Timer,
    progress: Progress,
) -> list[ScenarioResult]:
    """Run the pipeline seed by seed; what it left is judged meanwhile, and source systems start ahead."""
    with ExitStack() as stack:
        chains: list[PipelineChain] = []
        for dials, scenarios in seeds:
            seed = scenarios[0].seed
            folder = request.work_dir / neutral_name(seed)
            folder.mkdir(parents=True)
            walled = stack.enter_context(open_runtime(request.sandbox, runtime))
            chain = PipelineChain(
                request.project, request.task.world, dials, walled, folder, request.logs_dir / seed, timer
            )
            chains.append(stack.enter_context(chain.started()))
        starter = stack.enter_context(ThreadPoolExecutor(1, thread_name_prefix="start"))
        judges = stack.enter_context(ThreadPoolExecutor(2, thread_name_prefix="judge"))
        judgements = []
        started: Future[None] | None = None
        waiting = list(zip(chains, seeds, strict=True))
        while waiting:
            chain, (dials, scenarios) = waiting.pop(0)
            progress("gold")
            gold = get_gold(request.task, dials, _wanted_gold(scenarios), runtime, timer)
            if started:
                started.result()
            for scenario in scenarios:
                progress(scenario.name)
                if scenario is scenarios[-1] and waiting:
                    next_chain, (_, next_scenarios) = waiting[0]
                    started = starter.submit(next_chain.start_systems, next_scenarios[0].runs[0])
                state = chain.state(scenario.runs)
                judgement = _Judgement(request, scenario, dials, chain, state, gold, runtime, timer)
                parts = judges.submit(judgement.whole_pipeline), judges.submit(judgement.each_alone)
                judgements.append((judgement, *parts))
            chain.stop_systems()
        return [judgement.result(*whole.result(), alone.result()) for judgement, whole, alone in judgements]


def _cheapest_order(scenario: Scenario) -> tuple[bool, int]:
    """Normal days first, one after the other: source systems then start once for all of them."""
    return any(run.incident for run in scenario.runs), scenario.runs[-1].day


def _wanted_gold(scenarios: list[Scenario]) -> list[Runs]:
    """The runs whose gold is compared with, and those before them, which components build upon."""
    return sorted({s.gold_runs for s in scenarios} | {s.gold_before for s in scenarios if s.gold_before})


@dataclass(frozen=True)
class _Judgement:
    """Judging one scenario: two parts that may run at once, and what follows from both."""

    request: EvaluationRequest
    scenario: Scenario
    dials: Dials
    chain: PipelineChain
    state: PipelineState
    gold_by_runs: dict[Runs, Gold]
    runtime: ForkRuntime
    timer: Timer

    @property
    def gold(self) -> Gold:
        return self.gold_by_runs[self.scenario.gold_runs]

    @property
    def output(self) -> Path:
        return self.request.work_dir / neutral_name(f"output of {self.scenario.name}")

    def whole_pipeline(self) -> tuple[dict[str, Verdict], tuple[ExpectationResult, ...]]:
        """The tables of the whole pipeline, compared with gold and checked by the expectation suites."""
        task, folder = self.request.task, self.output / "tables"
        folder.mkdir(parents=True)
        outcomes = self.chain.export(self.state, list(task.scored_tables), folder)
        verdicts = judge_tables(self.gold.folder, folder, task.scored_tables, outcomes)
        verdicts = self._with_alternatives(verdicts, folder, outcomes)
        started = time.monotonic()
        log = self.request.logs_dir / self.scenario.seed / f"{self.scenario.name}-expectations.log"
        expectations = check_expectations(task, folder, outcomes, self.runtime, log)
        self.timer("expectations", time.monotonic() - started)
        return verdicts, expectations

    def each_alone(self) -> dict[str, Verdict]:
        """Each scored model, built alone on gold upstream tables and compared with gold."""
        models = {name: spec for name, spec in self.request.task.scored_tables.items() if spec.stage != "raw"}
        if not models:
            return {}
        before = self.scenario.gold_before
        previous = self.gold_by_runs[before].folder if before else None
        folder = self.output / "components"
        day = self.scenario.runs[-1].day
        outcomes = self.chain.components(self.state, day, self.gold.folder, previous, list(models), folder)
        return self._with_alternatives(judge_tables(self.gold.folder, folder, models, outcomes), folder, outcomes)

    def result(
        self, verdicts: dict[str, Verdict], expectations: tuple[ExpectationResult, ...], alone: dict[str, Verdict]
    ) -> ScenarioResult:
        """The verdicts of both parts in one; a raw table has nothing upstream, so it is alone as it is."""
        task = self.request.task
        table_results = _table_results(task, verdicts, verdicts | alone, self.gold, self.state)
        total, stages = score_tables(table_results)
        return ScenarioResult(
            scenario=self.scenario.name,
            seed=self.dials.seed,
            days=self.dials.days,
            day=self.scenario.runs[-1].day,
            is_success=all(result.verdict.is_match for result in table_results),
            steps=self.state.steps,
            tables=table_results,
            scores=total,
            stages=stages,
            expectations=expectations,
            policy=check_policy(self.state.graph, task.policy, task.world.tables | task.spec.tables)
            if task.policy
            else None,
        )

    def _with_alternatives(
        self, verdicts: dict[str, Verdict], folder: Path, outcomes: dict[str, str | None]
    ) -> dict[str, Verdict]:
        """A table that differs from gold may still equal an alternative that the task accepts."""
        task, runs = self.request.task, self.scenario.gold_runs

        def alternative_gold(name: str) -> Path:
            return get_gold(task, self.dials, [runs], self.runtime, self.timer, name)[runs].folder

        return accept_alternatives(task, verdicts, folder, outcomes, alternative_gold)


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
