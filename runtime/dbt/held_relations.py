"""Relations that hold given tables while dbt builds everything else of a project."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from benchmark.duckdb_sql import quote

CopyIn = Callable[[duckdb.DuckDBPyConnection, str, Path], None]
"""Takes a connection, a relation and a Parquet file."""


class HeldRelations:
    """Tables that stay in place whatever the project's models and hooks do.

    The model that builds such a relation does not run, but its hooks do: they may make what other models read. Before
    each other model runs, a relation that changed gets its table back.

    Args:
        files: `schema.identifier` -> Parquet file.
        copy_in: Puts a file's table in place of whatever has the relation's name.
    """

    def __init__(self, files: Mapping[str, Path], copy_in: CopyIn) -> None:
        self._files = dict(files)
        self._copy_in = copy_in
        self._names = {name.lower() for name in files}
        self._fingerprints: dict[str, Any] = {}
        self._lock = threading.Lock()

    def place(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Put every table in its place."""
        for relation, path in self._files.items():
            self._copy_in(connection, relation, path)
            self._fingerprints[relation] = _fingerprint(connection, relation)

    def hold(self) -> None:
        """Change dbt in this process, so that its next invocation leaves the relations as they are."""
        if not self._files:
            return
        self._build_models_without_them()
        self._run_nodes_around_them()

    def _holds(self, node: Any) -> bool:
        return f"{getattr(node, 'schema', '')}.{getattr(node, 'alias', '')}".lower() in self._names and str(
            node.resource_type
        ) in ("model", "seed", "snapshot")

    def _build_models_without_them(self) -> None:
        """A failed model above a held one skips nothing below it; an ephemeral one becomes a relation."""
        from dbt.compilation import Linker

        original = Linker.link_node

        def link_node(linker: Any, node: Any, manifest: Any) -> None:
            if not self._holds(node):
                original(linker, node, manifest)
                return
            if node.config.materialized == "ephemeral":
                node.config.materialized = "table"
            linker.add_node(node.unique_id)

        Linker.link_node = link_node

    def _run_nodes_around_them(self) -> None:
        from dbt.task.base import BaseRunner

        original = BaseRunner.run_with_hooks

        def run_with_hooks(runner: Any, manifest: Any) -> Any:
            with runner.adapter.connection_named("held_relations"):
                self._restore(runner.adapter)
            if not self._holds(runner.node):
                return original(runner, manifest)
            return self._run_hooks_only(runner, manifest)

        BaseRunner.run_with_hooks = run_with_hooks

    def _restore(self, adapter: Any) -> None:
        self.put_back(adapter.connections.get_thread_connection().handle.cursor())

    def put_back(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Give every relation that changed its table back."""
        with self._lock:
            for relation, path in self._files.items():
                if _fingerprint(connection, relation) != self._fingerprints[relation]:
                    self._copy_in(connection, relation, path)

    def _run_hooks_only(self, runner: Any, manifest: Any) -> Any:
        from dbt.artifacts.schemas.results import RunStatus
        from dbt.context.providers import generate_runtime_model_context

        started = time.time()
        try:
            with runner.adapter.connection_named(runner.node.unique_id, runner.node):
                context = generate_runtime_model_context(runner.node, runner.config, manifest)
                for hooks in (context["pre_hooks"], context["post_hooks"]):
                    for is_inside in (False, True):
                        context["run_hooks"](hooks, inside_transaction=is_inside)
                runner.adapter.connections.commit_if_has_connection()
        except Exception as error:  # noqa: BLE001 - the table is there, whatever the hooks of its model raise
            print(f"Hooks of {runner.node.name}: {error}")  # noqa: T201 - the log
        with runner.adapter.connection_named("held_relations"):
            self._restore(runner.adapter)
        return runner._build_run_result(runner.node, started, RunStatus.Success, [], "held")


def _fingerprint(connection: duckdb.DuckDBPyConnection, relation: str) -> Any:
    """Names and types of a relation's columns, number and hash of its rows; None where it cannot be read."""
    schema, _, name = relation.partition(".")
    table = f"{quote(schema)}.{quote(name)}"
    try:
        columns = [(column[0], str(column[1])) for column in connection.execute(f"from {table} limit 0").description]
        rows = connection.execute(f"select count(*), sum(hash(held)::hugeint) from {table} held").fetchone()
    except duckdb.Error:
        return None
    return columns, rows
