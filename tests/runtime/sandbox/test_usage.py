"""What processes use is counted whole: nothing hides, nothing is counted twice, and what is gone is no error."""

from __future__ import annotations

import mmap
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime.sandbox.usage import (
    ENTRY_BYTES,
    MAX_DEPTH,
    devices_of,
    folder_bytes,
    folder_in_memory_bytes,
    memory_bytes,
    pids_here,
    removed_bytes,
    shared_bytes,
)
from tests.helpers.examples import n_examples
from tests.helpers.scripts import run_script

MEGABYTE = 1024**2
ENOUGH = 1024**4


@contextmanager
def running(script: str, *arguments: object) -> Iterator[int]:
    """A process that has done what the script says, and waits."""
    text = f"import mmap, os, sys, time, ctypes\n{script}\nprint('ready', flush=True)\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-S", "-c", text, *map(str, arguments)], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield process.pid
        finally:
            process.kill()


def gone() -> int:
    process = subprocess.Popen(["true"])
    process.wait()
    return process.pid


FILES = st.dictionaries(
    st.lists(st.sampled_from("abc"), min_size=1, max_size=3).map("/".join), st.integers(0, 70_000), max_size=8
)


@settings(
    max_examples=n_examples(40),
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(files=FILES, enough=st.integers(0, 400_000))
def test_a_folder_counts_its_blocks_and_its_entries(tmp_path: Path, files: dict[str, int], enough: int) -> None:
    folder = tmp_path / os.urandom(8).hex()
    folder.mkdir()
    for name, size in files.items():
        path = folder / f"{name}.d" / "file"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * size)
    found = [path.lstat() for path in folder.rglob("*")]
    whole = sum(one.st_blocks * 512 + ENTRY_BYTES for one in found)
    assert folder_bytes(str(folder), ENOUGH) == whole
    counted = folder_bytes(str(folder), enough)
    assert counted == whole if whole <= enough else enough < counted <= whole


def test_a_file_of_two_names_counts_once_and_a_link_counts_as_itself(tmp_path: Path) -> None:
    folder, outside = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    outside.mkdir()
    for path in (outside, folder):
        (path / "large").write_bytes(os.urandom(MEGABYTE))
    once = folder_bytes(str(folder), ENOUGH)
    os.link(folder / "large", folder / "again")
    (folder / "link").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    assert MEGABYTE <= once <= folder_bytes(str(folder), ENOUGH) < once + MEGABYTE // 2


def test_holes_of_a_file_take_no_room(tmp_path: Path) -> None:
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(10 * 1024**3)
        file.write(b"x")
    assert folder_bytes(str(tmp_path), ENOUGH) < MEGABYTE


def nest(folder: Path, depth: int) -> None:
    before = Path.cwd()
    os.chdir(folder)
    try:
        for _ in range(depth):
            os.mkdir("d")  # noqa: PTH102 - relative, because a whole path is too long
            os.chdir("d")
        with open("file", "wb") as file:  # noqa: PTH123
            file.write(b"x" * MEGABYTE)
    finally:
        os.chdir(before)


@pytest.mark.parametrize(("depth", "is_too_much"), [(MAX_DEPTH - 1, False), (MAX_DEPTH + 1, True), (400, True)])
def test_folders_nested_deeper_than_is_looked_count_as_too_much(tmp_path: Path, depth: int, is_too_much: bool) -> None:
    nest(tmp_path, depth)
    counted = folder_bytes(str(tmp_path), ENOUGH)
    assert (counted > ENOUGH) == is_too_much
    assert counted >= MEGABYTE


def test_looking_leaves_no_descriptor_open(tmp_path: Path) -> None:
    nest(tmp_path, 60)
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for enough in (0, 30_000, ENOUGH):
        folder_bytes(str(tmp_path), enough)
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_a_folder_that_is_gone_takes_nothing(tmp_path: Path) -> None:
    assert folder_bytes(str(tmp_path / "none"), ENOUGH) == 0


def test_a_folder_that_forbids_its_owner_to_look_is_looked_into(tmp_path: Path) -> None:
    """As a user without rights over files: root may look anyway."""
    (tmp_path / "shut").mkdir()
    (tmp_path / "shut" / "large").write_bytes(os.urandom(MEGABYTE))
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "shut" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "shut").chmod(0)
    (tmp_path / "elsewhere").chmod(0)
    counted = run_script(
        """
        import json, os, sys
        from runtime.sandbox.namespaces import NEW_USER, give_up_powers, unshare
        from runtime.sandbox.usage import folder_bytes
        unshare(NEW_USER)
        give_up_powers()
        try:
            os.listdir(sys.argv[1] + "/shut")
        except PermissionError:
            print(json.dumps(folder_bytes(sys.argv[1], 10**12)))
        """,
        tmp_path,
    )
    mode = (tmp_path / "shut").stat().st_mode & 0o777
    assert (mode, (tmp_path / "elsewhere").stat().st_mode & 0o777) == (0o700, 0o700)
    assert counted >= MEGABYTE


REMOVED = {
    "open": "f = open('removed', 'wb'); f.write(bytes(4_000_000)); f.flush(); os.unlink('removed')",
    "open twice": (
        "f = open('removed', 'wb'); f.write(bytes(4_000_000)); f.flush(); g = os.dup(f.fileno()); os.unlink('removed')"
    ),
    "mapped": (
        "f = open('removed', 'w+b'); f.write(bytes(4_000_000)); f.flush(); m = mmap.mmap(f.fileno(), 4_000_000)\n"
        "os.unlink('removed'); f.close()"
    ),
    "mapped in part": (
        "f = open('removed', 'w+b'); f.write(bytes(4_000_000)); f.flush()\nlibc = ctypes.CDLL(None)\n"
        "libc.mmap(None, ctypes.c_size_t(4096), 1, 1, f.fileno(), ctypes.c_long(0)); os.unlink('removed'); f.close()"
    ),
}


@pytest.mark.parametrize("how", REMOVED)
def test_a_removed_file_counts_once_while_somebody_holds_it(tmp_path: Path, how: str) -> None:
    with running(f"os.chdir(sys.argv[1])\n{REMOVED[how]}", tmp_path) as pid:
        assert list(tmp_path.iterdir()) == []
        counted = removed_bytes([pid, pid, gone()], devices_of([str(tmp_path)]))
        assert counted == pytest.approx(4_000_000, rel=0.01)
        assert removed_bytes([pid], devices_of(["/proc"])) == 0  # another device than those in question


def test_a_removed_program_that_runs_counts(tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_bytes(Path("/bin/sleep").read_bytes() + bytes(3_000_000))
    program.chmod(0o700)
    with subprocess.Popen([str(program), "60"]) as process:
        try:
            program.unlink()
            assert removed_bytes([process.pid], devices_of([str(tmp_path)])) >= 3_000_000
        finally:
            process.kill()


def test_a_file_that_still_has_a_name_is_the_folders(tmp_path: Path) -> None:
    with running("f = open(sys.argv[1] + '/named', 'wb'); f.write(bytes(4_000_000)); f.flush()", tmp_path) as pid:
        assert removed_bytes([pid], devices_of([str(tmp_path)])) == 0
        assert folder_bytes(str(tmp_path), ENOUGH) >= 4_000_000


def test_private_memory_is_added_up_less_what_was_shared_from_the_start() -> None:
    with running("x = bytearray(30_000_000)") as large, running("") as small:
        one, other = memory_bytes([large]), memory_bytes([small])
        assert one >= 30_000_000 > 2 * other > 0
        assert memory_bytes([large, small]) == pytest.approx(one + other, abs=MEGABYTE)
        assert memory_bytes([large, small], other) == pytest.approx(one - other, abs=MEGABYTE)
        assert memory_bytes([small], 10 * other) == 0  # never less than nothing
    assert memory_bytes([large, gone()]) == 0


def test_memory_that_a_family_shares_counts_once_and_by_what_is_mapped() -> None:
    """Also where no process shows it: pages that a process has let go stay in the mapping."""
    script = (
        "m = mmap.mmap(-1, 20_000_000); m.write(bytes(20_000_000)); m.madvise(mmap.MADV_DONTNEED)\n"
        "child = os.fork()\nif child == 0: time.sleep(60)\nprint(child, flush=True)"
    )
    text = f"import mmap, os, time\n{script}\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-S", "-c", text], stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            child = int(process.stdout.readline())
            assert memory_bytes([process.pid, child]) < 40_000_000
            for pids in ([process.pid], [child], [process.pid, child]):
                assert shared_bytes(pids) == pytest.approx(20_000_000, abs=2 * mmap.PAGESIZE)
            os.kill(child, 9)
        finally:
            process.kill()
    assert shared_bytes([process.pid]) == 0


def test_a_folder_in_memory_counts_what_was_removed_while_it_is_open() -> None:
    path = Path("/dev/shm") / f"lockgate-{os.urandom(8).hex()}"
    before = folder_in_memory_bytes("/dev/shm")
    with path.open("wb") as file:
        file.write(bytes(8 * MEGABYTE))
        file.flush()
        path.unlink()
        assert folder_in_memory_bytes("/dev/shm") - before >= 7 * MEGABYTE
    assert folder_in_memory_bytes("/dev/shm") - before < 7 * MEGABYTE


def test_every_process_is_seen_but_the_one_that_looks() -> None:
    with running("") as pid:
        found = pids_here()
        assert pid in found
        assert os.getpid() not in found
