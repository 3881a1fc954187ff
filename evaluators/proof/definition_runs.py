"""Dagster definitions, tried in the scenarios of an `orchestrate` task: the solution, the start, and versions of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from benchmark.generator_parameters import Dials
from benchmark.scorecard import DefinitionCheck
from benchmark.task import Task
from evaluators.pipeline.loads import no_timer
from evaluators.pipeline.orchestrated import OrchestratedChain
from evaluators.proof.scored_runs import Golds, label_of
from evaluators.scenarios import Scenario
from evaluators.scoring.definition_checks import check_definitions
from evaluators.scoring.table_verdicts import judge_tables
from runtime.fork_client import ForkRuntime


def failed_checks(task: Task, project: Path, dials: Dials, runtime: ForkRuntime, scratch: Path) -> dict[str, str]:
    """What definitions lack by their own words, before any job is started.

    Args:
        task: The task.
        project: A laid workspace.
        dials: Seed and days.
        runtime: Where they are read.
        scratch: An empty folder.

    Returns:
        A check -> what is missing; empty = nothing is, or they cannot be loaded without the source systems.
    """
    chain = OrchestratedChain(task, project, dials, runtime, scratch, scratch / "logs", no_timer)
    said = chain.described(1)
    if said is None or said["error"]:
        return {}
    return _failures(check_definitions(chain.spec, said))


def failures_of_definitions(
    task: Task,
    project: Path,
    scenarios: Sequence[tuple[Scenario, Dials]],
    golds: Golds,
    runtime: ForkRuntime,
    scratch: Path,
) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Run definitions in scenarios, one after the other.

    Args:
        task: The task.
        project: A laid workspace.
        scenarios: With their seeds; those of one seed share runs.
        golds: Seed -> runs of the solution -> their gold.
        runtime: Where they run.
        scratch: An empty folder.

    Yields:
        Label of a scenario, and what is wrong in it: a table or a check -> how; empty = nothing is.
    """
    chains: dict[int, OrchestratedChain] = {}
    for place, (scenario, dials) in enumerate(scenarios):
        folder = scratch / str(dials.seed)
        if dials.seed not in chains:
            folder.mkdir(parents=True)
            chains[dials.seed] = OrchestratedChain(task, project, dials, runtime, folder, folder / "logs", no_timer)
        tables = scenario.tables_of(task)
        output = folder / f"output-{place}"
        with chains[dials.seed].started() as chain:
            state = chain.state(scenario.runs)
            unreadable = chain.export(state, list(tables), output)
        verdicts = judge_tables(golds[dials.seed][scenario.gold_runs].folder, output, tables, unreadable)
        wrong = {name: verdict.summary for name, verdict in verdicts.items() if not verdict.is_match}
        wrong |= _failures(check_definitions(chains[dials.seed].spec, state.definitions))
        yield label_of(scenario.name, dials), wrong


def _failures(checks: Sequence[DefinitionCheck]) -> dict[str, str]:
    return {check.name: check.message for check in checks if not check.is_success}
