"""Each model of a submission alone on gold upstream tables: the tables behind the component score.

A view's, table's or first-built incremental model's compiled SQL is run as a query (milliseconds). An incremental
model in a later run, a snapshot, a seed or a Python model goes through dbt, in a warehouse in which every other table
is gold and its own is gold of the run before.

A model's own gold is out of its reach. Queries run on a locked connection, before their gold is where it may read.
What goes through dbt is code of any kind: `prepare` makes it a warehouse that never held its gold, and `run_batch` then
runs it where there are no files of gold.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb

from runtime.dbt.clock import parse_pinned, pin_dbt, pin_warehouse
from runtime.dbt.lock import is_one_query, lock, lock_dbt
from runtime.jobs import build, export

Node = Mapping[str, Any]
_MANIFEST = Path("target/manifest.json")


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Run each scored model that is a query, and write it to Parquet. Works in a copy of the built project.

    Args:
        arguments: `now`, `warehouse` (path of a new file called as the project's), `gold` (folder of Parquet files),
            `previous_gold` (the same of the run before, or None for a first run), `output` (folder),
            `scored` (relations to write).

    Returns:
        `tables`: relation -> None when written, or why not. `late`: batches of relations that need dbt.
    """
    if not _MANIFEST.is_file():
        return {"tables": dict.fromkeys(arguments["scored"], "not built"), "late": []}
    bench = _Bench(arguments)
    late = bench.run_queries()
    return {"tables": bench.outcomes, "late": _batches(late)}


def prepare(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Make the warehouse for `run_batch`: all gold but the batch's own, of which there is gold of the run before.

    Args:
        arguments: As `run`, and `batch` (relations).
    """
    _Bench(arguments).fill({name.lower() for name in arguments["batch"]})
    return {"tables": {}}


def run_batch(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Run some models through dbt in a prepared warehouse and write them to Parquet.

    Args:
        arguments: `now`, `warehouse`, `output`, and `batch`: relation of the submission -> its name among the scored.

    Returns:
        `tables`: as `run`.
    """
    manifest = json.loads(_MANIFEST.read_text(encoding="utf-8"))
    names = {relation.lower(): scored for relation, scored in arguments["batch"].items()}
    batch = [(relation, node) for relation, node in _in_order(manifest) if relation.lower() in names]
    pin_dbt(parse_pinned(arguments["now"]))
    output = Path(arguments["output"])
    lock_dbt([Path.cwd().parent, Path(tempfile.gettempdir()), output])  # the tables leave by the instance dbt opened
    selectors = [".".join([node["package_name"], *node["fqn"][1:]]) for _, node in batch]
    result = build.invoke(["build", "--select", *selectors, "--exclude-resource-type", "test", "unit_test"])
    tables: dict[str, str | None] = {}
    with duckdb.connect(arguments["warehouse"]) as connection:
        lock(connection, [output])
        for relation, node in batch:
            scored = names[relation.lower()]
            failures = [text for text in result["failures"] if f" {node['name']} (" in text]
            if failures or (result["error"] and not result["counts"]):
                tables[scored] = f"cannot be read: {'; '.join(failures) or result['error']}"
                continue
            query = f"from {export.quote_relation(relation)}"
            tables[scored] = export.export_query(connection, query, output / export.file_name(scored))
    return {"tables": tables}


class _Bench:
    """A warehouse of gold in which a submission's models run one after the other, each before its own gold is there."""

    def __init__(self, arguments: Mapping[str, Any]) -> None:
        self.warehouse = str(arguments["warehouse"])
        self.now = parse_pinned(arguments["now"])
        self.gold = _parquet_files(arguments["gold"])
        self.previous = _parquet_files(arguments["previous_gold"]) if arguments["previous_gold"] else {}
        self.is_first_run = arguments["previous_gold"] is None
        self.output = Path(arguments["output"])
        self.output.mkdir(parents=True, exist_ok=True)
        self.scored = {name.lower(): name for name in arguments["scored"]}
        self.outcomes: dict[str, str | None] = dict.fromkeys(arguments["scored"], "not built")
        self.order = _in_order(json.loads(_MANIFEST.read_text(encoding="utf-8")))
        self.gold_by_name = {relation.lower(): (relation, path) for relation, path in self.gold.items()}
        self.inbox = Path(self.warehouse).resolve().parent / "gold"
        self.inbox.mkdir()

    def run_queries(self) -> list[tuple[str, Node]]:
        """Walk the submission's graph; a model's own gold table appears only after the model has run.

        Returns:
            Scored models that need dbt, upstream first.
        """
        late: list[tuple[str, Node]] = []
        with self._opened(set()) as connection:
            waiting: list[str] = []
            for relation, node in self.order:
                scored_name = self.scored.get(relation.lower())
                if scored_name and self._needs_dbt(node):
                    late.append((relation, node))
                elif scored_name:
                    self._place(connection, waiting)
                    self.outcomes[scored_name] = self._run_query(connection, node, scored_name)
                if relation.lower() in self.gold_by_name:
                    waiting.append(relation.lower())
                else:
                    self._place(connection, waiting)
                    self._place_extra(connection, relation, node)
        return late

    def fill(self, batch: set[str]) -> None:
        """Everything but a batch's own gold; of that, gold of the run before."""
        with self._opened(batch) as connection:
            waiting: list[str] = []
            for relation, node in self.order:
                if relation.lower() in self.gold_by_name:
                    waiting += [relation.lower()] if relation.lower() not in batch else []
                elif relation.lower() not in batch:
                    self._place(connection, waiting)
                    self._place_extra(connection, relation, node)
            self._place(connection, waiting)
            previous = {relation.lower(): (relation, path) for relation, path in self.previous.items()}
            for name in sorted(batch & previous.keys()):
                self._copy_in(connection, *previous[name])

    @contextmanager
    def _opened(self, batch: set[str]) -> Iterator[duckdb.DuckDBPyConnection]:
        """The warehouse with gold of what is not a model here (sources), locked: single queries are all that runs."""
        own = {relation.lower() for relation, _ in self.order} | batch
        with duckdb.connect(self.warehouse) as connection:
            pin_warehouse(connection, self.now)
            lock(connection, [self.output, self.inbox])
            self._place(connection, [name for name in self.gold_by_name if name not in own])
            yield connection

    def _place(self, connection: duckdb.DuckDBPyConnection, waiting: list[str]) -> None:
        for name in waiting:
            self._copy_in(connection, *self.gold_by_name[name])
        waiting.clear()

    def _copy_in(self, connection: duckdb.DuckDBPyConnection, relation: str, path: Path) -> None:
        """Gold lies where the connection may read only for the moment of this copy."""
        passed = self.inbox / "table.parquet"
        shutil.copyfile(path, passed)
        export.copy_in(connection, relation, passed)
        passed.unlink()

    def _needs_dbt(self, node: Node) -> bool:
        if node["resource_type"] in ("snapshot", "seed") or node.get("language") == "python":
            return True
        return node["config"]["materialized"] not in ("view", "table") and not (
            node["config"]["materialized"] == "incremental" and self.is_first_run
        )

    def _run_query(self, connection: duckdb.DuckDBPyConnection, node: Node, name: str) -> str | None:
        query = str(node.get("compiled_code") or "").rstrip().rstrip(";")
        if not query:
            return "not built"
        if not is_one_query(query):
            return "cannot be read: its compiled SQL is not one query"
        return export.export_query(connection, query, self.output / export.file_name(name))

    def _place_extra(self, connection: duckdb.DuckDBPyConnection, relation: str, node: Node) -> None:
        """A model that gold does not have, so that the submission's models that read it can run."""
        query = str(node.get("compiled_code") or "").rstrip().rstrip(";")
        if node.get("language") == "python" or node["config"]["materialized"] == "ephemeral":
            return
        if not is_one_query(query):
            return
        schema, _, _ = relation.partition(".")
        try:
            connection.execute(f"create schema if not exists {export.quote(schema)}")
            connection.execute(f"create or replace table {export.quote_relation(relation)} as {query}")
        except duckdb.Error as error:
            print(f"{relation}: {error}")  # noqa: T201 - the log; whoever reads it finds a missing table


def _batches(late: Sequence[tuple[str, Node]]) -> list[list[str]]:
    """As many at once as do not read each other."""
    left = list(late)
    batches = []
    while left:
        ids = {node["unique_id"] for _, node in left}
        batch = [item for item in left if not ids & set(item[1]["depends_on"].get("nodes", []))] or left
        batches.append([relation for relation, _ in batch])
        left = [item for item in left if item not in batch]
    return batches


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
