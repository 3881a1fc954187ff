"""Which submissions are the solution, so that what its runs left is theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from benchmark.file_tree import solution_files, world_files
from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from benchmark.scorecard import StepResult
from benchmark.task import Task
from benchmark.workspace import apply_submission, lay_solution
from evaluators.pipeline.gold import get_gold
from evaluators.pipeline.kept_builds import BUILT, KeptBuild, KeptBuilds, near_builds, note_repeated, solution_builds
from evaluators.pipeline.kept_loads import is_repeatable, solution_loads
from evaluators.pipeline.loads import no_timer
from evaluators.pipeline.runner import PipelineChain
from evaluators.proof.determinism import differences_of_repeat
from evaluators.scenarios import PipelineRun, days
from runtime.fork_client import ForkRuntime
from tests.helpers.kiosk.world import FILES, write_kiosk

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


NEAR = {
    "project/dbt/models/marts/cake.sql": "select * from {{ source('raw_kiosk', 'sales') }} where item = 'cake'\n",
    "project/dbt/models/marts/shelves.sql": "select shelf, count(*) as n from {{ source('raw_kiosk', 'items') }}\n"
    "group by shelf\n",
    "project/dbt/models/marts/_marts.yml": "models: [{name: shelves, columns: [{name: shelf, data_tests: [unique]}]}]",
    "tasks/kiosk_sales/solution/el/kiosk.yaml": FILES["project/el/kiosk.yaml"],
    "tasks/kiosk_sales/solution/dbt/models/takings.sql": FILES["project/dbt/models/takings.sql"],
    "tasks/kiosk_sales/solution/dbt/models/marts/cake.sql": "select item from {{ source('raw_kiosk', 'sales') }}\n",
    "tasks/kiosk_sales/solution/dbt/models/marts/_cake.yml": "models:\n"
    "  - {name: cake, columns: [{name: item, data_tests: [not_null]}]}\n",
}


class Solutions(NamedTuple):
    """The runs of a world's pipeline and of a solution that differs from it in one model, on the first day."""

    task: Task
    runtime: ForkRuntime
    world: KeptBuilds
    solution: KeptBuilds
    logs: Path

    def said(self) -> str:
        """What the logs of the solution's builds say."""
        return "".join(path.read_text() for path in sorted(self.logs.glob("*build.log")))


@contextmanager
def solutions(folder: Path, home: str, runtime: ForkRuntime, monkeypatch: pytest.MonkeyPatch) -> Iterator[Solutions]:
    """Both, with a cache of their own."""
    monkeypatch.setenv("LOCKGATE_HOME", str(folder / home))
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(folder / "projects"))
    task = write_kiosk(folder / "projects", NEAR)
    dials, place = task.world.spec.dials(0), folder / f"kept-{home}"
    solution = solution_builds(task, dials, PipelineChain, runtime, place, lambda *_: None)
    assert solution is not None
    files = world_files(task.world)
    world = KeptBuilds(
        task.world, files, dials, solution.loads, PipelineChain, runtime, folder / f"world-{home}", lambda *_: None
    )
    yield Solutions(task, runtime, world, solution, place / "logs")
    solution.stop()


def left_by(kept: KeptBuild) -> tuple[object, dict[str, list[tuple[Any, ...]]]]:
    """What a run says of itself, and the rows of its tables."""
    with duckdb.connect(str(kept.folder / BUILT / "warehouse.duckdb"), read_only=True) as connection:
        names = connection.execute("select table_schema, table_name from information_schema.tables order by all")
        tables = {
            f"{schema}.{name}": connection.execute(f"from {schema}.{name} order by all").fetchall()
            for schema, name in names.fetchall()
        }
    return (kept.steps, kept.relations, kept.graph, kept.statuses), tables


def test_a_solution_near_its_worlds_pipeline_is_built_in_part_and_leaves_the_same(
    servers: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with solutions(tmp_path, "whole", servers, monkeypatch) as found:
        whole = found.solution.get(days(1))
        assert "Built as" not in found.said(), "the run of the world's pipeline is not kept, and is not done for this"
    with solutions(tmp_path, "part", servers, monkeypatch) as found:
        assert found.world.get(days(1))
        part = found.solution.get(days(1))
        assert "--select path:models/marts/cake.sql; the rest was copied" in found.said()
    assert whole is not None
    assert part is not None
    assert whole.steps[1].status == "ok"
    assert left_by(part) == left_by(whole)


def test_a_second_run_takes_from_runs_that_left_the_same_twice_and_no_others(
    servers: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with solutions(tmp_path, "home", servers, monkeypatch) as found:
        task, dials = found.task, found.task.world.spec.dials(0)
        lay_solution(task, tmp_path / "solution")
        gold = get_gold(task, dials, [days(1)], found.runtime, no_timer)
        assert found.world.get(days(1))

        def differences(name: str) -> tuple[dict[str, str], str]:
            """How the second run differs, and what its build says."""
            loads = solution_loads(task, dials, found.runtime, tmp_path / f"loads-{name}", no_timer, turn=2)
            assert loads is not None
            near = near_builds(
                task.world, solution_files(task), dials, loads, PipelineChain, found.runtime,
                tmp_path / f"near-{name}", no_timer, "repeated",
            )  # fmt: skip
            scratch = tmp_path / name
            scratch.mkdir()
            wanted = [(days(1), gold[days(1)])]
            (different,) = differences_of_repeat(
                task.world, tmp_path / "solution", dials, wanted, found.runtime, scratch, loads, {days(1)}, near
            )
            return different, "".join(path.read_text() for path in scratch.glob("logs/*build.log"))

        different, said = differences("before")
        assert different == {}
        assert "the rest was copied" not in said
        note_repeated(task.world, found.world.project, dials, days(1))
        different, said = differences("after")
        assert different == {}
        assert "--select path:models/marts/cake.sql; the rest was copied" in said
        assert "The whole project is built" not in said


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
