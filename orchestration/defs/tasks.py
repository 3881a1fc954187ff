"""Assets, checks and the job of a task: the pipeline that its solution builds, scored tables and scorecard."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import dagster as dg

from authoring.lineage.project_graph import LineageNode, ProjectGraph, given_nodes, read_project
from benchmark.errors import UnknownNameError
from benchmark.file_tree import solution_files
from benchmark.stages import Stage
from benchmark.task import Task
from benchmark.world import World
from evaluators.scenarios import get_scenario
from orchestration.dagster_ui.asset_specs import column_schema, node_kinds, node_metadata, node_spec, world_owners
from orchestration.dagster_ui.names import (
    POLICY,
    VERDICT,
    expectations_check_name,
    expectations_stages,
    scenario_check_name,
    scorecard_key,
    table_key,
)
from orchestration.defs.run_config import TrialConfigMapping
from orchestration.defs.trial_config import TrialSettings
from orchestration.defs.trial_op import execute_trial
from orchestration.defs.worlds import WorldProject, world_key


class TaskDefinitions(NamedTuple):
    """What a task adds to the definitions."""

    trial: dg.AssetsDefinition
    """The scored tables and the scorecard, made by one step: a trial."""
    others: list[dg.AssetsDefinition]
    """What else the solution makes otherwise than the world does, or from scored tables: the lineage is whole."""
    problems: tuple[str, ...]
    """Files of the solution that could not be read."""


def define_task(task: Task, project: WorldProject) -> TaskDefinitions:
    """The assets of a task, in one group named as the task: its scored tables and what they are made from.

    What the solution leaves as the world has it is not repeated: the world's own assets stand there. The streams and
    tables of all tasks would be thousands of assets, and the UI asks for all of them before it draws a page.
    """
    files = solution_files(task, project=project.files)
    graph = project.graph if files == project.files else read_project(files, given_nodes(task.world))
    keys = _asset_keys(task, graph, project.graph)
    scored = task.scored_tables
    specs = [_scored_spec(task, name, graph, keys) for name in scored]
    specs.append(_scorecard_spec(task))
    others = [
        node_spec(node, task.world, keys[node.full_name], [keys[name] for name in node.upstream], group=task.id)
        for node in graph.upstream_of(scored)
        if node.full_name not in scored and keys[node.full_name] == table_key(task, node.full_name)
    ]

    @dg.multi_asset(
        name=op_name(task),
        specs=specs,
        check_specs=list(_check_specs(task)),
        can_subset=True,  # the only way to make checks optional: a run may leave scenarios out
        op_tags={"lockgate/kind": task.spec.kind},
    )
    def trial(context: dg.AssetExecutionContext, config: TrialSettings) -> Iterator[Any]:
        yield from execute_trial(context, task, config)

    # As bare specs, those of all tasks would be one definition, and Dagster would look at all of it for each job.
    given = [dg.AssetsDefinition(specs=others)] if others else []
    return TaskDefinitions(trial, given, graph.problems)


def define_job(name: str, tasks: Sequence[Task], trials: Sequence[dg.AssetsDefinition]) -> Any:
    """Make a job of one trial per task; its run config is a flat `TrialSettings` for all of them.

    Args:
        name: The id of the task where there is one task.
        tasks: The tasks.
        trials: Their assets, in the same order.
    """
    settings = TrialConfigMapping.for_ops([op_name(task) for task in tasks])
    if len(tasks) == 1 and name == tasks[0].id:
        spec = tasks[0].spec
        description = f"{spec.title}. One run is one trial: an agent's attempt at the task, scored."
        tags = {"lockgate/task": tasks[0].id}
    else:
        description = f"A trial of one agent on each of the {len(tasks)} tasks, one after the other."
        tags = {}
    return dg.define_asset_job(
        name, selection=dg.AssetSelection.assets(*trials), config=settings, description=description, tags=tags
    )


def op_name(task: Task) -> str:
    """Name of the step that runs a trial of the task."""
    return f"trial__{task.id}"


def _asset_keys(task: Task, graph: ProjectGraph, of_world: ProjectGraph) -> dict[str, dg.AssetKey]:
    """The asset of each stream and table that the scored tables are made from: the task's own, or the world's.

    It is the task's own where trials are scored on it, where the solution makes it from another file than the world, or
    from other tables, and where anything that it is made from is the task's own.
    """
    nodes = graph.upstream_of(task.scored_tables)
    worlds = {**of_world.streams, **of_world.tables}
    own = {node.full_name for node in nodes if _is_changed(node, worlds.get(node.full_name))} | set(task.scored_tables)
    while more := {node.full_name for node in nodes if not own.isdisjoint(node.upstream)} - own:
        own |= more
    return {
        node.full_name: table_key(task, node.full_name) if node.full_name in own else world_key(task.world, node)
        for node in nodes
    }


def _is_changed(node: LineageNode, before: LineageNode | None) -> bool:
    return before is None or (node.path, node.upstream) != (before.path, before.upstream)


def _scored_spec(task: Task, name: str, graph: ProjectGraph, keys: Mapping[str, dg.AssetKey]) -> dg.AssetSpec:
    table = task.scored_tables[name]
    schema, _, table_name = name.partition(".")
    node = graph.tables.get(name) or LineageNode("model", schema, table_name, table.stage, None)
    metadata = node_metadata(node) | {
        "dagster/column_schema": dg.MetadataValue.table_schema(column_schema(node, table.columns)),
        "grain": ", ".join(table.key) or "none: a bag of rows",
        "weight": task.weights[name],
    }
    return dg.AssetSpec(
        key=table_key(task, name),
        deps=[keys[name] for name in node.upstream],
        description=node.description or None,
        group_name=task.id,
        owners=world_owners(task.world),
        kinds=node_kinds(node, task.world),
        tags=_tags(task.world, table.stage),
        metadata=metadata,
        skippable=True,
    )


def _scorecard_spec(task: Task) -> dg.AssetSpec:
    spec = task.spec
    reference = dg.LocalFileCodeReference(file_path=str(task.folder / "task.yaml"), line_number=1)
    return dg.AssetSpec(
        key=scorecard_key(task),
        deps=[table_key(task, name) for name in task.scored_tables],
        description=f"Everything that a trial of the task scored.\n\n**{spec.title}**\n\n{task.instruction}",
        group_name=task.id,
        owners=world_owners(task.world),
        kinds={"lockgate", spec.kind},
        tags=_tags(task.world, None) | {"lockgate/difficulty": spec.difficulty},
        metadata={
            "dagster/code_references": dg.CodeReferencesMetadataValue(code_references=[reference]),
            "kind": spec.kind,
            "difficulty": spec.difficulty,
            "scenarios": ", ".join(spec.scenarios),
        },
        skippable=True,
    )


def _tags(world: World, stage: Stage | None) -> dict[str, str]:
    return {"lockgate/world": world.id} | ({"lockgate/stage": stage} if stage else {})


def _check_specs(task: Task) -> Iterator[dg.AssetCheckSpec]:
    for name in task.scored_tables:
        description = "The table equals gold in every scenario of the trial."
        if task.faults is not None:
            description = "Every seeded fault of the table is caught by a data test, in every scenario of the trial."
        yield dg.AssetCheckSpec(VERDICT, asset=table_key(task, name), description=description)
    scorecard = scorecard_key(task)
    passed = "Every scored table equals gold." if task.faults is None else "Enough faults caught, no false alarm."
    for scenario in task.spec.scenarios:
        try:
            known = get_scenario(scenario)
            scenario, question = known.name, known.question
        except UnknownNameError:
            question = "A scenario that this version does not know."
        yield dg.AssetCheckSpec(scenario_check_name(scenario), asset=scorecard, description=f"{question} {passed}")
    for stage in expectations_stages(task):
        description = f"The expectations on the scored tables of stage {stage} hold in every scenario."
        yield dg.AssetCheckSpec(expectations_check_name(stage), asset=scorecard, description=description)
    if task.policy:
        description = f"The dbt graph keeps to the rules: {', '.join(task.policy)}."
        yield dg.AssetCheckSpec(POLICY, asset=scorecard, description=description)
