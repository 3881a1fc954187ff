"""Folders of a cache, with processes that are killed while they build or read one."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmark.paths import REPOSITORY_DIR
from sources.cache_entries import new_entry, prune, used_entry


@contextmanager
def other_process(statement: str, entry: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is inside `with <statement>` on an entry until it is killed."""
    program = f"""
import time
from pathlib import Path
from sources.cache_entries import new_entry, used_entry
with {statement}(Path({str(entry)!r})) as given:
    if isinstance(given, Path):
        (given / "half.txt").write_text("half")
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


def build(entry: Path, text: str = "whole") -> None:
    with new_entry(entry) as building:
        (building / "content.txt").write_text(text)


def test_an_entry_appears_whole(tmp_path: Path) -> None:
    with new_entry(tmp_path / "cache" / "a") as building:
        (building / "content.txt").write_text("whole")
        assert not (tmp_path / "cache" / "a").exists()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["a"]
    build(tmp_path / "cache" / "a", "too late")
    assert (tmp_path / "cache" / "a" / "content.txt").read_text() == "whole"


def test_what_a_killed_process_left_goes_and_what_a_living_one_builds_stays(tmp_path: Path) -> None:
    with other_process("new_entry", tmp_path / "a") as killed, other_process("new_entry", tmp_path / "b") as living:
        assert killed.stdout is not None
        assert living.stdout is not None
        left, building = Path(killed.stdout.readline().strip()), Path(living.stdout.readline().strip())
        os.kill(killed.pid, signal.SIGKILL)
        killed.wait()
        assert left.is_dir()
        build(tmp_path / "c")
        assert not left.exists()
        assert (building / "half.txt").exists()


def test_the_oldest_go_but_not_those_in_use(tmp_path: Path) -> None:
    for number, name in enumerate("abcd"):
        build(tmp_path / name)
        os.utime(tmp_path / name, (number, number))
    with other_process("used_entry", tmp_path / "a") as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "True\n"
        os.utime(tmp_path / "a", (0, 0))
        prune(tmp_path, 2)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "c", "d"]
    prune(tmp_path, 2)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["c", "d"]


def test_an_absent_entry_is_said_to_be_absent(tmp_path: Path) -> None:
    with used_entry(tmp_path / "a") as is_there:
        assert not is_there
