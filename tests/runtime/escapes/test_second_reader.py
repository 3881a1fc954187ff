"""Attempts on the process that watches a room: on its limits, on what it reads, on what it counts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from runtime.fork_client import ForkRuntime
from runtime.interface import Limits
from runtime.sandbox.interface import SandboxLimits
from runtime.sandbox.registry import open_runtime
from tests.helpers.escapes import build, needs_bubblewrap, python_model, run

pytestmark = [pytest.mark.slow, needs_bubblewrap]

MEGABYTE = 1024**2
LIMITS = Limits(wall_seconds=40, memory_bytes=900 * MEGABYTE, processes=60, disk_bytes=40 * MEGABYTE)


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ForkRuntime, Path]]:
    home = tmp_path_factory.mktemp("second")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_HOME", str(home))
        runtime = ForkRuntime()
        runtime.warm("rooms")
    yield runtime, home / "work"
    runtime.close()


ANSWER = """
import contextlib, stat
seen = {os.fstat(1).st_ino}
for fd in range(3, 60):
    found = os.fstat(fd) if os.path.exists(f'/proc/self/fd/{fd}') else None
    if found and stat.S_ISFIFO(found.st_mode) and found.st_ino not in seen:
        seen.add(found.st_ino)
        rest = memoryview(WRITTEN)
        with contextlib.suppress(OSError):  # its other end
            while rest: rest = rest[os.write(fd, rest):]
os._exit(0)
"""


def answering(expression: str) -> str:
    """A model that writes an answer of its own in place of the job's."""
    return ANSWER.replace("WRITTEN", expression)


MAPPED = """
import ctypes, os, time
libc = ctypes.CDLL(None)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
for _ in range(12):
    fd = os.open('removed', os.O_CREAT | os.O_RDWR)
    libc.mmap(None, 4096, 1, 1, fd, 0)
    os.unlink('removed')
    os.write(fd, bytes(9_000_000))
    os.close(fd)
time.sleep(20)
"""
RUNNING = """
import os, shutil, subprocess, time
for _ in range(12):
    shutil.copy('/bin/sleep', 'program')
    with open('program', 'ab') as file: file.write(bytes(9_000_000))
    subprocess.Popen(['./program', '30'])
    time.sleep(0.1)
    os.unlink('program')
time.sleep(20)
"""
ENDINGS = {
    "leaving the watcher no files to open": (
        "import resource, time\ntry: resource.prlimit(1, resource.RLIMIT_NOFILE, (3, 3))\nexcept OSError: pass\n"
        "time.sleep(1)",
        "ok",
    ),
    "leaving the watcher no memory": (
        "import resource, time\ntry: resource.prlimit(1, resource.RLIMIT_DATA, (1, 1))\nexcept OSError: pass\n"
        "[open(f'/workspace/{n}', 'w').close() for n in range(5_000)]\ntime.sleep(1)",
        "ok",
    ),
    "an answer with as many values as are read": (
        answering("""b'{"status": "ok", "value": [' + b'0,' * 999_990 + b'0], "message": ""}'"""),
        "ok",
    ),
    "an answer nested as deeply as is read": (
        answering("""b'{"status": "ok", "value": ' + b'[' * 39 + b']' * 39 + b', "message": ""}'"""),
        "ok",
    ),
    "an answer with the supervisor's own words": (
        answering("""b'{"status": "fault", "value": 1, "message": "", "wall_seconds": -1e300, "worker": 1}'"""),
        "failed",
    ),
    "removed files that are mapped in part": (MAPPED, "killed"),
    "removed programs that run": (RUNNING, "killed"),
}


@pytest.mark.parametrize("name", ENDINGS)
def test_an_attack_on_the_watcher_is_the_jobs_own_failure(servers: tuple[ForkRuntime, Path], name: str) -> None:
    """Never an exception: a fault of ours would make the trial unscored."""
    runtime, work = servers
    code, status = ENDINGS[name]
    with open_runtime("bubblewrap", runtime) as rooms:
        result = build(rooms, work / uuid4().hex, python_model(code), LIMITS)
    assert result.status == status, result.message


@pytest.mark.parametrize("script", [MAPPED, RUNNING], ids=["mapped in part", "running"])
def test_removed_files_of_a_command_count_whole(tmp_path: Path, script: str) -> None:
    limits = SandboxLimits(wall_seconds=30, disk_bytes=30 * MEGABYTE)
    assert run("bubblewrap", tmp_path / "workspace", f"python - <<'END'\n{script}\nEND", limits).limit == "disk"


def test_a_command_cannot_limit_the_first_process_of_its_sandbox(tmp_path: Path) -> None:
    result = run("bubblewrap", tmp_path / "workspace", "prlimit --pid 1 --cpu=1:1 || echo refused; ulimit -n 20; ls /")
    assert b"refused" in result.stdout
    assert b"workspace" in result.stdout
