"""The suite of a leaderboard: the tasks of one tag, each in one version."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from benchmark.errors import LockgateError, UnknownNameError
from benchmark.registry import list_tasks, select
from benchmark.run_store import RunPlan
from benchmark.task import Task
from evaluators.proof.content_hashes import ContentHasher
from orchestration.publication.broken_rules import BrokenRule, listed
from orchestration.publication.index import Leaderboard, PublishedTask


def choose_suite(wanted: str | None, board: Leaderboard | None, plans: Sequence[RunPlan]) -> str:
    """Choose the tag whose tasks a leaderboard is about.

    Args:
        wanted: What the person asked for.
        board: The leaderboard, where there is one: its suite never changes.
        plans: Runs; a new leaderboard is about the tag whose tasks are exactly theirs, if there is one such tag.

    Raises:
        LockgateError: It is another one than the leaderboard's, there is no such tag, or nothing says which one.
    """
    if board is not None:
        if wanted not in (None, board.suite):
            raise LockgateError(
                f"The leaderboard is of suite {board.suite}, not {wanted}. Leave --suite out, or give another folder."
            )
        return board.suite
    own, every = _tags(lambda task: task.spec.tags), _tags(lambda task: task.tags)
    if wanted is not None:
        if wanted not in every:
            raise UnknownNameError("suite (a tag of tasks)", wanted, sorted(every))
        return wanted
    tried = {trial.task for plan in plans for trial in plan.trials}
    fitting = sorted(tag for tag, tasks in own.items() if tasks == tried)
    if len(fitting) == 1:
        return fitting[0]
    if not fitting and (whole := [tag for tag in ("full", "core") if every.get(tag) == tried]):
        return whole[0]
    wider = sorted((len(tasks), tag) for tag, tasks in every.items() if tried < tasks)
    if tried and wider and not fitting:
        n_tasks, tag = wider[0]
        raise LockgateError(
            f"No tag has exactly the tasks of these runs ({len(tried)}). Tag {tag} has them and "
            f"{n_tasks - len(tried)} more: {listed(sorted(every[tag] - tried))}. A leaderboard is about all tasks of a "
            f"tag. Try them all: lockgate run -t tag:{tag} -a AGENT."
        )
    why = f"{len(fitting)} tags have" if fitting else "No tag has"
    named = f" ({', '.join(fitting)})" if fitting else ""
    raise LockgateError(f"{why} exactly the tasks of these runs{named}. Say which suite it is: --suite TAG.")


def suite_tasks(tag: str) -> tuple[PublishedTask, ...]:
    """The tasks of a tag as they are here, with their versions.

    Raises:
        LockgateError: A task cannot be read.
    """
    found = select([f"tag:{tag}"])
    if found.broken:
        raise LockgateError(f"Suite {tag} is not whole here. {found.broken[0]}")
    tasks = sorted(found.tasks, key=lambda task: task.id)
    hasher = ContentHasher()
    return tuple(PublishedTask(task=task.id, version=hasher.version(task)) for task in tasks)


def version_rules(board: Leaderboard, here: Iterable[PublishedTask]) -> list[BrokenRule]:
    """Say which tasks are not here in the version of a leaderboard."""
    ours, theirs = {entry.task: entry.version for entry in here}, board.versions
    return [
        BrokenRule(f"suite {board.suite}", f"{text}: {listed(names)}. {advice}")
        for text, names, advice in (
            ("tasks are in another version here than in the leaderboard", _changed(ours, theirs), _CHANGED),
            ("tasks of the leaderboard are not in the suite here", sorted(theirs.keys() - ours.keys()), _CHANGED),
            ("tasks of the suite are not in the leaderboard", sorted(ours.keys() - theirs.keys()), _CHANGED),
        )
        if names
    ]


_CHANGED = (
    "Take the version of Lockgate (and of its packages) that the leaderboard was made with, or begin a new folder for "
    "the new version of the suite."
)


def _changed(ours: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    return sorted(task for task in ours.keys() & theirs.keys() if ours[task] != theirs[task])


def _tags(tags_of: Callable[[Task], Iterable[str]]) -> dict[str, set[str]]:
    tags: dict[str, set[str]] = {}
    for task in list_tasks():
        for tag in tags_of(task):
            tags.setdefault(tag, set()).add(task.id)
    return tags
