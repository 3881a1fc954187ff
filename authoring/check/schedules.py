"""The schedules that Dagster definitions must have."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import available_timezones

from authoring.check.context import CheckedTask
from authoring.check.findings import Finding
from authoring.check.source_text import text
from benchmark.orchestration import Schedule
from benchmark.yaml_files import line_of_key


def check_schedules(checked: CheckedTask) -> Iterator[Finding]:
    """Find schedules that no definitions can have."""
    spec = checked.task.spec.orchestration
    if spec is None or "orchestration" in checked.spec.lost:
        return
    for number, job in enumerate(spec.jobs):
        for problem in _problems(job.schedule) if job.schedule else ():
            message = f"job '{job.name}': {problem}"
            key = f"orchestration.jobs[{number}].schedule"
            yield Finding(checked.path, "LG515", message, key, line_of_key(text(checked.path), "orchestration"))


def _problems(schedule: Schedule) -> Iterator[str]:
    from dagster import DagsterInvalidDefinitionError, ScheduleDefinition

    if schedule.timezone not in available_timezones():
        yield f"there is no time zone '{schedule.timezone}'"
    try:
        ScheduleDefinition(name="nightly", job_name="nightly", cron_schedule=schedule.cron)
    except DagsterInvalidDefinitionError:
        yield f"'{schedule.cron}' is no cron expression of five fields that Dagster takes"
