"""Each model of a submission alone on gold upstream tables: the tables behind the component score.

A view's, table's or first-built incremental model's compiled SQL is run as a query (milliseconds). An incremental
model in a later run, a snapshot, a seed or a Python model goes through dbt, one by one, on a warehouse in which every
other table is gold and its own is gold of the run before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from runtime.clock import parse_pinned, pin_dbt, pin_warehouse
from runtime.jobs import build, export

Node = Mapping[str, Any]


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Build each scored model alone and write it to Parquet. Runs in a copy of the built project.

    Args:
        arguments: `now`, `warehouse` (path of a new file called as the project's), `gold` (folder of Parquet files),
            `previous_gold` (the same of the run before, or None for a first run), `output` (folder),
            `scored` (relations to write).

    Returns:
        `tables`: relation -> None when written, or why not.
    """
    now = parse_pinned(arguments["now"])
    manifest_path = Path("target/manifest.json")
    if not manifest_path.is_file():
        return {"tables": dict.fromkeys(arguments["scored"], "not built")}
    manifest = json.loads(manifest_path.read_text(encoding="utf-8"))
    bench = _Bench(arguments, manifest)
    with duckdb.connect(arguments["warehouse"]) as connection:
        pin_warehouse(connection, now)
        late = bench.run_queries(connection)
    if late:
        pin_dbt(now)
        bench.run_through_dbt(late)
    return {"tables": bench.outcomes}


class _Bench:
    def __init__(self, arguments: Mapping[str, Any], manifest: Mapping[str, Any]) -> None:
        self.warehouse = str(arguments["warehouse"])
        self.gold = _parquet_files(arguments["gold"])
        self.previous = _parquet_files(arguments["previous_gold"]) if arguments["previous_gold"] else {}
        self.is_first_run = arguments["previous_gold"] is None
        self.output = Path(arguments["output"])
        self.output.mkdir(parents=True, exist_ok=True)
        self.scored = {name.lower(): name for name in arguments["scored"]}
        self.outcomes: dict[str, str | None] = dict.fromkeys(arguments["scored"], "not built")
        self.order = _in_order(manifest)

    def run_queries(self, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, Node]]:
        """Walk the submission's graph; a model's own gold table appears only after the model has run.

        Returns:
            Scored models that need dbt, upstream first.
        """
        own = {relation.lower() for relation, _ in self.order}
        for relation, path in self.gold.items():
            if relation.lower() not in own:
                export.copy_in(connection, relation, path)
        gold_by_name = {relation.lower(): (relation, path) for relation, path in self.gold.items()}
        late: list[tuple[str, Node]] = []
        for relation, node in self.order:
            scored_name = self.scored.get(relation.lower())
            if scored_name and self._needs_dbt(node):
                late.append((relation, node))
            elif scored_name:
                self.outcomes[scored_name] = self._run_query(connection, node, scored_name)
            if relation.lower() in gold_by_name:
                export.copy_in(connection, *gold_by_name[relation.lower()])
            else:
                _place_extra(connection, relation, node)
        return late

    def run_through_dbt(self, late: list[tuple[str, Node]]) -> None:
        """Run the remaining models, as many at once as do not read each other."""
        while late:
            ids = {node["unique_id"] for _, node in late}
            batch = [item for item in late if not ids & set(item[1]["depends_on"].get("nodes", []))]
            self._run_batch(batch or late)
            late = [item for item in late if item not in batch] if batch else []

    def _run_batch(self, batch: list[tuple[str, Node]]) -> None:
        """One dbt invocation; what it wrote is gold again afterwards."""
        gold_by_name = {relation.lower(): path for relation, path in self.gold.items()}
        previous_by_name = {relation.lower(): path for relation, path in self.previous.items()}
        with duckdb.connect(self.warehouse) as connection:
            for relation, _ in batch:
                if relation.lower() in previous_by_name:
                    export.copy_in(connection, relation, previous_by_name[relation.lower()])
                else:
                    export.drop(connection, relation)
        selectors = [".".join([node["package_name"], *node["fqn"][1:]]) for _, node in batch]
        result = build.invoke(["build", "--select", *selectors, "--exclude-resource-type", "test", "unit_test"])
        with duckdb.connect(self.warehouse) as connection:
            for relation, node in batch:
                name = relation.lower()
                failures = [text for text in result["failures"] if f" {node['name']} (" in text]
                if failures or (result["error"] and not result["counts"]):
                    outcome: str | None = f"cannot be read: {'; '.join(failures) or result['error']}"
                else:
                    path = self.output / export.file_name(self.scored[name])
                    outcome = export.export_query(connection, f"from {export.quote_relation(relation)}", path)
                self.outcomes[self.scored[name]] = outcome
                if name in gold_by_name:
                    export.copy_in(connection, relation, gold_by_name[name])

    def _needs_dbt(self, node: Node) -> bool:
        if node["resource_type"] in ("snapshot", "seed") or node.get("language") == "python":
            return True
        return node["config"]["materialized"] not in ("view", "table") and not (
            node["config"]["materialized"] == "incremental" and self.is_first_run
        )

    def _run_query(self, connection: duckdb.DuckDBPyConnection, node: Node, name: str) -> str | None:
        query = node.get("compiled_code")
        if not query:
            return "not built"
        return export.export_query(connection, query.rstrip().rstrip(";"), self.output / export.file_name(name))


def _place_extra(connection: duckdb.DuckDBPyConnection, relation: str, node: Node) -> None:
    """A model that gold does not have, so that the submission's models that read it can run."""
    query = node.get("compiled_code")
    if not query or node.get("language") == "python" or node["config"]["materialized"] == "ephemeral":
        return
    schema, _, _ = relation.partition(".")
    try:
        connection.execute(f"create schema if not exists {export.quote(schema)}")
        connection.execute(f"create or replace table {export.quote_relation(relation)} as {query.rstrip().rstrip(';')}")
    except duckdb.Error as error:
        print(f"{relation}: {error}")  # noqa: T201 - the log; whoever reads it finds a missing table


def _in_order(manifest: Mapping[str, Any]) -> list[tuple[str, Node]]:
    """Models, snapshots and seeds as (relation, node), upstream first, ties by name."""
    nodes = {k: v for k, v in manifest["nodes"].items() if v["resource_type"] in ("model", "snapshot", "seed")}
    sorter = TopologicalSorter(
        {
            unique_id: sorted(set(nodes[unique_id]["depends_on"].get("nodes", [])) & nodes.keys())
            for unique_id in sorted(nodes)
        }
    )
    try:
        order = list(sorter.static_order())
    except CycleError:
        return []
    return [(f"{nodes[i]['schema']}.{nodes[i].get('alias') or nodes[i]['name']}", nodes[i]) for i in order]


def _parquet_files(folder: str) -> dict[str, Path]:
    return {path.name.removesuffix(".parquet"): path for path in sorted(Path(folder).glob("*.parquet"))}
