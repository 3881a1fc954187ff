"""What Dagster definitions say of themselves, held against what the task asks. Their own words: see docs/scores.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmark.border import reading
from benchmark.errors import SubmissionError
from benchmark.orchestration import OrchestrationSpec, Schedule
from benchmark.scorecard import DefinitionCheck
from evaluators.scoring.schedule_meaning import cron_meaning, is_same_zone
from evaluators.scoring.scores import tables_above


def check_definitions(spec: OrchestrationSpec, said: Mapping[str, Any] | None) -> tuple[DefinitionCheck, ...]:
    """One check for each kind of thing that is asked for.

    Args:
        spec: What the task asks.
        said: The answer of `runtime.jobs.orchestrate`; None = there was none.
    """
    if said is None or said["error"]:
        why = said["error"] if said else "the definitions gave no answer"
        return (DefinitionCheck(name="definitions", is_success=False, message=why),)
    try:
        with reading("What the definitions say of themselves"):
            found = {"definitions": "", **dict(_missing(spec, said))}
    except SubmissionError as error:
        return (DefinitionCheck(name="definitions", is_success=False, message=str(error)),)
    return tuple(DefinitionCheck(name=name, is_success=not why, message=why) for name, why in found.items())


def _missing(spec: OrchestrationSpec, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Name of a check, and what is missing; empty = nothing is."""
    jobs = {job["name"]: job for job in said["jobs"]}
    yield "jobs", _listed("there is no job", [job.name for job in spec.jobs if job.name not in jobs])
    in_days = [job.name for job in spec.jobs if job.partitions != "none"]
    if in_days:
        wrong = [name for name in in_days if name in jobs and not jobs[name]["is_daily"]]
        started = {key for name in in_days if name in jobs for key in jobs[name]["assets"]}
        undated = [asset["key"] for asset in said["assets"] if not asset["is_daily"]]
        wrong += [key for key in undated if key in started and key in spec.assets]
        yield "partitions", _listed("not partitioned by day:", wrong)
    if any(job.schedule for job in spec.jobs):
        yield "schedules", _listed("no schedule as asked for:", _unscheduled(spec, said))
    parents = {asset["key"]: tuple(asset["parents"]) for asset in said["assets"]}
    if spec.assets:
        yield "assets", _listed("there is no asset", [key for key in spec.assets if key not in parents])
    if any(spec.assets.values()):
        above = {key: tables_above(parents, key) for key in spec.assets if key in parents}  # of all it is too much
        lost = [
            f"{other} is not upstream of {key}"
            for key, others in spec.assets.items()
            for other in others
            if key in parents and other not in above[key]
        ]
        yield "dependencies", "; ".join(lost)
    if spec.checks:
        checked = {asset["key"] for asset in said["assets"] if asset["checks"]}
        yield "asset_checks", _listed("no asset check on", [key for key in spec.checks if key not in checked])


def _unscheduled(spec: OrchestrationSpec, said: Mapping[str, Any]) -> list[str]:
    return [
        job.name
        for job in spec.jobs
        if job.schedule and not any(_starts_as_asked(job.name, job.schedule, found) for found in said["schedules"])
    ]


def _starts_as_asked(job: str, asked: Schedule, found: Mapping[str, Any]) -> bool:
    """Whether a schedule of the definitions starts the job then, in whichever words."""
    return (
        found["job"] == job
        and any(cron_meaning(cron) == cron_meaning(asked.cron) for cron in found["crons"])
        and is_same_zone(found["timezone"], asked.timezone)
    )


def _listed(what: str, names: list[str]) -> str:
    return f"{what} {', '.join(names)}" if names else ""
