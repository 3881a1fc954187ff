"""Source systems from run to run, with real servers."""

import urllib.request
from pathlib import Path

from benchmark.generator_parameters import Dials
from benchmark.registry import get_world
from evaluators.pipeline.source_systems import SystemsOfSeed
from evaluators.scenarios import PipelineRun
from tests.helpers.source_calls import files, rows

_READS = "select seq_scan from pg_stat_user_tables where relname = 'schedules'"


def _request(environment: dict[str, str]) -> int:
    address = f"{environment['WEATHER_URL']}/v1/stations"
    request = urllib.request.Request(address, headers={"X-API-Key": environment["WEATHER_API_KEY"]})
    with urllib.request.urlopen(request, timeout=5) as response:
        status: int = response.status
        return status


def test_no_run_sees_what_an_earlier_one_did(tmp_path: Path) -> None:
    with SystemsOfSeed(get_world("flights"), Dials(1, 2), tmp_path / "systems") as systems:
        systems.bring_to(PipelineRun(1))
        fresh = rows(systems.environment, _READS)
        shown = files(systems.environment)
        for run in (PipelineRun(1), PipelineRun(2), PipelineRun(2)):
            rows(systems.environment, "select count(*) from ops.schedules where tail_number like '%1'")
            assert rows(systems.environment, _READS) != fresh
            assert _request(systems.environment) == 200
            (Path(systems.environment["REFERENCE_DIR"]) / "left.parquet").write_text("left")
            systems.bring_to(run)
            assert rows(systems.environment, _READS) == fresh
            assert set(files(systems.environment)) >= set(shown)
            assert "left.parquet" not in files(systems.environment)
