"""Building a changed pipeline with dbt, on what agents see: the tables it leaves, where no test is red."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from authoring.generate.candidates import Break
from authoring.model_files.source_edits import is_same_sql
from benchmark.errors import LockgateError
from benchmark.task import Task
from benchmark.workspace import lay_solution
from evaluators.pipeline.kept_builds import solution_builds
from evaluators.pipeline.kept_loads import solution_loads
from evaluators.pipeline.loads import no_timer
from evaluators.pipeline.runner import PipelineChain
from evaluators.scenarios.base import Runs, days
from evaluators.style.lint import CONFIG, SOLUTION, lint_project
from runtime.fork_client import ForkRuntime


class BrokenBuild(NamedTuple):
    """What a broken pipeline left."""

    folder: Path
    """One Parquet file per table."""
    unreadable: Mapping[str, str]
    relations: Mapping[str, Any]
    """As dbt built them."""


class Builder:
    """Builds changed pipelines of a world.

    Args:
        task: Any task whose solution is the world's project.
        pinned_now: The instant of the first run, as it stands in compiled SQL.
        runtime: Where dbt and sqlfluff run.
    """

    def __init__(self, task: Task, pinned_now: str, runtime: ForkRuntime) -> None:
        self._task = task
        self._world = task.world
        self._pinned_now = pinned_now
        self._runtime = runtime
        dbt = task.world.project_dir / "dbt"
        yaml_files = (path for pattern in ("*.yml", "*.yaml") for path in dbt.rglob(pattern))
        self._has_unit_tests = any("unit_tests:" in path.read_text(encoding="utf-8") for path in yaml_files)

    def is_fine_without(self, paths: Collection[str], scratch: Path) -> bool:
        """Whether the pipeline builds on day 1, and its tests pass, without some files.

        Args:
            paths: The files, within the project.
            scratch: An empty folder.
        """
        project = scratch / "project"
        lay_solution(self._task, project)
        for path in paths:
            (project / path).unlink()
        chain = self._chain(project, scratch, self._has_unit_tests)
        with chain.started():
            return all(step.status == "ok" for step in chain.state(days(1)).steps)

    def build(self, breaks: Sequence[Break], tables: Collection[str], scratch: Path) -> BrokenBuild | str:
        """Load and build on day 1.

        Args:
            breaks: The broken models.
            tables: Those to keep.
            scratch: An empty folder.

        Returns:
            What it left, or why it cannot be used.

        Raises:
            LockgateError: sqlfluff does not finish.
        """
        built = self.build_files({item.path: item.text for item in breaks}, tables, scratch)
        if isinstance(built, str):
            return built
        compiled = {item.mutant.model: built.relations[item.mutant.model]["compiled"] for item in breaks}
        if all(is_same_sql(compiled[b.mutant.model], b.mutant.sql, self._pinned_now) for b in breaks):
            return built
        return "cannot be written into the model's file"

    def build_files(
        self, files: Mapping[str, str], tables: Collection[str], scratch: Path, removed: Collection[str] = ()
    ) -> BrokenBuild | str:
        """Load and build on day 1, with some files of the project changed.

        Args:
            files: Path within the project -> text.
            tables: Those to keep.
            scratch: An empty folder.
            removed: Files that are taken away.

        Returns:
            What it left, or why it cannot be used.

        Raises:
            LockgateError: sqlfluff does not finish.
        """
        built = self.run_files(files, tables, scratch, [days(1)], removed)
        return built if isinstance(built, str) else built[days(1)]

    def run_files(
        self,
        files: Mapping[str, str],
        tables: Collection[str],
        scratch: Path,
        wanted: Sequence[Runs],
        removed: Collection[str] = (),
        *,
        has_unit_tests: bool | None = None,
    ) -> dict[Runs, BrokenBuild] | str:
        """Load and build several times, with some files of the project changed.

        Args:
            files: Path within the project -> text.
            tables: Those to keep.
            scratch: An empty folder.
            wanted: After which runs.
            removed: Files that are taken away.
            has_unit_tests: Whether unit tests are run, which takes a whole build; None = if there are any.

        Returns:
            What each left, or why it cannot be used.

        Raises:
            LockgateError: sqlfluff does not finish.
        """
        project = scratch / "project"
        lay_solution(self._task, project)
        for path, text in files.items():
            (project / path).write_text(text, encoding="utf-8")
        for path in removed:
            (project / path).unlink()
        if not self._is_clean(project, [path for path in files if path.endswith(".sql")], scratch / "logs"):
            return "sqlfluff finds fault with the line"
        chain = self._chain(project, scratch, self._has_unit_tests if has_unit_tests is None else has_unit_tests)
        built = {}
        with chain.started():
            for number, runs in enumerate(wanted):
                state = chain.state(runs)
                if any(step.status != "ok" for step in state.steps):
                    return "a data test or unit test was red"
                output = scratch / f"tables-{number}"
                built[runs] = BrokenBuild(output, chain.export(state, list(tables), output), state.relations)
        return built

    def _chain(self, project: Path, scratch: Path, has_unit_tests: bool) -> PipelineChain:
        """A chain that takes from the solution's run what is the same; all is built where there are unit tests."""
        dials, kept, logs = self._world.spec.dials(), scratch / "kept", scratch / "logs"
        kept.mkdir()
        if has_unit_tests:
            loads = solution_loads(self._task, dials, self._runtime, kept, no_timer)
            return PipelineChain(
                project, self._world, dials, self._runtime, scratch, logs, no_timer,
                kept=loads, command_of=lambda _runs: ["build"],
            )  # fmt: skip
        builds = solution_builds(self._task, dials, PipelineChain, self._runtime, kept, no_timer)
        return PipelineChain(
            project, self._world, dials, self._runtime, scratch, logs, no_timer,
            keeps_loads=True, kept=builds.loads if builds else None, builds=builds, is_ours=True,
        )  # fmt: skip

    def _is_clean(self, project: Path, paths: Sequence[str], logs: Path) -> bool:
        """Whether the world's sqlfluff has nothing to say of some files; true where the world has none."""
        config = project / "dbt" / CONFIG
        if not config.is_file():
            return True
        found = lint_project(project / "dbt", config, self._runtime, logs, SOLUTION)
        if isinstance(found, str):
            raise LockgateError(f"sqlfluff does not finish on {self._world.id}: {found}")
        return not any(found[path.removeprefix("dbt/")]["rules"] for path in paths)
