"""The folder of a leaderboard: the same runs give the same bytes, further ones leave what is there, nothing private."""

import json
from pathlib import Path

import pytest

from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.paths import home_dir
from benchmark.redact import register_secret
from benchmark.run_store import RunStore
from benchmark.task import Task
from orchestration.publication.check import check_files
from orchestration.publication.folder import locked, require_place
from orchestration.publication.index import read_leaderboard
from orchestration.publication.run_files import check_patches
from orchestration.reports.run_report.model import Report
from tests.helpers.browser import WIDTHS, is_as_wide_as_its_window, needs_chromium, opened_browser
from tests.helpers.leaderboards import add_without_scoring, store_kiosk_run

MODEL = ModelSpec(name="openai/gpt-5", base_url="http://10.1.2.3/v1")


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}


def test_the_same_run_gives_the_same_bytes_anywhere(kiosk: Task, tmp_path: Path) -> None:
    store_kiosk_run("r", kiosk)
    add_without_scoring(tmp_path / "one", "r")
    add_without_scoring(tmp_path / "two", "r")
    one = contents(tmp_path / "one")
    assert one == contents(tmp_path / "two")
    assert {"index.html", "README.md", "leaderboard.json", "report/report.json", "runs/r/SHA256SUMS"} <= one.keys()
    assert "runs/r/trials/kiosk_sales--idle--2/submission.patch" in one
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "projects", "two"], "nothing half-written stays"


def test_a_second_run_leaves_the_first_as_it_is(kiosk: Task, tmp_path: Path) -> None:
    store_kiosk_run("r", kiosk)
    store_kiosk_run("a", kiosk, ["toolloop"], models=[MODEL])
    add_without_scoring(tmp_path / "board", "r")
    before = {name: text for name, text in contents(tmp_path / "board").items() if name.startswith("runs/r/")}
    board = add_without_scoring(tmp_path / "board", "a")
    after = contents(tmp_path / "board")
    assert {name: after[name] for name in before} == before
    assert [run.run_id for run in board.runs] == ["a", "r"]
    report = Report.model_validate_json(after["report/report.json"])
    assert {row.label for row in report.competitors} == {"oracle", "idle", "toolloop@openai/gpt-5"}
    add_without_scoring(tmp_path / "at_once", "r", "a")
    assert contents(tmp_path / "at_once") == after, "the order in which runs come does not matter"


def test_files_of_others_in_the_folder_stay(kiosk: Task, tmp_path: Path) -> None:
    store_kiosk_run("r", kiosk)
    (tmp_path / "board/.github").mkdir(parents=True)
    (tmp_path / "board/LICENSE").write_text("mine")
    require_place(tmp_path / "board")
    add_without_scoring(tmp_path / "board", "r")
    assert (tmp_path / "board/LICENSE").read_text() == "mine"
    assert (tmp_path / "board/.github").is_dir()


def test_a_folder_that_is_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(LockgateError, match=r"holds no leaderboard, and has README\.md already"):
        require_place(tmp_path)
    (home_dir() / "runs").mkdir(parents=True, exist_ok=True)
    with pytest.raises(LockgateError, match="and has runs already"):
        require_place(home_dir())
    with pytest.raises(LockgateError, match="is a file"):
        require_place(tmp_path / "README.md")


def test_what_a_killed_command_left_is_replaced(kiosk: Task, tmp_path: Path) -> None:
    """Runs are moved in before the index names them."""
    store_kiosk_run("r", kiosk)
    store_kiosk_run("s", kiosk)
    add_without_scoring(tmp_path / "board", "r")
    half = tmp_path / "board/runs/s/trials"
    half.mkdir(parents=True)
    (half / "half").write_text("written")
    board = read_leaderboard(tmp_path / "board")
    assert board is not None
    assert [rule.place for rule in check_files(board, tmp_path / "board")] == ["runs"]
    assert check_files(board, tmp_path / "board", ["s"]) == []
    board = add_without_scoring(tmp_path / "board", "s")
    assert check_files(board, tmp_path / "board") == []


def test_two_do_not_write_at_once(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(LockgateError, match="Another process publishes"), locked(tmp_path):
        pass


def test_nothing_of_this_machine_is_published(kiosk: Task, tmp_path: Path) -> None:
    register_secret("very-secret-key-of-mine")
    said = f"I looked into {Path.home()}/notes and {home_dir()}/work with very-secret-key-of-mine"
    store_kiosk_run("r", kiosk, ["toolloop"], models=[MODEL], said=said)
    add_without_scoring(tmp_path / "board", "r")
    text = b"".join(contents(tmp_path / "board").values()).decode()
    for private in (str(Path.home()), str(home_dir()), str(tmp_path), "very-secret-key-of-mine", "10.1.2.3"):
        assert private not in text
    assert "I looked into [path]/notes and [path]/work with [redacted]" in text


@pytest.mark.parametrize("private", ["a-key-that-nobody-may-see", str(Path.home() / "data")])
def test_a_submission_with_something_private_cannot_be_published(kiosk: Task, private: str) -> None:
    register_secret("a-key-that-nobody-may-see")
    plan = store_kiosk_run("r", kiosk, ["idle"], n_attempts=1, patch=f"+-- {private}\n".encode())
    (rule,) = check_patches(RunStore("r"), plan)
    assert rule.place == "r/kiosk_sales--idle--1"
    assert "submission.patch holds a " in rule.message


@pytest.mark.slow
@needs_chromium
def test_the_front_page_in_a_browser(kiosk: Task, tmp_path: Path) -> None:
    store_kiosk_run("r", kiosk, ["oracle", "idle", "toolloop"], models=[MODEL])
    add_without_scoring(tmp_path / "board", "r")
    url = (tmp_path / "board/index.html").as_uri()
    for width in WIDTHS:
        with opened_browser(url, width) as page:
            assert is_as_wide_as_its_window(page)
            assert page.locator("h1").inner_text() == "Lockgate leaderboard · till"
            page.locator("summary").click()
            page.locator("tbody a", has_text="kiosk_sales").first.click()
            assert page.title().startswith("Add up the sales")
    with opened_browser(url) as page:
        for link in page.locator("a").all():
            address = link.get_attribute("href") or ""
            if not address.startswith("#"):
                assert (tmp_path / "board" / address).is_file(), address


def test_the_index_says_what_is_in_the_folder(kiosk: Task, tmp_path: Path) -> None:
    plan = store_kiosk_run("r", kiosk)
    add_without_scoring(tmp_path / "board", "r")
    index = json.loads((tmp_path / "board/leaderboard.json").read_text())
    (run,) = index["runs"]
    files = [path for path in (tmp_path / "board/runs/r").rglob("*") if path.is_file()]
    assert (run["n_trials"], run["n_attempts"], run["n_files"]) == (len(plan.trials), 3, len(files))
    assert run["size_bytes"] == sum(path.stat().st_size for path in files)
    assert [task["task"] for task in index["tasks"]] == ["kiosk_sales"]
