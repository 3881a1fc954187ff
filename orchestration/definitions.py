"""Everything that Dagster shows: the pipeline of each world, a job for each task, and one job for all tasks.

Made from the specs and the files of the pipelines alone; needs no dbt, network or keys. An import builds them all:
Dagster takes them from here. `orchestration.defs.build` builds them when it is asked.
"""

from benchmark.paths import name_places_absolutely
from orchestration.defs.build import build_definitions

name_places_absolutely()
defs = build_definitions()
