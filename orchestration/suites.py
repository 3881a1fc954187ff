"""Suites: lists of tasks, each task in one version, that results can be named after."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmark.files import write_json_atomic
from benchmark.suites_file import NAME, FrozenSuite, SuitesFile, read_suites
from benchmark.task import Task
from evaluators.proof.content_hashes import ContentHasher
from orchestration.counted import counted
from orchestration.marked_page import require_page, write_below
from orchestration.task_counts import count_tasks

SUITES = {
    "demo": "Shows the whole machine in a minute.",
    "mini": "Ranks agents about as all tasks do, for a fraction of the cost.",
    "core": "The tasks that people wrote.",
    "full": "All tasks.",
}
"""Tag of its tasks -> what a suite is for."""


class SuiteNow(NamedTuple):
    """A suite as its tasks are now, beside what was written down."""

    name: str
    tasks: tuple[Task, ...]
    versions: Mapping[str, str]
    """Task -> its version now."""
    frozen: FrozenSuite | None

    @property
    def changes(self) -> list[str]:
        """How it differs from what was written down, a phrase each."""
        was = self.frozen.tasks if self.frozen else {}
        now = self.versions
        groups = {
            "new": now.keys() - was.keys(),
            "gone": was.keys() - now.keys(),
            "changed": {task for task in now.keys() & was.keys() if now[task] != was[task]},
        }
        return [f"{len(names)} {word}" for word, names in groups.items() if names]

    @property
    def last_version(self) -> int:
        """The version that was written down; 0 = none was."""
        return self.frozen.version if self.frozen else 0

    @property
    def version(self) -> int:
        """The version that it has, or would have if it were written down."""
        return self.last_version + bool(self.changes)

    def counts(self, by: str) -> dict[str, int]:
        """Number of tasks by `world`, `kind`, `difficulty` or `origin`, the largest first."""
        return count_tasks(self.tasks, by)


def suites_now(tasks: Sequence[Task], folder: Path) -> list[SuiteNow]:
    """Every suite that has tasks, or had some.

    Args:
        tasks: All tasks of a folder of worlds.
        folder: The folder.

    Raises:
        SpecError: What was written down is damaged.
    """
    frozen = read_suites(folder).suites
    hasher = ContentHasher()
    versions = {task.id: hasher.version(task) for task in tasks}
    found = []
    for name in SUITES:
        members = tuple(sorted((task for task in tasks if name in task.tags), key=lambda task: task.id))
        if members or name in frozen:
            found.append(SuiteNow(name, members, {task.id: versions[task.id] for task in members}, frozen.get(name)))
    return found


def freeze(suites: Iterable[SuiteNow], folder: Path, page: Path | None) -> None:
    """Write suites down as they are now, and the page that lists them.

    Args:
        suites: All of a folder of worlds.
        folder: The folder.
        page: Markdown below whose mark the lists are written; None = no page.

    Raises:
        LockgateError: The page cannot be written; then nothing is.
    """
    if page is not None:
        require_page(page)
    listed = list(suites)
    content = SuitesFile(suites={s.name: FrozenSuite(version=s.version, tasks=dict(s.versions)) for s in listed})
    write_json_atomic(folder / NAME, content.model_dump(mode="json"))
    if page is not None:
        write_below(page, _MARK, "Suites", _page(listed))


_MARK = "<!-- written by `lockgate suites --freeze` -->"


def _page(suites: Sequence[SuiteNow]) -> Iterator[str]:
    for suite in suites:
        yield f"## `{suite.name}`, version {suite.version}\n"
        yield f"{SUITES[suite.name]} {counted(len(suite.tasks), 'task')}.\n"
        yield "| by | tasks |"
        yield "|---|---|"
        for by in ("world", "kind", "difficulty", "origin"):
            yield f"| {by} | {', '.join(f'{name} {n}' for name, n in suite.counts(by).items())} |"
        yield ""
    yield "## Versions of the tasks\n"
    names = [suite.name for suite in suites if suite.name != "full"]
    yield f"| task | version | kind | {' | '.join(f'`{name}`' for name in names)} |"
    yield f"|{'---|' * (3 + len(names))}"
    for whole in (suite for suite in suites if suite.name == "full"):
        for task in whole.tasks:
            marks = " | ".join("x" if name in task.tags else "" for name in names)
            yield f"| `{task.id}` | `{whole.versions[task.id]}` | {task.spec.kind} | {marks} |"


def suite_of(versions: Mapping[str, str], folders: Iterable[Path]) -> str | None:
    """The suite that results are of: `core 3`; None where the tasks, or their versions, are of none.

    Args:
        versions: Task -> the version that was tried.
        folders: Of worlds.
    """
    for folder in folders:
        for name, suite in read_suites(folder).suites.items():
            if suite.tasks == dict(versions):
                return f"{name} {suite.version}"
    return None
