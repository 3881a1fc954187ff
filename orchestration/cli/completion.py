"""Names that the shell completes: runs, trials, tasks, agents. Never an error: what cannot be read is not offered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def complete_tasks(incomplete: str) -> Iterator[str]:
    """Ids of tasks, and `tag:` and `kind:` patterns."""
    from benchmark.errors import LockgateError
    from benchmark.registry import list_tasks

    try:
        tasks = list_tasks()
    except LockgateError:
        return
    patterns = {f"kind:{task.spec.kind}" for task in tasks} | {f"tag:{tag}" for task in tasks for tag in task.tags}
    yield from _beginning_with(incomplete, [*(task.id for task in tasks), *sorted(patterns)])


def complete_agents(incomplete: str) -> Iterator[str]:
    """Short names of agents."""
    from agents.registry import AGENTS

    yield from _beginning_with(incomplete, AGENTS)


def complete_runs(incomplete: str) -> Iterator[str]:
    """Ids of runs, the latest first, and `latest`."""
    from benchmark.run_store import list_runs

    yield from _beginning_with(incomplete, ["latest", *reversed(list_runs())])


def complete_results(incomplete: str) -> Iterator[str]:
    """Runs; after `RUN/`, its trials."""
    from benchmark.errors import LockgateError
    from orchestration.reports.lookup import find_run

    run_id, separator, _ = incomplete.partition("/")
    if not separator:
        yield from complete_runs(incomplete)
        return
    try:
        trials = find_run(run_id).read_plan().trials
    except LockgateError:
        return
    yield from _beginning_with(incomplete, [f"{run_id}/{trial.trial_id}" for trial in trials])


def complete_competitors(incomplete: str) -> Iterator[str]:
    """Competitors of all runs, and after `RUN/` those of one."""
    from benchmark.errors import LockgateError
    from benchmark.run_store import RunStore, list_runs
    from orchestration.reports.lookup import find_run

    run_id, separator, _ = incomplete.partition("/")
    try:
        stores = [find_run(run_id)] if separator else [RunStore(name) for name in list_runs()]
        found = [trial.competitor.name for store in stores for trial in store.read_plan().trials]
    except LockgateError:
        return
    before = f"{run_id}/" if separator else ""
    yield from _beginning_with(incomplete, dict.fromkeys(before + name for name in found))


def _beginning_with(incomplete: str, names: Iterable[str]) -> Iterator[str]:
    return (name for name in names if name.startswith(incomplete))
