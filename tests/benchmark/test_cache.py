"""One cache under one limit, with processes that use it and processes that are killed."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmark.cache import find_entry, in_use, new_entry, one_at_a_time, read_entry, write_entry
from benchmark.cache_limit import cache_entries, disk_bytes, limit_bytes, remove_entry, remove_remains
from benchmark.errors import LockgateError
from benchmark.held_folders import HeldFolder
from benchmark.paths import REPOSITORY_DIR, cache_dir

MB = 1_000_000


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))


def entry_of(name: str) -> Path:
    return cache_dir() / "gold" / name


def build(name: str, n_bytes: int = 10, used: int | None = None) -> Path:
    """An entry of some bytes; used so many seconds after 1970, or just now."""
    with new_entry(entry_of(name)) as building:
        (building / "content.bin").write_bytes(b"x" * n_bytes)
    if used is not None:
        os.utime(entry_of(name), (used, used))
    return entry_of(name)


def names() -> list[str]:
    return sorted(entry.path.name for entry in cache_entries())


@contextmanager
def other_process(statement: str) -> Iterator[subprocess.Popen[str]]:
    """A process that is inside `with <statement>` until it is killed."""
    program = f"""
import time
from pathlib import Path
from benchmark.cache import find_entry, in_use, new_entry
with {statement} as given:
    print(given, flush=True)
    time.sleep(600)
"""
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, cwd=REPOSITORY_DIR
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_an_entry_appears_whole_and_the_first_one_stays() -> None:
    with new_entry(entry_of("a")) as building:
        (building / "content.txt").write_text("whole")
        assert not find_entry(entry_of("a"))
    assert find_entry(entry_of("a"))
    build("a")
    assert (entry_of("a") / "content.txt").read_text() == "whole"
    assert names() == ["a"]


def test_a_block_that_fails_leaves_nothing() -> None:
    def build_half(building: Path) -> None:
        (building / "content.txt").write_text("half")
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), new_entry(entry_of("a")) as building:
        build_half(building)
    assert names() == []
    assert not building.exists()


def test_what_a_killed_process_was_building_goes_and_what_a_living_one_builds_stays() -> None:
    statement = f"new_entry(Path({str(entry_of('b'))!r}))"
    with other_process(statement) as killed, other_process(statement) as living:
        left, building = Path(first_line(killed)), Path(first_line(living))
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert left.is_dir()
        build("c")
        assert not left.exists()
        assert building.is_dir()


def test_over_the_limit_what_was_used_longest_ago_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_CACHE_GB", "0.0035")
    for number, name in enumerate("abc"):
        build(name, MB, used=number)
    assert find_entry(entry_of("a"))  # used again: now the newest
    build("d", MB)
    assert names() == ["a", "c", "d"]


def test_folders_and_files_of_all_kinds_share_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_CACHE_GB", "0.0025")
    old = cache_dir() / "lint" / "old.json"
    write_entry(old, "x" * MB)
    os.utime(old, (0, 0))
    build("a", MB)
    assert read_entry(old) is not None
    os.utime(old, (0, 0))
    build("b", MB)
    assert read_entry(old) is None
    assert names() == ["a", "b"]


def test_what_a_running_process_uses_stays_until_it_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_CACHE_GB", "0.0025")
    build("a", MB, used=1)
    build("b", MB, used=2)
    with other_process("in_use('a test')") as user:
        first_line(user)
        assert find_entry(entry_of("a"))
        build("c", MB)
        build("d", MB)
        assert names() == ["a", "c", "d"]
        assert not remove_entry(entry_of("a"))
    assert remove_entry(entry_of("a"))
    assert names() == ["c", "d"]


def test_the_limit_holds_again_when_a_user_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_CACHE_GB", "0.0025")
    monkeypatch.setattr("benchmark.cache_limit._PAUSE", 0)
    with in_use("a test"):
        for name in "abcd":
            build(name, MB)
        assert names() == ["a", "b", "c", "d"]
    assert len(names()) == 2


def test_while_what_is_in_use_is_too_much_not_every_new_entry_counts_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_CACHE_GB", "0.0025")
    monkeypatch.setattr("benchmark.cache_limit._PAUSE", 1_000_000)
    counts: list[int] = []

    def counted() -> list[object]:
        counts.append(1)
        return list(cache_entries())

    monkeypatch.setattr("benchmark.cache_limit.cache_entries", counted)
    with in_use("a test"):
        for name in "abcdef":
            build(name, MB)
    assert len(counts) == 2  # of an empty cache, and when the limit was exceeded


def test_what_was_half_removed_goes_with_the_next_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_CACHE_GB", "0.0005")
    left = cache_dir() / ".trash" / "0123"
    left.mkdir(parents=True)
    (left / "content.bin").write_bytes(b"x")
    build("a", MB)
    assert not left.exists()


def test_an_entry_that_is_a_link_is_removed_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious.txt").write_text("mine")
    entry_of("link").parent.mkdir(parents=True)
    entry_of("link").symlink_to(outside)
    assert remove_entry(entry_of("link"))
    assert names() == []
    assert (outside / "precious.txt").read_text() == "mine"


@pytest.mark.parametrize("text", ["ten", "0", "-1", "nan", "inf", "10GB", "1,5"])
def test_a_limit_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LOCKGATE_CACHE_GB", text)
    with pytest.raises(LockgateError, match=rf"LOCKGATE_CACHE_GB is '{text}'.*a number of gigabytes above 0"):
        limit_bytes()


def test_the_limit_is_ten_gigabytes_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOCKGATE_CACHE_GB", raising=False)
    assert limit_bytes() == 10_000_000_000
    monkeypatch.setenv("LOCKGATE_CACHE_GB", " 0.5 ")
    assert limit_bytes() == 500_000_000


def test_a_cache_that_cannot_be_made_has_no_entries(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    with in_use("a test"), one_at_a_time("kind", "a"):
        assert not find_entry(entry_of("a"))
        assert read_entry(entry_of("a")) is None
    assert cache_entries() == []
    assert disk_bytes(cache_dir()) == 0


DAMAGE: dict[str, Callable[[Path], object]] = {
    "emptied": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "other bytes": lambda path: path.write_bytes(b"\xff\xfe\x00"),
    "other words": lambda path: path.write_text("null"),
    "nested": lambda path: path.write_text("[" * 100_000),
    "gone": Path.unlink,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_no_entry_and_is_made_again(damage: str) -> None:
    entry = cache_dir() / "proof" / "a.json"
    write_entry(entry, '{"says": "é"}')
    assert read_entry(entry) == '{"says": "é"}'
    DAMAGE[damage](entry)
    assert read_entry(entry) is None
    write_entry(entry, "again\nand again")
    assert read_entry(entry) == "again\nand again"


def test_an_entry_in_the_place_of_another_is_none() -> None:
    one, two, other = (cache_dir() / kind / "a" for kind in ("proof", "lint", "results"))
    write_entry(one, "proven")
    two.parent.mkdir()
    shutil.copyfile(one, two)
    assert read_entry(two) is None
    other.mkdir(parents=True)
    assert read_entry(other) is None
    write_entry(other, "there")
    assert read_entry(other) == "there"


@pytest.mark.parametrize("damage", [name for name in DAMAGE if name != "nested"])
def test_a_folder_with_a_damaged_file_is_no_entry_and_is_made_again(damage: str) -> None:
    build("a")
    (entry_of("a") / "more.txt").write_text("users may add")
    assert find_entry(entry_of("a"))
    DAMAGE[damage](entry_of("a") / "content.bin")
    assert not find_entry(entry_of("a"))
    assert not entry_of("a").exists()
    build("a")
    assert find_entry(entry_of("a"))


def test_a_folder_that_nobody_made_as_an_entry_is_none() -> None:
    (entry_of("a") / "more").mkdir(parents=True)
    assert not find_entry(entry_of("a"))


def test_other_folders_in_the_cache_are_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    build("a", MB)
    mine = cache_dir() / "pictures" / "mine.png"
    mine.parent.mkdir()
    mine.write_bytes(b"x" * MB)
    monkeypatch.setenv("LOCKGATE_CACHE_GB", "0.0005")
    build("b", MB)
    assert names() == []
    assert mine.is_file()


def test_nothing_goes_through_a_link_in_place_of_our_own_folders(tmp_path: Path) -> None:
    build("a")
    for name in (".trash", ".building"):
        outside = tmp_path / f"outside{name}"
        (outside / "0123456789abcdef").mkdir(parents=True)
        (outside / "0123456789abcdef.lock").touch()
        shutil.rmtree(cache_dir() / name, ignore_errors=True)
        (cache_dir() / name).symlink_to(outside)
    remove_remains()
    build("b")
    assert all((tmp_path / f"outside{name}" / "0123456789abcdef").is_dir() for name in (".trash", ".building"))


def test_folders_that_look_otherwise_than_held_ones_stay(tmp_path: Path) -> None:
    (tmp_path / "work" / "thesis").mkdir(parents=True)
    (tmp_path / "work" / "thesis.lock").touch()
    HeldFolder(tmp_path / "work").close()
    assert (tmp_path / "work" / "thesis").is_dir()
