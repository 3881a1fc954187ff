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
    chains: dict[int, PipelineChain] = {}
    for place, (scenario, dials) in enumerate(scenarios):
        folder = scratch / str(dials.seed)
        if dials.seed not in chains:
            folder.mkdir()
            builds = solution_builds(task, dials, PipelineChain, runtime, folder / "kept", no_timer)
            chains[dials.seed] = PipelineChain(
                start,
                task.world,
                dials,
                runtime,
                folder,
                folder / "logs",
                no_timer,
                keeps_loads=True,
                builds=builds,
                is_ours=True,
            )
        chain = chains[dials.seed]
        with chain.started():
            output = folder / f"output-{place}"
            state = chain.state(scenario.runs)
            unreadable = chain.export(state, list(task.scored_tables), output)
        gold = golds[dials.seed][scenario.gold_runs]
        verdicts = judge_tables(gold.folder, output, task.scored_tables, unreadable)

        def other_gold(name: str, dials: Dials = dials, runs: Runs = scenario.gold_runs) -> Path:
            return get_gold(task, dials, [runs], runtime, no_timer, name)[runs].folder

        verdicts = accept_alternatives(task, verdicts, output, unreadable, other_gold)
        if not all(verdict.is_match for verdict in verdicts.values()):
            return scenario.name
        if task.spec.work and len(scenario.runs) == 1:
            now = clock_environment(task.world.pinned_now(dials))["PINNED_NOW"]
            solution = work_of_gold(task.spec.work, gold, now, runtime, folder / f"work-{place}")
            own = work_of_run(task.spec.work, state, gold, output, now, runtime, folder / "logs" / "work.log")
            if not judge_work(task.spec.work, own, solution).is_within:
                return scenario.name
    return ""
