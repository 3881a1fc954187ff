"""Results are taken from an earlier evaluation only where all that they follow from is the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from benchmark.scorecard import (
    ExpectationResult,
    ScenarioResult,
    Scores,
    StepResult,
    TableResult,
    Verdict,
    WorkResult,
)
from evaluators.compare.verdict import unreadable_verdict
from evaluators.kept_results import KeptResults

DIALS = (Dials(0, 14), Dials(7, 14))
SCORES = Scores(component_score=1.0, cascading_failure_score=0.5, n_tables=2, n_matches=1)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "model.sql").write_text("select 1")
    return tmp_path / "project"


def result(status: str = "ok") -> ScenarioResult:
    step = StepResult(name="build", status=status, details={"nodes": {"success": 3}})
    return ScenarioResult(
        scenario="visible",
        seed=0,
        days=14,
        day=1,
        is_success=True,
        steps=(step,),
        tables=(),
        scores=SCORES,
        stages={},
    )


def kept(
    project: Path,
    task: str = "flights_feeds",
    sandbox: str = "none",
    scenarios: tuple[str, ...] = ("visible",),
    dials: tuple[Dials, ...] = DIALS,
) -> KeptResults:
    return KeptResults(get_task(task), project, sandbox, scenarios, dials)


def test_the_same_files_on_the_same_data_have_the_same_results(project: Path) -> None:
    assert kept(project).take() is None
    kept(project).keep((result("failed"),))
    assert kept(project).take() == (result("failed"),)


@pytest.mark.parametrize(
    "other",
    [
        {"task": "flights_weather_blame"},
        {"sandbox": "bubblewrap"},
        {"scenarios": ("visible", "rerun")},
        {"dials": (DIALS[0], Dials(8, 14))},
        {"dials": (Dials(0, 3), DIALS[1])},
    ],
)
def test_other_data_are_evaluated_anew(project: Path, other: dict[str, object]) -> None:
    kept(project).keep((result(),))
    assert kept(project, **other).take() is None  # type: ignore[arg-type]


def change_a_file(project: Path) -> None:
    (project / "model.sql").write_text("select 2")


def add_a_file(project: Path) -> None:
    (project / "more.sql").write_text("")


def rename_a_file(project: Path) -> None:
    (project / "model.sql").rename(project / "other.sql")


@pytest.mark.parametrize("change", [change_a_file, add_a_file, rename_a_file])
def test_other_files_are_evaluated_anew(project: Path, change: Callable[[Path], None]) -> None:
    kept(project).keep((result(),))
    change(project)
    assert kept(project).take() is None


def test_the_long_way_takes_and_keeps_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_LONG_WAY", "1")
    kept(project).keep((result(),))
    monkeypatch.setenv("LOCKGATE_LONG_WAY", "0")
    assert kept(project).take() is None
    kept(project).keep((result(),))
    monkeypatch.setenv("LOCKGATE_LONG_WAY", "1")
    assert kept(project).take() is None


@pytest.mark.parametrize("status", ["timeout", "killed"])
def test_what_a_limit_cut_off_is_not_kept(project: Path, status: str) -> None:
    kept(project).keep((result(status),))
    assert kept(project).take() is None


MISSING = Verdict(is_match=False, kind="not_built", summary="The table was not built.")
UNREADABLE = unreadable_verdict("marts.m", "It ran longer than its limit of 600 s.")


def table(verdict: Verdict, component: Verdict) -> TableResult:
    return TableResult(
        table="marts.m", stage="marts", weight=1.0, verdict=verdict, component=component, is_cascaded=False
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"tables": (table(UNREADABLE, MISSING),)},
        {"tables": (table(MISSING, UNREADABLE),)},
        {
            "expectations": (
                ExpectationResult(
                    table="marts.m", stage="marts", expectation="e", arguments={}, is_success=False, error="No time."
                ),
            )
        },
        {"work": WorkResult(is_within=False, rows=None, rows_of_solution=3, limit=2.0, problem="No time.")},
    ],
    ids=["table", "component", "expectation", "work"],
)
def test_what_may_have_met_a_limit_while_it_was_judged_is_not_kept(project: Path, changes: dict[str, object]) -> None:
    kept(project).keep((result().model_copy(update=changes),))
    assert kept(project).take() is None
    whole = result().model_copy(update={"tables": (table(MISSING, MISSING),)})
    kept(project).keep((whole,))
    assert kept(project).take() == (whole,)


@pytest.mark.parametrize("text", ["", "{", "[]", "[{}]", '{"visible": {"b": 1}}'])
def test_an_entry_that_cannot_be_read_is_none(project: Path, tmp_path: Path, text: str) -> None:
    kept(project).keep((result(),))
    [entry] = (tmp_path / "home" / "cache" / "results").iterdir()
    entry.write_text(text)
    assert kept(project).take() is None
