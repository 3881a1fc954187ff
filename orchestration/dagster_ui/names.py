"""Which checks a task has, and the names of its assets and checks."""

import dagster as dg

from authoring.lineage.dbt_files import read_yaml
from benchmark.stages import Stage
from benchmark.task import Task

VERDICT = "verdict"
"""The check of a scored table."""


def table_key(task: Task, table: str) -> dg.AssetKey:
    """Key of a table (`task/schema/table`) or stream (`task/connection/stream`) of a task, from its full name."""
    return dg.AssetKey([task.id, *table.split(".", 1)])


def scorecard_key(task: Task) -> dg.AssetKey:
    """Key of a task's scorecard."""
    return dg.AssetKey([task.id, "scorecard"])


def scenario_check_name(scenario: str) -> str:
    """Name of the scorecard's check of a scenario."""
    return f"scenario_{scenario}"


def expectations_check_name(stage: Stage) -> str:
    """Name of the scorecard's check of the expectations of a stage."""
    return f"expectations_{stage}"


POLICY = "policy"
"""The scorecard's check of the rules that the dbt graph is held to."""


def expectations_stages(task: Task) -> list[Stage]:
    """Stages of the task whose scored tables have an expectation suite in the world."""
    if task.faults is not None:
        return []  # its scenarios build nothing
    covered = set()
    for path in sorted(task.world.expectations_dir.glob("*.y*ml")):
        suites = read_yaml(path, []).get("suites")
        covered |= {suite.get("table") for suite in suites or [] if isinstance(suite, dict)}
    return list(dict.fromkeys(spec.stage for name, spec in task.scored_tables.items() if name in covered))


COMPETITORS = "competitors"
"""Name of the dynamic partitions; a key is a competitor as the tables name it, `toolloop@openai/gpt-5-mini+hints=2`."""
