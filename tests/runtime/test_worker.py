"""A worker and who watches it: logs to the byte, ends by name, and nothing that is handed from one job to the next."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runtime import worker
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult, Limits, RuntimeFaultError
from runtime.worker import Log, watch
from tests.helpers.examples import n_examples

_seen: list[str] = []


def entry_remember(arguments: Mapping[str, Any]) -> list[str]:
    _seen.append(arguments["word"])
    os.environ["LOCKGATE_LEFT"] = "x"
    return list(_seen)


def entry_describe(arguments: Mapping[str, Any]) -> dict[str, Any]:
    print("more")  # noqa: T201
    print("said", file=sys.stderr)  # noqa: T201
    return {
        "stdin": sys.stdin.read(),
        "is_leader": os.getsid(0) == os.getpid(),
        "left": os.environ.get("LOCKGATE_LEFT"),
        "descriptors": len(os.listdir("/proc/self/fd")),  # noqa: PTH208
    }


def entry_large(arguments: Mapping[str, Any]) -> str:
    return "x" * int(arguments["size"])


def entry_nap(arguments: Mapping[str, Any]) -> list[float]:
    started = time.monotonic()
    time.sleep(0.5)
    return [started, time.monotonic()]


def entry_meet(arguments: Mapping[str, Any]) -> None:
    """End once as many jobs are here as should be at once."""
    Path(f"here-{arguments['number']}").touch()
    while len(list(Path.cwd().glob("here-*"))) < arguments["together"]:
        time.sleep(0.02)


def entry_open_files(arguments: Mapping[str, Any]) -> int:
    return len([os.open(os.devnull, os.O_RDONLY) for _ in range(arguments["n"])])


def entry_exit_after_an_answer(arguments: Mapping[str, Any]) -> None:
    raise SystemExit("I leave")


def entry_hold_the_pipe(arguments: Mapping[str, Any]) -> int:
    """A child of the job has the pipe of its answer open, and lives on."""
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
        os._exit(0)
    return 5


@pytest.fixture(scope="module")
def bare() -> Iterator[ForkRuntime]:
    with ForkRuntime("bare") as runtime:
        yield runtime


def call(runtime: ForkRuntime, folder: Path, entry: str, limits: Limits | None = None, **arguments: Any) -> ChildResult:
    name = f"tests.runtime.test_worker:entry_{entry}"
    return runtime.run(ChildRequest(name, arguments, folder, folder / "log", {}, limits or Limits(wall_seconds=30)))


def test_a_job_starts_as_every_job_starts_whatever_the_one_before_did(bare: ForkRuntime, tmp_path: Path) -> None:
    assert [call(bare, tmp_path, "remember", word=word).value for word in "ab"] == [["a"], ["b"]]
    (tmp_path / "log").write_text("before\n")
    found = call(bare, tmp_path, "describe").value
    assert found | {"descriptors": 0} == {"stdin": "", "is_leader": True, "left": None, "descriptors": 0}
    assert found["descriptors"] < 12
    assert (tmp_path / "log").read_text().splitlines() in (["before", "said", "more"], ["before", "more", "said"])


def test_jobs_run_side_by_side(bare: ForkRuntime, tmp_path: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        done = pool.map(lambda n: call(bare, tmp_path, "meet", number=n, together=3), range(3))
    assert [result.status for result in done] == ["ok"] * 3


@pytest.mark.parametrize(("size", "status"), [(0, "ok"), (3_000_000, "ok"), (17 * 1024**2, "killed")])
def test_a_result_may_be_larger_than_a_pipe_and_not_larger_than_the_limit(
    bare: ForkRuntime, tmp_path: Path, size: int, status: str
) -> None:
    result = call(bare, tmp_path, "large", size=size)
    assert result.status == status
    assert result.value == ("x" * size if status == "ok" else None)
    assert status == "ok" or result.message == f"It returned more than {worker.MAX_RESULT_BYTES} bytes."


def test_a_child_of_the_job_that_holds_its_pipe_holds_nobody_up(bare: ForkRuntime, tmp_path: Path) -> None:
    result = call(bare, tmp_path, "hold_the_pipe")
    assert (result.status, result.value, result.wall_seconds < 10) == ("ok", 5, True)


def test_open_files_are_limited(bare: ForkRuntime, tmp_path: Path) -> None:
    assert call(bare, tmp_path, "open_files", Limits(open_files=50), n=20).value == 20
    assert "Too many open files" in call(bare, tmp_path, "open_files", Limits(open_files=50), n=60).message


def test_leaving_early_is_a_failure_that_says_so(bare: ForkRuntime, tmp_path: Path) -> None:
    result = call(bare, tmp_path, "exit_after_an_answer")
    assert (result.status, result.message) == ("failed", "SystemExit: I leave")


def test_a_folder_that_is_not_there_is_the_jobs_failure(bare: ForkRuntime, tmp_path: Path) -> None:
    request = ChildRequest("tests.runtime.test_worker:entry_describe", {}, tmp_path / "none", tmp_path / "log")
    result = bare.run(request)
    assert result.status == "failed"
    assert "FileNotFoundError" in result.message


def test_a_server_that_dies_while_a_job_runs_is_our_fault_with_its_last_words(tmp_path: Path) -> None:
    with ForkRuntime("bare") as runtime:
        assert call(runtime, tmp_path, "describe").status == "ok"
        (runtime.folder / "bare.log").write_text("its last words")
        threading.Timer(0.3, runtime._servers["bare"].kill).start()
        with pytest.raises(RuntimeFaultError, match=r"'bare' died\. Log tail: its last words Run the command again"):
            call(runtime, tmp_path, "nap")


def test_a_server_that_cannot_start_says_why_at_once(tmp_path: Path) -> None:
    with (
        ForkRuntime("bare") as runtime,
        pytest.raises(RuntimeFaultError, match=r"(?s)(does not answer|died).*KeyError"),
    ):
        runtime.run(ChildRequest("os:getcwd", {}, tmp_path, tmp_path / "log"), "no-such-profile")


@settings(max_examples=n_examples(60), deadline=None, derandomize=True)
@given(parts=st.lists(st.binary(min_size=1, max_size=3000), max_size=12), limit=st.integers(0, 9000))
def test_a_log_keeps_its_beginning_and_counts_what_it_dropped(parts: list[bytes], limit: int) -> None:
    reader, writer = os.pipe()
    log = Log(reader, limit)
    for part in parts:
        os.write(writer, part)
        log.read()
    assert log.descriptor == reader
    os.close(writer)
    log.read()
    assert vars(log)["descriptor"] is None
    os.close(reader)
    whole = b"".join(parts)
    dropped = max(0, len(whole) - limit)
    note = f"\n[{dropped} bytes more were dropped]\n" if dropped else ""
    assert log.text == whole[:limit].decode(errors="replace") + note


def watched(*, limit: float = 10, is_caller_gone: bool = False, look: Any = None) -> dict[str, Any]:
    """How the watch of a worker that never ends ends."""
    ours, theirs = socket.socketpair()
    reader, writer = os.pipe()
    sleeper = os.posix_spawn("/bin/sleep", ["sleep", "60"], {})
    if is_caller_gone:
        theirs.close()
    try:
        return watch(ours, sleeper, reader, limit, look=look)
    finally:
        os.kill(sleeper, 9)
        os.waitpid(sleeper, 0)
        ours.close()
        theirs.close()
        os.close(reader)
        os.close(writer)


def test_a_watch_ends_with_its_time_its_caller_or_the_first_look_that_finds_too_much() -> None:
    assert watched(limit=0.2) == {
        "status": "timeout",
        "message": "It ran longer than its limit of 0.2 s and was stopped.",
    }
    assert watched(is_caller_gone=True) == {"status": "killed", "message": "The caller went away."}
    looks = iter([None, None, "Too much."])
    started = time.monotonic()
    assert watched(look=lambda: next(looks)) == {"status": "killed", "message": "Too much."}
    assert time.monotonic() - started < 3
