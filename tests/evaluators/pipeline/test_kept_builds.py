"""Which submissions are the solution, so that what its runs left is theirs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from benchmark.scorecard import StepResult
from benchmark.workspace import apply_submission, lay_solution
from evaluators.pipeline.kept_builds import KeptBuilds, solution_builds
from evaluators.pipeline.kept_loads import is_repeatable
from evaluators.pipeline.runner import PipelineChain
from evaluators.scenarios import PipelineRun, days
from runtime.fork_client import ForkRuntime

TASK = get_task("flights_rough_nights")


@pytest.fixture
def kept(tmp_path: Path) -> KeptBuilds:
    folder = tmp_path / "kept"
    found = solution_builds(TASK, Dials(0, 14), PipelineChain, ForkRuntime(), folder, lambda *_: None)
    assert found is not None
    return found


def test_the_solution_with_a_ticket_beside_it_is_the_solution(kept: KeptBuilds, tmp_path: Path) -> None:
    apply_submission(TASK, b"", tmp_path / "submission")
    assert not kept.is_solution(tmp_path / "submission"), "the start is not the solution"
    lay_solution(TASK, tmp_path / "submission")
    assert (tmp_path / "submission/TICKET.md").is_file()
    assert kept.is_solution(tmp_path / "submission")


@pytest.mark.parametrize(
    "change",
    [
        lambda project: (project / "dbt/models/more.sql").write_text("select 1"),
        lambda project: (project / "dbt/dbt_project.yml").open("a").write("\n"),
        lambda project: (project / "dbt/target").mkdir() or (project / "dbt/target/manifest.json").write_text("{}"),
        lambda project: (project / "dbt/x.pyc").write_text(""),
        lambda project: (project / "data.csv").write_text(""),
        lambda project: (project / "warehouse.duckdb").write_text(""),
        lambda project: (project / "docs/sources.md").unlink(),
        lambda project: (project / "link").symlink_to("el/weather.yaml"),
    ],
)
def test_any_other_file_counts(kept: KeptBuilds, tmp_path: Path, change: Callable[[Path], object]) -> None:
    lay_solution(TASK, tmp_path / "submission")
    change(tmp_path / "submission")
    assert not kept.is_solution(tmp_path / "submission")


@pytest.mark.parametrize(
    ("status", "runs", "is_kept"),
    [
        ("ok", days(1), True),
        ("failed", days(1), False),
        ("failed", (PipelineRun(1), PipelineRun(2, "faults")), True),
        ("timeout", (PipelineRun(1), PipelineRun(2, "faults")), False),
        ("killed", days(1, 2), False),
    ],
)
def test_a_failure_that_may_be_chance_is_not_kept(status: str, runs: tuple[PipelineRun, ...], is_kept: bool) -> None:
    assert is_repeatable(StepResult(name="load", status=status), runs) is is_kept
