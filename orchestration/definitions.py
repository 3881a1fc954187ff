"""Everything that Dagster shows: per world its reference pipeline, per task a job, and one job for all tasks.

Made from the specs and the files of the pipelines alone; needs no dbt, network or keys.
"""

import logging

import dagster as dg

from benchmark.registry import read_catalogue
from orchestration.dagster_ui.asset_specs import only_our_warnings
from orchestration.defs.tasks import define_job, define_task
from orchestration.defs.worlds import world_assets, world_graph

SUITE = "suite"
"""Name of the job that runs every task."""


@only_our_warnings()
def build_definitions() -> dg.Definitions:
    """The definitions of every world and task that is on disk now; a broken one is left out with a warning."""
    assets: list[dg.AssetsDefinition | dg.AssetSpec] = []
    catalogue = read_catalogue()
    problems: list[str] = []
    for world in catalogue.worlds:
        graph = world_graph(world)
        assets += world_assets(world, graph)
        problems += graph.problems
    tasks = catalogue.tasks
    trials = []
    for task in tasks:
        definitions = define_task(task)
        trials.append(definitions.trial)
        assets += [definitions.trial, *definitions.others]
        problems += definitions.problems
    jobs = [define_job(task.id, [task], [trial]) for task, trial in zip(tasks, trials, strict=True)]
    if tasks:
        jobs.append(define_job(SUITE, tasks, trials))
    for broken in (*catalogue.broken_worlds, *catalogue.broken_tasks):
        logging.getLogger("lockgate").warning("Left out: %s", broken)
    for problem in dict.fromkeys(problems):
        logging.getLogger("lockgate").warning("Left out of the lineage: %s", problem)
    return dg.Definitions(assets=assets, jobs=jobs, executor=dg.in_process_executor)


defs = build_definitions()
