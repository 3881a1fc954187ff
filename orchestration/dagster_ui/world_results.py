"""What a load or a build of a world's pipeline left, as Dagster records it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import dagster as dg

from authoring.built.dbt_results import NodeResult
from authoring.built.table_facts import Rows, TableFacts
from authoring.lineage.column_lineage import ColumnSources
from authoring.lineage.dbt_files import DocumentedColumn
from authoring.lineage.project_graph import LineageNode
from benchmark.scorecard import ExpectationResult
from orchestration.dagster_ui.asset_specs import column_schema
from orchestration.dagster_ui.markdown import cell, escape, table

MAX_SQL = 20_000
"""Characters of a query that are shown."""
MAX_FAILURES = 20
"""Failed expectations that are listed."""


def table_metadata(node: LineageNode, facts: TableFacts) -> dict[str, Any]:
    """Rows, columns with their types, and a few rows of a table."""
    documented = {column.name.lower(): column for column in node.columns}
    columns = tuple(
        replace(documented.get(name.lower(), DocumentedColumn(name)), name=name, data_type=kind)
        for name, kind in facts.columns.items()
    )
    return {
        "dagster/row_count": facts.n_rows,
        "dagster/column_schema": dg.MetadataValue.table_schema(column_schema(replace(node, columns=columns))),
        "rows": dg.MetadataValue.md(rows_table(facts.sample)),
    }


def lineage_metadata(sources: ColumnSources, keys: Mapping[str, dg.AssetKey], own: str) -> dict[str, Any]:
    """Column lineage in Dagster's own form, and as a table, since the open-source UI does not draw it.

    Args:
        sources: Column -> the columns of tables that it is made from.
        keys: `schema.table`, in small letters -> the asset.
        own: The table itself, which an incremental model reads too.
    """
    deps = {
        column: [dg.TableColumnDep(asset_key=keys[name], column_name=read) for name, read in pairs if name in keys]
        for column, pairs in sources.items()
    }
    kept = {column: [dep for dep in listed if dep.asset_key != keys.get(own)] for column, listed in deps.items()}
    if not any(kept.values()):
        return {}
    rows = [[escape(column), ", ".join(map(_column_link, listed))] for column, listed in kept.items() if listed]
    return {
        "dagster/column_lineage": dg.TableColumnLineage(kept),
        "columns_from": dg.MetadataValue.md(table(["column", "is made from"], rows)),
    }


def _column_link(dep: dg.TableColumnDep) -> str:
    path = "/".join(map(quote, dep.asset_key.path))
    return f"[{escape(f'{dep.asset_key.path[-1]}.{dep.column_name}')}](/assets/{path})"


def test_check(
    result: NodeResult, asset: dg.AssetKey, name: str, failing: Callable[[str], Rows | None]
) -> dg.AssetCheckResult:
    """A data test as an asset check.

    Args:
        result: What dbt said; neither skipped.
        asset: The table that it is on.
        name: Of the check.
        failing: Gives the first rows that a query finds.
    """
    metadata: dict[str, Any] = {}
    if not result.is_good and result.sql and (rows := failing(result.sql)) is not None and rows.rows:
        metadata["failing_rows"] = dg.MetadataValue.md(rows_table(rows))
    if result.n_failures is not None:
        metadata["n_failures"] = result.n_failures
    if result.sql:
        metadata["sql"] = dg.MetadataValue.md(f"```sql\n{result.sql.strip()[:MAX_SQL]}\n```")
    is_warning = result.status == "warn"
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=result.is_good,
        severity=dg.AssetCheckSeverity.WARN if is_warning else dg.AssetCheckSeverity.ERROR,
        description=None if result.is_good else result.message or result.status,
        metadata=metadata,
    )


def suite_check(results: Sequence[ExpectationResult], asset: dg.AssetKey, name: str) -> dg.AssetCheckResult:
    """The expectations on one table as an asset check."""
    failed = [result for result in results if not result.is_success]
    rows = [
        [
            escape(result.expectation),
            escape(", ".join(f"{key}={value}" for key, value in sorted(result.arguments.items())), 120),
            escape(result.error or "–" if result.n_unexpected is None else result.n_unexpected, 200),
            ", ".join(escape(value, 30) for value in result.unexpected_sample[:5]),
        ]
        for result in failed[:MAX_FAILURES]
    ]
    metadata: dict[str, Any] = {"n_expectations": len(results), "n_failed": len(failed)}
    if rows:
        header = ["expectation", "arguments", "unexpected", "for example"]
        metadata["evidence"] = dg.MetadataValue.md(table(header, rows))
    return dg.AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=bool(results) and not failed,
        severity=dg.AssetCheckSeverity.ERROR,
        description=f"{len(results) - len(failed)} of {len(results)} expectations hold.",
        metadata=metadata,
    )


def build_failure(results: Sequence[NodeResult], log: str) -> dg.Failure | None:
    """The failure of a build in which a model, snapshot or seed was not built; None where all were.

    Args:
        results: Of the build.
        log: Where dbt's own words are.
    """
    broken = [result for result in results if result.kind != "test" and not result.is_good]
    if not broken:
        return None
    failed_tests = [result.name for result in results if result.kind == "test" and result.status in ("fail", "error")]
    return dg.Failure(
        f"{len(broken)} of the tables were not built. {'; '.join(_reasons(broken, failed_tests))}",
        metadata={"log": dg.MetadataValue.path(log)},
        allow_retries=False,
    )


def _reasons(broken: Sequence[NodeResult], failed_tests: Sequence[str]) -> Iterator[str]:
    for result in broken:
        if result.status != "skipped":
            yield f"{result.kind} {result.name}: {result.message[:600]}"
    if failed_tests:
        yield f"data tests failed: {', '.join(failed_tests[:MAX_FAILURES])}"
    if skipped := [result.name for result in broken if result.status == "skipped"]:
        yield f"skipped after these: {', '.join(skipped[:MAX_FAILURES])}"


def rows_table(rows: Rows) -> str:
    """A few rows as a Markdown table."""
    return table([escape(name) for name in rows.columns], [[cell(value) for value in row] for row in rows.rows])
