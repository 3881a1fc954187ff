"""The idle agent: does the start, as it stands, fail where a task scores it?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmark.generator_parameters import Dials
from benchmark.task import Task
from evaluators.pipeline.gold import get_gold
from evaluators.pipeline.kept_builds import solution_builds
from evaluators.pipeline.loads import no_timer
from evaluators.pipeline.runner import PipelineChain
from evaluators.pipeline.work import work_of_gold, work_of_run
from evaluators.proof.scored_runs import Golds
from evaluators.scenarios import Runs, Scenario
from evaluators.scoring.alternatives import accept_alternatives
from evaluators.scoring.table_verdicts import judge_tables
from evaluators.scoring.work_limit import judge_work
from runtime.dbt.clock import clock_environment
from runtime.fork_client import ForkRuntime
from runtime.jobs.build import BUILD, BUILD_TABLES


def failing_scenario(
    task: Task,
    start: Path,
    scenarios: Sequence[tuple[Scenario, Dials]],
    golds: Golds,
    runtime: ForkRuntime,
    scratch: Path,
) -> str:
    """The first scenario in which the start fails; empty = it fails in none.

    Args:
        task: The task.
        start: Its laid start.
        scenarios: With their seeds; the cheapest first.
        golds: Seed -> runs of the solution -> their gold.
        runtime: Where the pipeline runs.
        scratch: An empty folder.
    """
    chains: dict[tuple[int, bool], PipelineChain] = {}

    def chain_of(dials: Dials, is_tested: bool) -> PipelineChain:
        if (dials.seed, is_tested) not in chains:
            folder = scratch / f"{dials.seed}-{'tested' if is_tested else 'built'}"
            folder.mkdir()
            chains[dials.seed, is_tested] = PipelineChain(
                start,
                task.world,
                dials,
                runtime,
                folder,
                folder / "logs",
                no_timer,
                keeps_loads=True,
                builds=solution_builds(task, dials, PipelineChain, runtime, folder / "kept", no_timer),
                command_of=lambda _runs: BUILD if is_tested else BUILD_TABLES,
                is_ours=True,
            )
        return chains[dials.seed, is_tested]

    # What fails without data tests in a first run fails with them: all that they can do there is have tables left out.
    first = [(*scenarios[0], False)] if len(scenarios[0][0].runs) == 1 and not task.spec.work else []
    for place, (scenario, dials, is_tested) in enumerate([*first, *((*scored, True) for scored in scenarios)]):
        tables = scenario.tables_of(task)
        gold, output = golds[dials.seed][scenario.gold_runs], scratch / f"output-{place}"
        with chain_of(dials, is_tested).started() as chain:
            state = chain.state(scenario.runs)
            unreadable = chain.export(state, list(tables), output)
        verdicts = judge_tables(gold.folder, output, tables, unreadable)

        def other_gold(name: str, dials: Dials = dials, runs: Runs = scenario.gold_runs) -> Path:
            return get_gold(task, dials, [runs], runtime, no_timer, name)[runs].folder

        verdicts = accept_alternatives(task, verdicts, output, unreadable, other_gold)
        if not all(verdict.is_match for verdict in verdicts.values()):
            return scenario.name
        if task.spec.work and len(scenario.runs) == 1:
            now = clock_environment(task.world.pinned_now(dials))["PINNED_NOW"]
            log = scratch / f"work-{place}.log"
            solution = work_of_gold(task.spec.work, gold, now, runtime, scratch / f"work-{place}")
            own = work_of_run(task.spec.work, state, gold, output, now, runtime, log)
            if not judge_work(task.spec.work, own, solution).is_within:
                return scenario.name
    return ""
