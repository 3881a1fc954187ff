"""The levels of a check: *spec* reads files, *build* builds on two seeds, *trial* runs oracle and idle agent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from authoring.check.check import Report
from authoring.check.findings import Finding, ordered
from benchmark.errors import LockgateError
from benchmark.registry import read_catalogue
from benchmark.task import Task
from benchmark.world import World

LEVELS = ("spec", "build", "trial")

Trial = Callable[[Sequence[Task]], list[Finding]]
"""Runs oracle and idle agent on tasks and says what is not as it must be."""


def check_further(report: Report, folders: Sequence[Path], level: str, trial: Trial) -> Report:
    """Go on where the files are right.

    Args:
        report: Of the level *spec*.
        folders: Worlds and tasks that were asked for.
        level: The last one, of `LEVELS`.
        trial: For the level *trial*.

    Returns:
        The report with further findings. A task, or a world, with an error in its files is not built.
    """
    if level == "spec":
        return report
    from authoring.check.build_level import check_task_builds, check_world_builds, check_world_data, problem_of
    from runtime.fork_client import ForkRuntime

    catalogue = read_catalogue()
    known = {world.folder for world in catalogue.worlds} | {broken.folder for broken in catalogue.broken_worlds}
    if strange := next((folder for folder in folders if not known & {folder, *folder.parents}), None):
        raise LockgateError(f"{strange} is not among the worlds that are run: let LOCKGATE_PROJECTS name its folder.")
    wrong = [finding.path for finding in report.findings if not finding.is_warning]
    tasks = [task for task in catalogue.tasks if _is_chosen(task.folder, folders) and _is_right(task, wrong)]
    alone = [world for world in catalogue.worlds if world.folder in folders and not _tasks_of(world, catalogue.tasks)]
    findings: list[Finding] = []
    for world in {world.id: world for world in (*alone, *(task.world for task in tasks))}.values():
        if not _world_errors(world, wrong):
            findings += check_world_data(world)
    for world in alone:
        if not _world_errors(world, wrong):
            findings += check_world_builds(world)
    if tasks:
        with ForkRuntime() as runtime:
            for task in tasks:
                try:
                    findings += check_task_builds(task, runtime)
                except LockgateError as error:
                    findings.append(problem_of(task.folder / "task.yaml", error))
    if level == "trial":
        broken = {finding.path.parent for finding in findings}
        findings += trial([task for task in tasks if task.folder not in broken])
    return report._replace(findings=tuple(ordered([*report.findings, *findings])))


def _tasks_of(world: World, tasks: Sequence[Task]) -> list[Task]:
    return [task for task in tasks if task.world.id == world.id]


def _is_chosen(folder: Path, folders: Sequence[Path]) -> bool:
    return any(folder == chosen or chosen in folder.parents for chosen in folders)


def _is_right(task: Task, wrong: Sequence[Path]) -> bool:
    own = any(path == task.folder or task.folder in path.parents for path in wrong)
    return not own and not _world_errors(task.world, wrong)


def _world_errors(world: World, wrong: Sequence[Path]) -> bool:
    """Whether a world's own files have an error; those of its tasks do not count."""
    tasks = world.folder / "tasks"
    return any((path == world.folder or world.folder in path.parents) and tasks not in path.parents for path in wrong)
