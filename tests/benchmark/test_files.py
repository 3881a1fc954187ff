"""Files that are written whole, folders that are known by their content, and files of hostile code."""

import json
import os
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmark.errors import SubmissionError
from benchmark.files import (
    IGNORED_NAMES,
    copy_plain_files,
    hash_folder,
    project_files,
    scratch_folder,
    write_atomic,
    write_json_atomic,
)
from benchmark.paths import work_dir
from tests.helpers.examples import n_examples


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=n_examples(30), deadline=None)
@given(st.text(st.characters(exclude_characters="\r", exclude_categories=["Cs"])))
def test_what_is_written_is_what_is_read(tmp_path: Path, text: str) -> None:
    write_atomic(tmp_path / "a" / "b.txt", text)
    assert (tmp_path / "a" / "b.txt").read_text(encoding="utf-8") == text
    assert names(tmp_path / "a") == ["b.txt"]


def test_half_letters_of_json_stay_what_they_stand_for(tmp_path: Path) -> None:
    write_json_atomic(tmp_path / "x.json", {"b": "\ud83d", "a": "ä"})
    assert json.loads((tmp_path / "x.json").read_text(encoding="utf-8")) == {"a": "ä", "b": "\ud83d"}
    assert (tmp_path / "x.json").read_text(encoding="utf-8").index('"a": "ä"') < 5, (
        "keys are sorted, letters are letters"
    )


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="directory"):
        write_atomic(tmp_path / "folder", "text")
    assert names(tmp_path) == ["folder"]


def test_a_reader_sees_the_old_or_the_new_text_and_nothing_between(tmp_path: Path) -> None:
    path = tmp_path / "f"
    texts = {letter * 200_000 for letter in "ab"}
    write_atomic(path, "a" * 200_000)
    is_done = threading.Event()

    def write() -> None:
        for _ in range(20):
            for text in texts:
                write_atomic(path, text)
        is_done.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not is_done.is_set():
        assert path.read_text() in texts
    thread.join()


def fill(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


PROJECT = {"a.sql": "1", "models/b.sql": "2", ".hidden": "3", "models/c.SQL": "4"}


@pytest.mark.parametrize(
    "left",
    [
        *(f"{name}/x" for name in sorted(IGNORED_NAMES)),
        *(f"models/{name}" for name in sorted(IGNORED_NAMES)),
        "x.pyc",
        "w.duckdb",
    ],
)
def test_what_tools_leave_is_no_part_of_a_project(tmp_path: Path, left: str) -> None:
    clean = fill(tmp_path / "clean", PROJECT)
    used = fill(tmp_path / "used", PROJECT | {left: "x"})
    assert project_files(used) == project_files(clean) == sorted(map(Path, PROJECT))
    assert hash_folder(used) == hash_folder(clean)


@pytest.mark.parametrize(
    "other",
    [
        {"a.sql": "2"},
        {"a.sql": ""},
        {"z.sql": ""},
        {"models/a.sql": "1"},
        {"targets": "x"},
        {"a.sql": "1\n"},
        {"a.duckdb.sql": "1"},
    ],
)
def test_projects_that_differ_in_a_name_or_a_byte_have_different_digests(tmp_path: Path, other: dict[str, str]) -> None:
    assert hash_folder(fill(tmp_path / "a", PROJECT)) != hash_folder(fill(tmp_path / "b", PROJECT | other))


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ({"ab": "c"}, {"a": "bc"}),
        ({"a": "b", "c": "d"}, {"a": "bc", "d": ""}),
        ({"a": "1", "b": ""}, {"a": "", "b": "1"}),
        ({"a": ""}, {}),
    ],
)
def test_a_byte_that_moves_from_one_file_to_the_next_changes_the_digest(tmp_path: Path, one, two) -> None:
    (tmp_path / "b").mkdir()
    assert hash_folder(fill(tmp_path / "a", one)) != hash_folder(fill(tmp_path / "b", two))


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert project_files(tmp_path / "gone") == []
    assert hash_folder(tmp_path / "gone") == hash_folder(tmp_path)


def test_links_are_followed_where_they_are_asked_for_and_each_folder_once(tmp_path: Path) -> None:
    elsewhere = fill(tmp_path / "elsewhere", {"far.sql": "1", "deep/er.sql": "2"})
    project = fill(tmp_path / "project", {"models/a.sql": "1"})
    (project / "away").symlink_to(elsewhere)
    (project / "again").symlink_to(project / "models")
    (project / "models/up").symlink_to("..")
    (project / "file.sql").symlink_to(elsewhere / "far.sql")
    (project / "nowhere").symlink_to("gone")
    (project / "loop").symlink_to("loop")
    assert [path.as_posix() for path in project_files(project)] == ["file.sql", "models/a.sql"]
    followed = ["away/deep/er.sql", "away/far.sql", "file.sql", "models/a.sql"]
    assert [path.as_posix() for path in project_files(project, follows_links=True)] == followed


def test_a_scratch_folder_goes_whatever_happens() -> None:
    made: list[Path] = []

    def work() -> None:
        with scratch_folder("secret name") as folder:
            made.append(folder)
            fill(folder, {"a/b": "c"})
            (folder / "a").chmod(0o500)
            raise ValueError("inside")

    with pytest.raises(ValueError, match="inside"):
        work()
    (folder,) = made
    assert not folder.exists()
    assert "secret" not in folder.name
    assert folder.parent == work_dir()
    assert names(folder.parent) == []


def test_a_copy_has_plain_files_only(tmp_path: Path) -> None:
    source = fill(tmp_path / "s", {"a": "1", "d/b": "2"})
    (source / "out").symlink_to("/etc/passwd")
    (source / "d" / "up").symlink_to("..")
    os.mkfifo(source / "d" / "fifo")
    copy_plain_files(source, tmp_path / "t", max_bytes=100)
    assert sorted(p.relative_to(tmp_path / "t").as_posix() for p in (tmp_path / "t").rglob("*")) == ["a", "d", "d/b"]


@pytest.mark.parametrize("n_bytes", [99, 100, 101])
def test_a_copy_holds_as_many_bytes_as_it_may_holes_included(tmp_path: Path, n_bytes: int) -> None:
    source = fill(tmp_path / "s", {"a": "x" * 40})
    with (source / "hole").open("wb") as file:
        file.truncate(n_bytes - 40)
    if n_bytes <= 100:
        copy_plain_files(source, tmp_path / "t", max_bytes=100)
        assert (tmp_path / "t" / "hole").stat().st_size == n_bytes - 40
    else:
        with pytest.raises(SubmissionError, match="It holds more than 100 bytes"):
            copy_plain_files(source, tmp_path / "t", max_bytes=100)
