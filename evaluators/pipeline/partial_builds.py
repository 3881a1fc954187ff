"""Builds of a submission that differs from the solution in plain models alone: the others are copied, not built.

`evaluators.pipeline.plain` says of which submissions it is certain. Where it is not, or where anything about the
shorter build is not as it has to be, the whole project is built.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb

from benchmark.duckdb_sql import literal, quote
from benchmark.errors import SubmissionError
from benchmark.hostile_tree import TreeLimits, walk
from evaluators.pipeline.kept_builds import BUILT, LOADED, NOT_RUN, KeptBuild, KeptBuilds, project_contents
from evaluators.pipeline.loads import WAREHOUSE
from evaluators.pipeline.plain.differences import Differences, find_differences
from evaluators.pipeline.plain.jinja import NotPlainError
from evaluators.scenarios import Runs
from runtime.jobs.build import BUILD
from runtime.jobs.graph import MAX_NODES
from runtime.jobs.warehouse_objects import is_view, relations_of, unusual_object
from sources.cache_entries import used_entry

if TYPE_CHECKING:
    from evaluators.pipeline.runner import BuildResult

_GOOD = ("success", "pass", "warn")
_LEFT_BY_DBT = ("dbt/target", "dbt/logs", "dbt/.user.yml", WAREHOUSE)


class GivenRelations(NamedTuple):
    """What a shorter build finds in place of what it does not build."""

    folder: Path
    """Holds a warehouse with the tables; a sandbox may be shown it."""
    views: tuple[tuple[str, str], ...]
    """`schema.identifier` and SQL, one that reads another after it."""
    command: tuple[str, ...]
    """What dbt is called with."""


class PartialBuilds:
    """The shorter builds of one submission on one seed.

    Args:
        project: The submission; only read.
        builds: The solution's runs.
    """

    def __init__(self, project: Path, builds: KeptBuilds) -> None:
        self._builds = builds
        self._files = project_contents(project)
        self._differences: Differences | None = None
        self.refused = ""
        """Why the whole project is built; empty while it need not be."""

    def give(self, runs: Runs, workspace: Path, pinned: str) -> GivenRelations | None:
        """Prepare the build after the last of some runs' loads.

        Args:
            runs: The runs; the raw tables of the last one are the solution's.
            workspace: Where it will be built; nothing runs in it.
            pinned: The instant of the run.

        Returns:
            None = build the whole project; `refused` says why.
        """
        kept = self._builds.get(runs)
        try:
            if self.refused or kept is None or any(step.status != "ok" for step in kept.steps[1:]):
                raise NotPlainError(self.refused or "the solution itself fails in this run")
            if self._differences is None:
                schemas = {name.partition(".")[0].lower() for name in _names(kept)}
                self._differences = find_differences(self._files, self._builds.files, kept.graph, schemas)
            if not self._is_untouched(workspace):
                raise NotPlainError("the workspace has changed")
            return self._cut(kept, self._differences, workspace, pinned)
        except NotPlainError as error:
            self.refused = self.refused or str(error)
            return None

    def complete(self, runs: Runs, result: BuildResult) -> BuildResult | None:
        """What the whole build would have said; None = the shorter one did not go as it has to."""
        kept = self._builds.get(runs)
        nodes = result.graph.get("nodes") if isinstance(result.graph, dict) else None
        assert self._differences is not None
        if kept is None or not result.is_complete or not isinstance(nodes, dict) or len(nodes) >= MAX_NODES:
            return None
        ephemeral = {name.lower() for name, relation in result.relations.items() if relation["type"] == "ephemeral"}
        built = {
            unique_id: f"{node.get('schema')}.{node.get('name')}".lower()
            for unique_id, node in nodes.items()
            if node.get("type") != "test"
        }
        left = nodes.keys() - result.statuses.keys() - {key for key, name in built.items() if name in ephemeral}
        same = self._differences.same
        is_known = all(kept.statuses.get(key) in _GOOD and (key in same or key not in built) for key in left)
        if not is_known or result.statuses.keys() & same or not _have_own_places(result.relations, kept):
            return None
        counts = Counter(result.statuses.values()) + Counter(kept.statuses[key] for key in left)
        details = {**result.step.details, "nodes": dict(sorted(counts.items()))}
        return result._replace(step=result.step.model_copy(update={"details": details}))

    def _is_untouched(self, workspace: Path) -> bool:
        """Whether a workspace holds the submission and what dbt leaves, and nothing else."""
        limits = TreeLimits(len(self._files) + 10, 2**27)
        found = {}
        try:
            for entry in walk(workspace, limits, lambda path: path.startswith(_LEFT_BY_DBT)):
                if entry.kind == "file" and entry.path not in NOT_RUN:
                    found[entry.path] = (workspace / entry.path).read_bytes()
                elif entry.kind not in ("file", "folder"):
                    return False
        except (SubmissionError, OSError):
            return False
        return found == self._files

    def _cut(self, kept: KeptBuild, differences: Differences, workspace: Path, pinned: str) -> GivenRelations:
        nodes = kept.graph["nodes"]
        wanted = {f"{nodes[key]['schema']}.{nodes[key]['name']}".lower() for key in differences.same}
        folder = workspace.with_name(f"{workspace.name}-given")
        folder.mkdir(exist_ok=True)
        (folder / WAREHOUSE).unlink(missing_ok=True)
        with used_entry(kept.folder):
            views = _copy_relations(kept, wanted, folder / WAREHOUSE, pinned)
        selected = [f"path:{path}" for path in differences.selected]
        command = [*BUILD, "--indirect-selection", "eager", "--select", *selected] if selected else ["parse"]
        return GivenRelations(folder, views, tuple(command))


def _names(kept: KeptBuild) -> set[str]:
    return {name for key, relation in kept.relations.items() for name in (key, *relation["parents"])}


def _have_own_places(relations: Mapping[str, Mapping[str, Any]], kept: KeptBuild) -> bool:
    """Whether a submission's relations have names and schemas that get in nobody's way."""
    schemas = {name.partition(".")[0].lower() for name in kept.relations}
    raw = {name.lower() for name in _names(kept) - kept.relations.keys()}
    names = [name.lower() for name in relations]
    return (
        len(set(names)) == len(names) and {name.partition(".")[0] for name in names} <= schemas and not raw & set(names)
    )


def _copy_relations(kept: KeptBuild, wanted: Collection[str], target: Path, pinned: str) -> tuple[tuple[str, str], ...]:
    """Copy tables of a warehouse of the solution into a new file, and return its views.

    Raises:
        NotPlainError: The solution's build leaves something that dbt does not know of.
    """
    with duckdb.connect() as connection:
        for name, path in (("built", kept.folder / BUILT), ("loaded", kept.folder / LOADED)):
            connection.execute(f"attach {literal(str(path / WAREHOUSE))} as {name} (read_only)")
        connection.execute(f"attach {literal(str(target))} as given")
        built, loaded = relations_of(connection, "built"), relations_of(connection, "loaded")
        unusual = unusual_object(connection, "built", pinned)
        ours = {f"{schema}.{name}".lower(): (schema, name) for schema, name in built.keys() - loaded.keys()}
        known = {name.lower() for name, relation in kept.relations.items() if relation["type"] != "ephemeral"}
        earlier = {f"{schema}.{name}".lower() for schema, name in loaded}
        if unusual or ours.keys() - known or known - ours.keys() - earlier:
            raise NotPlainError(f"the solution's warehouse holds {unusual or 'other relations than its models'}")
        all_names = ours | {f"{schema}.{name}".lower(): (schema, name) for schema, name in loaded}
        views = {}
        for full_name in sorted(wanted & all_names.keys()):
            schema, name = all_names[full_name]
            facts = built[schema, name]
            if is_view(facts):
                views[full_name] = str(facts[0])
                continue
            table = f"{quote(schema)}.{quote(name)}"
            connection.execute("use given")
            connection.execute(f"create schema if not exists {quote(schema)}")
            connection.execute(facts[0])
            connection.execute(f"insert into given.{table} select * from built.{table}")
        connection.execute("use memory")
    return tuple((name, views[name]) for name in _upstream_first(kept) if name in views)


def _upstream_first(kept: KeptBuild) -> list[str]:
    """Relations in small letters, one that reads another after it."""
    parents = {name.lower(): {parent.lower() for parent in found["parents"]} for name, found in kept.relations.items()}
    order: list[str] = []
    while left := [name for name in parents if name not in order]:
        ready = [name for name in left if not (parents[name] & parents.keys()) - set(order)]
        if not ready:
            raise NotPlainError("the solution's models go round in a circle")
        order += ready
    return order
