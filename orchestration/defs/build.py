"""Builds everything that Dagster shows, from the specs and the files of the pipelines alone."""

import logging
from typing import Any

import dagster as dg

from benchmark.registry import read_catalogue
from orchestration.dagster_ui.asset_specs import only_our_warnings
from orchestration.defs.source_systems import SourceSystems
from orchestration.defs.suite import define_trials
from orchestration.defs.tasks import define_job, define_task
from orchestration.defs.worlds import define_world

SUITE = "suite"
"""Name of the job that runs every task."""


@only_our_warnings()
def build_definitions() -> dg.Definitions:
    """The definitions of every world and task that is on disk now; a broken one is left out with a warning."""
    assets: list[dg.AssetsDefinition | dg.AssetSpec] = []
    checks: list[dg.AssetChecksDefinition] = []
    catalogue = read_catalogue()
    problems: list[str] = []
    jobs: list[Any] = []
    projects = {}
    for world in catalogue.worlds:
        pipeline = define_world(world)
        projects[world.id] = pipeline.project
        assets += pipeline.assets
        checks += pipeline.checks
        jobs += [pipeline.job] if pipeline.job else []
        problems += pipeline.project.graph.problems
    tasks = catalogue.tasks
    trials = []
    for task in tasks:
        definitions = define_task(task, projects[task.world.id])
        trials.append(definitions.trial)
        assets += [definitions.trial, *definitions.others]
        problems += definitions.problems
    jobs += [define_job(task.id, [task], [trial]) for task, trial in zip(tasks, trials, strict=True)]
    if tasks:
        assets.append(define_trials(tasks))
        jobs.append(define_job(SUITE, tasks, trials))
    for broken in (*catalogue.broken_worlds, *catalogue.broken_tasks):
        logging.getLogger("lockgate").warning("Left out: %s", broken)
    for problem in dict.fromkeys(problems):
        logging.getLogger("lockgate").warning("Left out of the lineage: %s", problem)
    return dg.Definitions(
        assets=assets,
        asset_checks=checks,
        jobs=jobs,
        resources={"source_systems": SourceSystems()},
        executor=dg.in_process_executor,
    )
