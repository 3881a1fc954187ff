"""Builds of a submission that differs from the solution in plain models alone: the others are copied, not built.

`evaluators.pipeline.plain` says of which submissions it is certain. Where it is not, or where anything about the
shorter build is not as it has to be, the whole project is built.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from benchmark.errors import SubmissionError
from benchmark.hostile_tree import TreeLimits, walk
from evaluators.pipeline.cut_runs import cut_run, lay_cut
from evaluators.pipeline.kept_builds import NOT_RUN, KeptBuild, KeptBuilds, project_contents
from evaluators.pipeline.loads import WAREHOUSE
from evaluators.pipeline.plain.differences import Differences
from evaluators.pipeline.plain.jinja import NotPlainError
from evaluators.pipeline.reading import read_differences
from evaluators.scenarios import Runs
from runtime.jobs.graph import MAX_NODES

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
    options: tuple[str, ...]
    """What dbt is called with, so that it builds the others and runs the tests on them; empty = it is not called."""
    is_around_gold: bool = False
    """Whether this holds only as long as the replaced relations of a rebuild hold gold in every column."""

    @property
    def arguments(self) -> dict[str, Any]:
        """As jobs take it."""
        return {"warehouse": str(self.folder.resolve() / WAREHOUSE), "views": [list(view) for view in self.views]}


class Remainder(NamedTuple):
    """A run of the solution without models that a submission has taken away."""

    kept: KeptBuild
    """What is left of it."""
    run: KeptBuild
    """All of it."""
    relations: frozenset[str]
    """`schema.identifier` of those that are left, in small letters."""
    pinned: str

    def lay(self, which: str, workspace: Path) -> None:
        """Put its warehouse into a workspace that has none; `which` is `LOADED` or `BUILT`."""
        lay_cut(self.run, which, self.relations, self.pinned, workspace)


class PartialBuilds:
    """The shorter builds of one submission on one seed.

    Args:
        project: The submission; only read.
        builds: The solution's runs.
        log_path: Receives what comparing the two says.
    """

    def __init__(self, project: Path, builds: KeptBuilds, log_path: Path) -> None:
        self._project = project
        self._log_path = log_path
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
        try:
            if (known := self._known(runs)) is None:
                return None
            kept, differences = known
            if not self._is_untouched(workspace):
                raise NotPlainError("the workspace has changed")
            return self._cut(kept, differences.same, differences.selected, workspace, pinned)
        except NotPlainError as error:
            self.refused = self.refused or str(error)
            return None

    def give_around(
        self, runs: Runs, workspace: Path, pinned: str, replaced: Collection[str], wanted: Collection[str]
    ) -> GivenRelations | None:
        """Prepare a build in which some relations hold what the solution's same runs gave them.

        Models that read nothing else give the solution's tables, if they are the solution's.

        Args:
            runs: The runs; the raw tables of the last one are the solution's.
            workspace: As in `give`.
            pinned: The instant of the run.
            replaced: `schema.identifier` of the relations.
            wanted: The relations that are looked at afterwards; what they are not built from is left out.

        Returns:
            None = it cannot be said what they are built from.
        """
        try:
            if (known := self._known(runs)) is None:
                return None
            kept, differences = known
            names = {f"{node['schema']}.{node['name']}".lower(): key for key, node in kept.graph["nodes"].items()}
            ids = [names.get(relation.lower(), "") for relation in (*replaced, *wanted)]
            models = [unique_id.rsplit(".", 1)[-1] for unique_id in ids]
            held, looked_at = frozenset(models[: len(replaced)]), models[len(replaced) :]
            if not differences.parents.keys() >= {*held, *looked_at} or not self._is_untouched(workspace):
                return None
            affected = differences.affected(held)
            same = {differences.ids[name] for name in differences.parents.keys() - affected - held}
            given = self._cut(
                kept, same, differences.files(affected & differences.above(looked_at, held)), workspace, pinned
            )
            return given._replace(is_around_gold=True)
        except NotPlainError:
            return None

    def remainder(self, runs: Runs, pinned: str) -> Remainder | None:
        """What some runs leave of a submission that is the solution with models taken away; None = it is not.

        Args:
            runs: The runs.
            pinned: The instant of the last one.
        """
        try:
            if (known := self._known(runs)) is None:
                return None
            kept, differences = known
            if differences.selected:
                return None
            cut_run(kept, _same_names(kept, differences.same), pinned)  # refuses where there is something unknown
            return _remainder(kept, differences, self._files, pinned)
        except NotPlainError as error:
            self.refused = self.refused or str(error)
            return None

    def _known(self, runs: Runs) -> tuple[KeptBuild, Differences] | None:
        """The solution's run and the differences from it; None where the solution's own build fails in this run."""
        kept = None if self.refused else self._builds.get(runs)
        if kept is None or kept.steps[1].status != "ok":
            return None
        if self._differences is None:
            schemas = {name.partition(".")[0].lower() for name in _names(kept)}
            self._differences = read_differences(
                self._project, self._builds.project, kept.graph, schemas, self._builds.runtime, self._log_path
            )
        return kept, self._differences

    def is_copied(self, relations: Collection[str]) -> bool:
        """Whether one of these relations would be copied from the solution's run."""
        assert self._differences is not None
        copied = {key.rsplit(".", 1)[-1] for key in self._differences.same}
        return any(name.rpartition(".")[2].lower() in copied for name in relations)

    def complete(self, runs: Runs, result: BuildResult, *, is_tested: bool) -> BuildResult | None:
        """What the whole build would have said; None = the shorter one did not go as it has to.

        Args:
            runs: The runs.
            result: Of the shorter build.
            is_tested: Whether the whole build runs data tests.
        """
        kept = self._builds.get(runs)
        nodes = result.graph.get("nodes") if isinstance(result.graph, dict) else None
        assert self._differences is not None
        if kept is None or not result.is_complete or not isinstance(nodes, dict) or len(nodes) >= MAX_NODES:
            return None
        if not all(isinstance(node, dict) for node in nodes.values()):
            return None
        tests = {key for key, node in nodes.items() if node.get("type") == "test"}
        failed = {key for key in tests & result.statuses.keys() if result.statuses[key] not in (*_GOOD, "skipped")}
        if any(self._differences.same >= set(nodes[key].get("parents", ())) & nodes.keys() for key in failed):
            return None  # in a whole build nothing below what was tested would be built
        ephemeral = {name.lower() for name, relation in result.relations.items() if relation["type"] == "ephemeral"}
        built = {
            unique_id: f"{node.get('schema')}.{node.get('name')}".lower()
            for unique_id, node in nodes.items()
            if node.get("type") != "test"
        }
        left = nodes.keys() - result.statuses.keys() - {key for key, name in built.items() if name in ephemeral}
        if not is_tested:
            left -= tests
        same = self._differences.same
        is_known = all(kept.statuses.get(key) in _GOOD and (key in same or key not in built) for key in left)
        if not is_known or result.statuses.keys() & same or not _have_own_places(result.relations, kept):
            return None
        statuses = result.statuses | {key: kept.statuses[key] for key in left}
        details = {**result.step.details, "nodes": dict(sorted(Counter(statuses.values()).items()))}
        copied = _same_names(kept, same)
        return result._replace(
            step=result.step.model_copy(update={"details": details}),
            relations={
                name: kept.relations.get(name, found) if name.lower() in copied else found
                for name, found in result.relations.items()
            },
            statuses=statuses,
        )

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

    @staticmethod
    def _cut(
        kept: KeptBuild, same: Collection[str], files: Collection[str], workspace: Path, pinned: str
    ) -> GivenRelations:
        """Give what is the same, and have dbt build the models in these files."""
        cut = cut_run(kept, _same_names(kept, same), pinned)
        folder = workspace.with_name(f"{workspace.name}-given")
        folder.mkdir()
        shutil.copyfile(cut.folder / WAREHOUSE, folder / WAREHOUSE)
        options = ("--indirect-selection", "eager", "--select", *(f"path:{path}" for path in files))
        return GivenRelations(folder, cut.views, options if files else ())


def _same_names(kept: KeptBuild, same: Collection[str]) -> set[str]:
    nodes = kept.graph["nodes"]
    return {f"{nodes[key]['schema']}.{nodes[key]['name']}".lower() for key in same}


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


def _remainder(kept: KeptBuild, differences: Differences, files: Mapping[str, bytes], pinned: str) -> Remainder:
    """The run without what is gone, as dbt would tell of it.

    Raises:
        NotPlainError: What is left names something that is gone.
    """
    nodes = kept.graph["nodes"]
    gone = {key for key, node in nodes.items() if node["type"] != "test"} - differences.same
    left: dict[str, Any] = {}
    for key, node in nodes.items():
        is_file = node["type"] == "test" and str(node["path"]).startswith("tests/")
        is_gone = f"dbt/{node['path']}" not in files if is_file else (node.get("tested") or key) in gone
        if is_gone:
            continue
        if gone & set(node["parents"]):
            raise NotPlainError(f"{key} names something that is gone")
        left[key] = node
    if differences.named:
        raise NotPlainError(f"something names {min(differences.named)}, which is gone")
    relations = _same_names(kept, differences.same)
    ephemeral = {name.lower() for name, relation in kept.relations.items() if relation["type"] == "ephemeral"}
    statuses = {key: kept.statuses[key] for key in left if key in kept.statuses}
    if any(status not in _GOOD for status in statuses.values()) or any(
        f"{left[key]['schema']}.{left[key]['name']}".lower() not in ephemeral for key in left.keys() - statuses.keys()
    ):
        raise NotPlainError("the solution's run says nothing of a node")
    counts = dict(sorted(Counter(statuses.values()).items()))
    step = kept.steps[1].model_copy(update={"details": {**kept.steps[1].details, "nodes": counts}})
    remaining = kept._replace(
        steps=(kept.steps[0], step),
        relations={name: found for name, found in kept.relations.items() if name.lower() in relations},
        graph={"nodes": left},
        statuses=statuses,
    )
    return Remainder(remaining, kept, frozenset(relations - ephemeral), pinned)
