"""Folders that a killed process leaves: removed by the next one, whatever is in them; those in use are left alone."""

import fcntl
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmark.held_folders import HeldFolder, neutral_name, remove_folder, remove_leftovers

HOLD = (
    "import sys, time; from pathlib import Path; from benchmark.held_folders import HeldFolder; "
    "print(HeldFolder(Path(sys.argv[1])).path, flush=True); time.sleep(60)"
)


def holder(root: Path, *before: str) -> tuple["subprocess.Popen[str]", Path]:
    """A process that holds a folder."""
    process = subprocess.Popen([*before, sys.executable, "-c", HOLD, str(root)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def nest(folder: Path, depth: int) -> None:
    """Folders deeper than the longest path, with a file at the bottom."""
    here = Path.cwd()
    try:
        os.chdir(folder)
        for _ in range(depth):
            Path("d" * 20).mkdir()
            os.chdir("d" * 20)
        Path("f").touch()
    finally:
        os.chdir(here)


def test_what_a_killed_process_left_is_removed_by_the_next(tmp_path: Path) -> None:
    process, folder = holder(tmp_path)
    nest(folder, 1500)
    (folder / "shut").mkdir(mode=0o000)
    HeldFolder(tmp_path).close()
    assert folder.exists(), "it is in use"
    process.send_signal(signal.SIGKILL)
    process.communicate()
    HeldFolder(tmp_path).close()
    assert list(tmp_path.iterdir()) == []


def test_a_lock_that_is_taken_for_a_leftover_before_it_is_held_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flock = fcntl.flock
    tidied: list[int] = []

    def late(descriptor: int, how: int) -> None:
        if not tidied:
            tidied.append(True)
            remove_leftovers(tmp_path)  # as another process would, between the file's making and its lock
        flock(descriptor, how)

    monkeypatch.setattr("benchmark.held_folders.fcntl.flock", late)
    held = HeldFolder(tmp_path)
    assert held.path.with_name(f"{held.path.name}.lock").exists(), "nobody would find the folder if we were killed"
    held.close()
    assert list(tmp_path.iterdir()) == []


def test_a_process_in_another_process_namespace_keeps_its_folder(tmp_path: Path) -> None:
    """Two containers may share a home; the process id of one means nothing in the other."""
    before = ("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child")
    if subprocess.run([*before, "true"], check=False, capture_output=True).returncode:
        pytest.skip("no process namespaces here")
    process, folder = holder(tmp_path, *before)
    HeldFolder(tmp_path).close()
    assert folder.is_dir()
    process.kill()
    process.communicate()


def test_a_folder_deeper_than_a_path_is_removed(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    nest(tmp_path / "x", 1500)
    remove_folder(tmp_path / "x")
    assert not (tmp_path / "x").exists()


def test_a_neutral_name_tells_nothing_and_stays_the_same() -> None:
    assert neutral_name("holdout") == neutral_name("holdout") != neutral_name("visible")
    assert "holdout" not in neutral_name("holdout")
