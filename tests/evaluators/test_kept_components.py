"""Component verdicts are taken from an earlier evaluation only where all that they follow from is the same."""

from collections.abc import Callable
from pathlib import Path

import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from benchmark.scorecard import Verdict
from evaluators.compare.verdict import unreadable_verdict
from evaluators.kept_components import JudgedCase, KeptComponents
from evaluators.scoring.components import ComponentCase

RIGHT = Verdict(is_match=True, kind="match", summary="Equal.")
WRONG = Verdict(is_match=False, kind="extra_rows", summary="3 rows differ.", n_rows_extra=3)


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "model.sql").write_text("select 1")
    return tmp_path / "project"


def case(top: Verdict = WRONG) -> ComponentCase:
    """A wrong table above another one, which is open."""
    return ComponentCase("visible", {"a": top, "b": WRONG}, {"a": frozenset(), "b": frozenset({"a"})})


def kept(project: Path, found: ComponentCase, **other: object) -> KeptComponents:
    judged = JudgedCase(found, [Path("/gold") / str(other.get("gold", "one"))], Dials(int(str(other.get("seed", 0)))))
    return KeptComponents(get_task("flights_feeds"), project, str(other.get("sandbox", "none")), [judged])


def settle(project: Path) -> None:
    first = case()
    place = kept(project, first)
    assert not place.take()
    first.settled["b"] = RIGHT
    place.keep()


def test_the_same_files_on_the_same_data_have_the_same_verdicts(project: Path) -> None:
    settle(project)
    again = case()
    assert kept(project, again).take()
    assert again.settled == {"a": WRONG, "b": RIGHT}


@pytest.mark.parametrize("other", [{"gold": "two"}, {"seed": 7}, {"sandbox": "bubblewrap"}])
def test_other_data_are_judged_anew(project: Path, other: dict[str, object]) -> None:
    settle(project)
    assert not kept(project, case(), **other).take()


def change_a_file(project: Path) -> None:
    (project / "model.sql").write_text("select 2")


def add_a_file(project: Path) -> None:
    (project / "more.sql").write_text("")


def add_a_link(project: Path) -> None:
    (project / "link.sql").symlink_to("model.sql")


def add_what_tools_leave(project: Path) -> None:
    """Nothing has run in a submission: such a file is its own, and its code can read it."""
    (project / "logs").mkdir()
    (project / "logs" / "rows.csv").write_text("1")


def add_a_database(project: Path) -> None:
    (project / "rows.duckdb").write_bytes(b"1")


def add_an_answer(project: Path) -> None:
    """No pipeline needs it; a query that is not plain could read it."""
    (project / "ANSWER.md").write_text("yes")


@pytest.mark.parametrize(
    "change", [add_an_answer, change_a_file, add_a_file, add_a_link, add_what_tools_leave, add_a_database]
)
def test_other_files_are_judged_anew(project: Path, change: Callable[[Path], None]) -> None:
    settle(project)
    change(project)
    assert not kept(project, case()).take()


def test_a_table_that_could_not_be_read_may_be_read_another_time(project: Path) -> None:
    first = case()
    first.settled["b"] = unreadable_verdict("b", "It ran longer than its limit of 600 s.")
    kept(project, first).keep()
    assert not kept(project, case()).take()


def test_another_verdict_end_to_end_is_judged_anew(project: Path) -> None:
    settle(project)
    assert not kept(project, case(WRONG.model_copy(update={"n_rows_extra": 4}))).take()


def test_the_long_way_takes_nothing(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(project)
    monkeypatch.setenv("LOCKGATE_LONG_WAY", "1")
    assert not kept(project, case()).take()


@pytest.mark.parametrize("text", ["", "{", '{"visible": {"b": 1}}', "{}"])
def test_an_entry_that_cannot_be_read_is_none(project: Path, tmp_path: Path, text: str) -> None:
    settle(project)
    [entry] = (tmp_path / "home" / "cache" / "components").iterdir()
    entry.write_text(text)
    again = case()
    assert not kept(project, again).take()
    assert again.settled == {"a": WRONG}
