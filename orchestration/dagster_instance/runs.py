"""Executing a job of the definitions as a Dagster run that the UI knows as its own.

The only module that uses parts of Dagster that are not public; Dagster is pinned to one minor version.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import dagster as dg
from dagster._core.definitions.reconstruct import ReconstructableJob, ReconstructableRepository
from dagster._core.execution.api import execute_run
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin

MODULE = "orchestration.definitions"
REPOSITORY = "__repository__"
"""Dagster's name for a location's only repository."""
REPOSITORY_TAG = {".dagster/repository": f"{REPOSITORY}@{MODULE}"}
"""With this tag a job's page finds its runs; runs made by `dagster job execute` lack it."""


@lru_cache
def reconstructable_job(name: str) -> ReconstructableJob:
    """A job of the definitions; it is resolved here, once per process."""
    job = ReconstructableRepository.for_module(MODULE, "defs").get_reconstructable_job(name)
    job.get_definition()
    return job


def execute_job(
    name: str, instance: dg.DagsterInstance, run_config: Mapping[str, Any], tags: Mapping[str, str]
) -> dg.JobExecutionResult:
    """Execute a job in this process as one Dagster run; a run that fails does not raise.

    Args:
        name: The job.
        instance: Where the run is stored.
        run_config: Of the job.
        tags: Of the run.
    """
    job = reconstructable_job(name)
    location = ManagedGrpcPythonEnvCodeLocationOrigin(
        LoadableTargetOrigin(executable_path=None, module_name=MODULE), location_name=MODULE
    )
    run = instance.create_run_for_job(
        job.get_definition(),
        run_config=run_config,
        tags=tags,
        job_code_origin=job.get_python_origin(),
        remote_job_origin=RemoteJobOrigin(RemoteRepositoryOrigin(location, REPOSITORY), name),
    )
    return execute_run(job, run, instance)


def failure_reason(result: dg.JobExecutionResult) -> str:
    """Why a run failed, one paragraph."""
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            cause = error.cause if error and error.cause else error
            return " ".join(cause.message.split()) if cause else "The step failed."
        if event.is_failure and event.message:
            return " ".join(event.message.split())
    return "The run failed without a reason."
