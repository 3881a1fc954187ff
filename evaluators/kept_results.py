"""Results of submissions that were evaluated before, kept under a hash of everything that they follow from.

Kept is only what is certain to come out again: of the solution, of the task's start, which is ours as well, and of
submissions that differ from the solution in plain models alone (`evaluators.pipeline.plain`), in which nothing can ask
for chance, a file, the network or another time than the pinned one. Many trials have such a submission in common:
another attempt of the idle agent, a rollout that changed nothing, a fix that two models found. Everything else is run
anew in each trial, so that one that comes out otherwise shows.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter, ValidationError

from benchmark.cache import read_entry, write_entry
from benchmark.file_tree import start_files
from benchmark.generator_parameters import Dials
from benchmark.paths import cache_dir
from benchmark.scorecard import ScenarioResult, Verdict
from benchmark.task import Task
from benchmark.versions import tool_versions
from evaluators.compare.verdict import UNREADABLE
from evaluators.pipeline.kept_builds import NOT_RUN, KeptBuilds, project_contents
from evaluators.pipeline.plain.jinja import NotPlainError
from evaluators.pipeline.reading import read_differences
from evaluators.pipeline.run_keys import code_hash
from evaluators.pipeline.short_ways import takes_short_ways
from evaluators.proof.content_hashes import ContentHasher
from evaluators.scenarios import Runs

CODE = ("benchmark", "evaluators", "runtime", "sources")
"""Our code that verdicts may depend on; a change anywhere in it has everything run again."""
_ENDED = ("ok", "failed")
T = TypeVar("T")
_RESULTS = TypeAdapter(tuple[ScenarioResult, ...])


class KeptResults:
    """The results of one submission in the cache."""

    def __init__(
        self, task: Task, project: Path, sandbox: str, scenarios: Sequence[str], dials: Sequence[Dials]
    ) -> None:
        """Find out where they are.

        Args:
            task: The task.
            project: The submitted pipeline; nothing has run in it.
            sandbox: Where it runs.
            scenarios: Names of those that are asked for.
            dials: Of the visible data and of the holdout data.
        """
        self._scenarios = sorted(scenarios)
        content = {"scenarios": list(scenarios), "dials": [asdict(one) for one in dials]}
        self._entry = kept_entry("results", task, project, sandbox, content)

    def take(self) -> tuple[ScenarioResult, ...] | None:
        """What is kept; None = nothing."""
        found = read_kept(self._entry, _RESULTS)
        if found is None or sorted(result.scenario for result in found) != self._scenarios:
            return None
        return found

    def keep(self, results: tuple[ScenarioResult, ...]) -> None:
        """Keep results of a submission that is certain to give them again (`comes_out_again`).

        What a limit cut off, of the submission or of what judges it, is not kept: it may come further the next time.
        """
        if self._entry and all(map(_came_to_its_end, results)):
            write_entry(self._entry, _RESULTS.dump_json(results).decode())


def was_read(verdict: Verdict) -> bool:
    """Whether a table was judged by what it holds: one that cannot be read now may only have met a limit."""
    return verdict.kind != "not_built" or UNREADABLE not in verdict.summary


def _came_to_its_end(result: ScenarioResult) -> bool:
    return (
        all(step.status in _ENDED for step in result.steps)
        and all(was_read(verdict) for table in result.tables for verdict in (table.verdict, table.component))
        and not any(expectation.error for expectation in result.expectations)
        and not (result.work and result.work.problem)
    )


def kept_entry(kind: str, task: Task, project: Path, sandbox: str, more: Mapping[str, object]) -> Path | None:
    """Where verdicts about a submission are kept; None = the long way is asked for.

    Args:
        kind: A folder of the cache.
        task: The task.
        project: The submitted pipeline.
        sandbox: Where it runs.
        more: What these verdicts depend on beside what all of them do; JSON.
    """
    if not takes_short_ways():
        return None
    hashes = ContentHasher().hashes(task)
    content = {
        "project": {name: hashlib.sha256(content).hexdigest() for name, content in project_contents(project).items()},
        "task": hashes.task,
        "world": hashes.world,
        "tables": {name: spec.model_dump(mode="json") for name, spec in task.scored_tables.items()},
        "sandbox": sandbox,
        "code": code_hash(CODE),
        "versions": tool_versions(),
        **more,
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:32]
    return cache_dir() / kind / f"{digest}.json"


def files_beside(project: Path) -> dict[str, str]:
    """Hashes of the files that no pipeline needs, though code that is not plain could read them.

    Args:
        project: The submitted pipeline.
    """
    paths = ((name, project / name) for name in sorted(NOT_RUN))
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in paths if path.is_file()}


def read_kept(entry: Path | None, kind: TypeAdapter[T]) -> T | None:
    """What is kept in an entry of `kept_entry`; None = nothing that can be read."""
    text = read_entry(entry) if entry else None
    if text is None:
        return None
    try:
        return kind.validate_json(text)
    except ValidationError:  # somebody changed it, or the disk did
        return None


def comes_out_again(
    task: Task, project: Path, seeds: Sequence[tuple[KeptBuilds | None, Sequence[Runs]]], log_path: Path
) -> bool:
    """Whether a pipeline is certain to leave the same tables each time that it runs.

    Args:
        task: The task.
        project: The submitted pipeline; nothing has run in it.
        seeds: The solution's runs on one seed (None = they are not kept), and the runs that were asked for.
        log_path: Receives what comparing the two says.
    """
    builds, wanted = seeds[0]
    if builds is None or not (
        builds.is_solution(project)
        or (_is_start(task, project) and builds.loads.fits(project))
        or _is_plain(project, builds, wanted[0], log_path)
    ):
        return False
    return all(builds is not None and builds.get(runs) for builds, wanted in seeds for runs in wanted)


def _is_start(task: Task, project: Path) -> bool:
    """Whether a submission is the task's start in every file that a run could read."""
    start = {name: path for name, path in start_files(task).items() if name not in NOT_RUN}
    found = project_contents(project)
    return found.keys() == start.keys() and all(found[name] == path.read_bytes() for name, path in start.items())


def _is_plain(project: Path, builds: KeptBuilds, runs: Runs, log_path: Path) -> bool:
    """Whether a submission differs from the solution in plain models alone."""
    if (kept := builds.get(runs)) is None:
        return False
    names = [name for key, node in kept.relations.items() for name in (key, *node["parents"])]
    schemas = {name.partition(".")[0].lower() for name in names}
    try:
        read_differences(project, builds.project, kept.graph, schemas, builds.runtime, log_path)
    except NotPlainError:
        return False
    return True
