"""The steps that load, build and check a world's own pipeline on one as-of day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg

from authoring.lineage.data_tests import DataTest
from authoring.lineage.project_graph import LineageNode
from benchmark.errors import LockgateError
from benchmark.world import World
from orchestration.dagster_ui.world_results import (
    build_failure,
    lineage_metadata,
    suite_check,
    table_metadata,
    test_check,
)
from orchestration.defs.source_systems import SourceSystems

SUITE_CHECK = "expectations"
"""Name of the check that is a table's expectation suite."""
Context = dg.AssetExecutionContext | dg.AssetCheckExecutionContext
Result = dg.MaterializeResult[Any] | dg.AssetCheckResult


@dataclass(frozen=True)
class WorldPipeline:
    """What the steps of a world need to know of it."""

    world: World
    nodes: Mapping[str, LineageNode]
    """`schema.table` or `connection.stream`, in small letters -> the node; of a table and a stream alike the table."""
    keys: Mapping[str, dg.AssetKey]
    """By the same names."""
    tests: tuple[DataTest, ...]
    load_steps: frozenset[str]
    """Names of all steps that load."""


def load(
    context: dg.AssetExecutionContext,
    pipeline: WorldPipeline,
    connection: str | None,
    streams: Mapping[str, dg.AssetKey],
    tables: Sequence[str],
    systems: SourceSystems,
) -> Iterator[Result]:
    """Start the source systems, load one connection, and tell what arrived.

    Args:
        context: The step's.
        pipeline: Of the world.
        connection: Its name; None = the given tables.
        streams: Streams of the connection by name.
        tables: The raw tables, `schema.table`.
        systems: The resource.
    """
    from authoring.built.table_facts import read_tables

    with _one_sentence():
        day = _day(context)
        kept = systems.of(pipeline.world, context.log)
        step = kept.load(day, [connection] if connection else [], begins_day=_loads_all(context, pipeline))
        log = str(kept.logs)
        if step.status != "ok":
            raise dg.Failure(
                f"Connection {connection}: {step.message}",
                metadata={"logs": dg.MetadataValue.path(log)},
                allow_retries=False,
            )
        facts = read_tables(kept.warehouse(day), [name.lower() for name in tables])
        about = _about(pipeline.world, day, systems)
    records: Mapping[str, int] = step.details.get("records", {})
    for name, key in streams.items():
        yield dg.MaterializeResult(asset_key=key, metadata={"records": records.get(f"{connection}.{name}", 0), **about})
    for name in tables:
        if found := facts.get(name.lower()):
            metadata = table_metadata(pipeline.nodes[name.lower()], found) | about
            yield dg.MaterializeResult(asset_key=pipeline.keys[name.lower()], metadata=metadata)


def build(
    context: dg.AssetExecutionContext,
    pipeline: WorldPipeline,
    models: Mapping[dg.AssetKey, str],
    systems: SourceSystems,
) -> Iterator[Result]:
    """Run `dbt build` and tell of each table and data test.

    Args:
        context: The step's.
        pipeline: Of the world.
        models: Asset -> name in dbt, of every model, snapshot and seed.
        systems: The resource.
    """
    from authoring.built.table_facts import failing_rows, read_columns, read_tables
    from authoring.lineage.column_lineage import column_lineage

    with _one_sentence():
        day = _day(context)
        kept = systems.of(pipeline.world, context.log)
        selected = {models[key] for key in context.selected_asset_keys}
        results = kept.build(day, None if len(selected) == len(models) else selected)
        built = {result.table: result for result in results if result.kind != "test" and result.is_good}
        warehouse = kept.warehouse(day)
        facts = read_tables(warehouse, list(built))
        columns = {name: [column.lower() for column in found] for name, found in read_columns(warehouse).items()}
        about = _about(pipeline.world, day, systems)
    for name, found in facts.items():
        key = pipeline.keys.get(name)
        if key not in context.selected_asset_keys:
            continue
        traced = column_lineage(built[name].sql or "", columns) if built[name].sql else {}
        metadata = table_metadata(pipeline.nodes[name], found) | lineage_metadata(traced, pipeline.keys, name)
        yield dg.MaterializeResult(asset_key=key, metadata={**metadata, **about})
    yield from _test_checks(context, pipeline, results, lambda sql: failing_rows(warehouse, sql))
    if failure := build_failure(results, str(kept.logs)):
        raise failure


def check(context: dg.AssetCheckExecutionContext, pipeline: WorldPipeline, systems: SourceSystems) -> Iterator[Result]:
    """Run expectation suites, and the data tests of raw tables.

    Args:
        context: The step's.
        pipeline: Of the world.
        systems: The resource.
    """
    from authoring.built.table_facts import failing_rows

    with _one_sentence():
        day = _day(context)
        kept = systems.of(pipeline.world, context.log)
        selected = context.selected_asset_check_keys
        assets = {key.asset_key for key in selected if key.name == SUITE_CHECK}
        tables = [name for name in pipeline.world.tables if pipeline.keys.get(name.lower()) in assets]
        expectations = kept.check_suites(day, tables) if tables else ()
        tested = kept.test_sources(day) if any(key.name != SUITE_CHECK for key in selected) else ()
    for name in tables:
        of_table = [result for result in expectations if result.table == name]
        yield suite_check(of_table, pipeline.keys[name.lower()], SUITE_CHECK)
    yield from _test_checks(context, pipeline, tested, lambda sql: failing_rows(kept.warehouse(day), sql))


def _test_checks(context: Context, pipeline: WorldPipeline, results: Sequence[Any], failing: Any) -> Iterator[Result]:
    """Checks of the data tests that ran; one that the files do not show is told in the log where it failed."""
    known = {test.name: test for test in pipeline.tests}
    selected = {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
    for result in results:
        if result.kind != "test" or result.status == "skipped":
            continue
        test = known.get(result.name)
        key = pipeline.keys.get(test.table.lower()) if test else None
        if test is not None and key is not None and (key, test.name) in selected:
            yield test_check(result, key, test.name, failing)
        elif test is None and not result.is_good:
            context.log.error(f"Data test {result.name} ({result.status}): {result.message}")


def _about(world: World, day: int, systems: SourceSystems) -> dict[str, Any]:
    """Which data this is."""
    dials = world.spec.dials(systems.seed, day, systems.scale)
    return {"as_of": f"{world.pinned_now(dials):%Y-%m-%d %H:%M} UTC", "seed": dg.MetadataValue.text(str(dials.seed))}


def _day(context: Context) -> int:
    if not context.has_partition_key:
        raise LockgateError(
            "Choose an as-of day: partition 1, 2, ... in the UI, --partition 1 for `dg launch`, --tags "
            '\'{"dagster/partition": "1"}\' for `dagster job execute`.'
        )
    return int(context.partition_key)


def _loads_all(context: dg.AssetExecutionContext, pipeline: WorldPipeline) -> bool:
    """Whether this run executes every step that loads: not a part of them, and not the rest of a run that failed."""
    steps = context.run.step_keys_to_execute
    chosen = set(steps) if steps else {node.name for node in context.job_def.nodes}
    return pipeline.load_steps <= chosen


@contextmanager
def _one_sentence() -> Iterator[None]:
    """A mistake of the author or of the surroundings fails the step with its message alone."""
    try:
        yield
    except LockgateError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
