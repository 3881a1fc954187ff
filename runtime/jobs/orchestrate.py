"""Jobs of the workspace's Dagster definitions, in a child. By hand: `python -m runtime.jobs.orchestrate JOB [DAY]`."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmark.errors import LockgateError
from benchmark.orchestration import DEFINITIONS

if TYPE_CHECKING:
    from dagster import Definitions, JobDefinition, PartitionsDefinition, RepositoryDefinition
    from dagster.components.definitions import LazyDefinitions

_TOLD = {
    "STEP_START": "started",
    "STEP_SUCCESS": "succeeded",
    "STEP_FAILURE": "failed",
    "STEP_SKIPPED": "skipped",
    "STEP_UP_FOR_RETRY": "failed, to be tried again",
}
"""Events that are told, and how."""
MAX_EVENTS = 5_000


def run(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Start jobs of the definitions in the current folder, one after the other, in this process.

    Args:
        arguments: `jobs`: pairs of a job's name and the partition keys for which it is started, one after the other;
            no keys = it is started once, without a partition.

    Returns:
        `error`: why the definitions cannot be loaded; empty = they can. `jobs`, `schedules`, `assets`: what the
        definitions say of themselves. `runs`: each job and partition, and how it ended. `events`: pairs of a step and
        what became of it, in order, the first `MAX_EVENTS`.
    """
    said: dict[str, Any] = {"error": "", "jobs": [], "schedules": [], "assets": [], "runs": [], "events": []}
    try:
        repository = load_definitions(Path.cwd()).get_repository_def()
        said |= describe(repository)
    except Exception as error:  # noqa: BLE001 - code of the workspace, which may raise anything
        said["error"] = f"{DEFINITIONS} cannot be loaded: {type(error).__name__}: {error}"
        return said
    for name, partitions in arguments["jobs"]:
        for partition in partitions or [None]:
            result = run_job(repository, name, partition, said["events"])
            print(f"{name} {partition or ''}: {result}")  # noqa: T201 - the log
            said["runs"].append(result)
    return said


def load_definitions(workspace: Path) -> Definitions:
    """The one `Definitions` object of the workspace, or what its function under `@dagster.definitions` returns.

    As in Dagster, such a function goes before objects.

    Raises:
        LockgateError: There is none, or more than one.
    """
    import dagster
    from dagster.components.definitions import LazyDefinitions

    path = workspace / DEFINITIONS
    if not path.is_file():
        raise LockgateError(f"there is no file {DEFINITIONS}")
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location("definitions", path)
    assert spec is not None, "a Python file has a spec"
    assert spec.loader is not None, "a Python file has a loader"
    module = importlib.util.module_from_spec(spec)
    sys.modules["definitions"] = module
    spec.loader.exec_module(module)
    values = list(vars(module).values())
    functions = [value for value in values if isinstance(value, LazyDefinitions)]
    if len(functions) > 1:
        raise LockgateError(f"{len(functions)} functions under @definitions; one is needed")
    if functions:
        return _made_by(functions[0])
    found = [value for value in values if isinstance(value, dagster.Definitions)]
    if len(found) != 1:
        raise LockgateError(f"{len(found)} Definitions objects at the top of the module; one is needed, such as `defs`")
    return found[0]


def _made_by(function: LazyDefinitions[Definitions]) -> Definitions:
    import dagster

    made = function()
    if not isinstance(made, dagster.Definitions):
        raise LockgateError(f"the function under @definitions returns a {type(made).__name__}, no Definitions object")
    return made


def describe(repository: RepositoryDefinition) -> dict[str, Any]:
    """What definitions say of themselves: jobs, schedules, assets."""
    return {
        "jobs": [_job(job) for job in repository.get_all_jobs() if not job.name.startswith("__")],
        "schedules": [
            {
                "job": schedule.job_name,
                "crons": [schedule.cron_schedule]
                if isinstance(schedule.cron_schedule, str)
                else list(schedule.cron_schedule),
                "timezone": schedule.execution_timezone or "UTC",
            }
            for schedule in repository.schedule_defs
        ],
        "assets": [
            {
                "key": node.key.to_user_string(),
                "is_daily": _is_daily(node.partitions_def),
                "parents": sorted(key.to_user_string() for key in node.parent_keys),
                "checks": sorted(check.name for check in node.check_keys),
            }
            for node in repository.asset_graph.asset_nodes
        ],
    }


def _job(job: JobDefinition) -> dict[str, Any]:
    keys = sorted(key.to_user_string() for key in job.asset_layer.executable_asset_keys)
    return {"name": job.name, "is_daily": _is_daily(job.partitions_def), "assets": keys}


def _is_daily(partitions: PartitionsDefinition[Any] | None) -> bool:
    from dagster import TimeWindowPartitionsDefinition

    return isinstance(partitions, TimeWindowPartitionsDefinition) and bool(partitions.is_basic_daily)


def run_job(
    repository: RepositoryDefinition, name: str, partition: str | None, events: list[list[str]]
) -> dict[str, Any]:
    """Start a job once, in this process.

    Args:
        repository: Of the definitions.
        name: Of the job.
        partition: Its key; None = none.
        events: What becomes of each step is added here.
    """
    import dagster

    result: dict[str, Any] = {"job": name, "partition": partition or "", "is_success": False, "failures": []}
    try:
        with dagster.DagsterInstance.ephemeral() as instance:
            outcome = repository.get_job(name).execute_in_process(
                partition_key=partition, instance=instance, raise_on_error=False
            )
    except Exception as error:  # noqa: BLE001 - code of the workspace, which may raise anything
        result["failures"] = [f"{type(error).__name__}: {error}"]
        return result
    for event in outcome.all_events:
        if event.event_type_value in _TOLD and len(events) < MAX_EVENTS:
            events.append([str(event.step_key), _TOLD[event.event_type_value]])
    result["is_success"] = bool(outcome.success)
    result["failures"] = [_why(event) for event in outcome.all_events if event.event_type_value == "STEP_FAILURE"][:20]
    return result


def _why(event: Any) -> str:
    """The step, and the innermost reason of its failure."""
    error = getattr(event.step_failure_data, "error", None)
    while error is not None and error.cause is not None:
        error = error.cause
    return " ".join(f"{event.step_key}: {error.message if error else event.message}".split())[:1_000]


def main(arguments: Sequence[str]) -> int:
    """Start one job by hand; returns 0 when every run succeeded, else 1."""
    if not arguments:
        print("usage: python -m runtime.jobs.orchestrate JOB [DAY...]", file=sys.stderr)  # noqa: T201 - a command
        return 2
    said = run({"jobs": [(arguments[0], list(arguments[1:]))]})
    for step, what in said["events"]:
        print(f"{step}: {what}")  # noqa: T201
    problems = [said["error"], *(text for result in said["runs"] for text in result["failures"])]
    for text in filter(None, problems):
        print(text, file=sys.stderr)  # noqa: T201
    return 0 if said["runs"] and all(result["is_success"] for result in said["runs"]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
