"""Small dbt projects, built by the real jobs."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult, Limits
from tests.helpers.small_project import NOW, PROJECT

RunJob = Callable[..., ChildResult]


@pytest.fixture(scope="session")
def run_job(servers: ForkRuntime) -> RunJob:
    """Runs an entry in the folder `dbt` of a workspace, with files written there first."""

    def run(
        folder: Path, entry: str, arguments: Mapping[str, Any], files: Mapping[str, str] | None = None
    ) -> ChildResult:
        directory = folder / "dbt"
        directory.mkdir(parents=True, exist_ok=True)
        for name, text in (files or {}).items():
            path = directory / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        json.dumps(arguments)
        limits = Limits(wall_seconds=120)
        environment = {"PINNED_NOW": NOW, "PINNED_DATE": NOW[:10]}
        return servers.run(ChildRequest(entry, arguments, directory, folder / "job.log", environment, limits))

    return run


@pytest.fixture(scope="session")
def build(run_job: RunJob) -> Callable[..., dict[str, Any]]:
    """Builds a project and returns the job's answer, which must be of the job's shape."""

    def run(folder: Path, files: Mapping[str, str], **arguments: Any) -> dict[str, Any]:
        from runtime.jobs.schemas import checked

        given = {"now": NOW, "warehouse": "../w.duckdb", **arguments}
        result = checked(run_job(folder, "runtime.jobs.build:run", given, {**PROJECT, **files}), "build")
        assert result.status == "ok", (result.message, (folder / "job.log").read_text()[-2000:])
        answer: dict[str, Any] = result.value
        return answer

    return run
