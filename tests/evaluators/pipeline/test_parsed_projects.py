"""What dbt's parse of a solution left is what its jobs go by: they parse nothing that did not change."""

from pathlib import Path
from typing import Any

import pytest

from benchmark.registry import get_task
from benchmark.workspace import lay_solution
from evaluators.pipeline.loads import WAREHOUSE
from evaluators.pipeline.parsed_projects import COMPILED_BESIDE, PARSED, lay_parse
from runtime.dbt.clock import clock_environment
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, Limits

TASK = get_task("flights_report_contract")


@pytest.mark.parametrize("job", ["build", "data tests"])
def test_a_job_parses_only_what_changed(tmp_path: Path, runtime: ForkRuntime, job: str) -> None:
    project = tmp_path / "project"
    dbt = project / "dbt"
    lay_solution(TASK, project)
    clock = clock_environment(TASK.world.pinned_now(TASK.world.spec.dials(0)))
    lay_parse(project, runtime, clock, for_data_tests=job == "data tests")
    parsed = (dbt / "target" / PARSED).read_bytes()
    (dbt / "data").mkdir()
    arguments: dict[str, dict[str, Any]] = {
        "build": {"warehouse": f"../{WAREHOUSE}", "command": ["compile", "--select", "flights", "--quiet"]},
        "data tests": {"tables": list(TASK.scored_tables)},
    }
    request = ChildRequest(
        entry={"build": "runtime.jobs.build:run", "data tests": "runtime.jobs.data_tests:compile_tests"}[job],
        arguments={**arguments[job], "now": clock["PINNED_NOW"]},
        directory=dbt,
        log_path=tmp_path / "log",
        environment={**clock, "WAREHOUSE_PATH": f"../{WAREHOUSE}" if job == "build" else COMPILED_BESIDE},
        limits=Limits(wall_seconds=300),
    )
    assert runtime.run(request).status == "ok"
    assert (dbt / "target" / PARSED).read_bytes() == parsed
    with (dbt / "models/marts/core/flights.sql").open("a") as file:
        file.write("\n-- changed\n")
    assert runtime.run(request).status == "ok"
    assert (dbt / "target" / PARSED).read_bytes() != parsed, "dbt writes the file where it parses something"
