"""The fork server: results, limits, and nothing left behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from benchmark.errors import LockgateError
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult, Limits, RuntimeFaultError


def entry_echo(arguments: Mapping[str, Any]) -> dict[str, Any]:
    print("to the log")  # noqa: T201
    return {"got": dict(arguments), "cwd": Path.cwd().name, "environment": sorted(os.environ), "tz": time.tzname[0]}


def entry_user_error(arguments: Mapping[str, Any]) -> None:
    raise LockgateError("Key 'x' is missing in a.yaml.")


def entry_crash(arguments: Mapping[str, Any]) -> None:
    raise ZeroDivisionError("by zero")


def entry_exit(arguments: Mapping[str, Any]) -> None:
    os._exit(7)


def entry_kill_itself(arguments: Mapping[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def entry_end_by_a_signal_without_a_name(arguments: Mapping[str, Any]) -> None:
    os.kill(os.getpid(), signal.SIGRTMIN + 1)


def entry_sleep(arguments: Mapping[str, Any]) -> None:
    time.sleep(60)


def entry_daemon(arguments: Mapping[str, Any]) -> int:
    """Start a process in its own session that outlives its parent, the usual way to slip away."""
    script = "import os,sys,time; open(sys.argv[1],'w').write(str(os.getpid())); time.sleep(60)"
    subprocess.Popen([sys.executable, "-c", script, arguments["pid_file"]], start_new_session=True)
    while not Path(arguments["pid_file"]).exists() or not Path(arguments["pid_file"]).read_text():
        time.sleep(0.01)
    return 1


def entry_fill_disk(arguments: Mapping[str, Any]) -> None:
    Path("big").write_bytes(b"0" * 2_000_000)


def entry_not_json(arguments: Mapping[str, Any]) -> object:
    return object()


@pytest.fixture(scope="module")
def runtime() -> Iterator[ForkRuntime]:
    with ForkRuntime("bare") as started:
        yield started


def call(
    runtime: ForkRuntime, tmp_path: Path, name: str, limits: Limits | None = None, **arguments: Any
) -> ChildResult:
    request = ChildRequest(
        f"tests.runtime.test_fork_server:{name}",
        arguments,
        tmp_path,
        tmp_path / "log.txt",
        {"GIVEN": "1"},
        limits or Limits(wall_seconds=30),
    )
    return runtime.run(request)


def test_a_result_comes_back(runtime: ForkRuntime, tmp_path: Path) -> None:
    result = call(runtime, tmp_path, "entry_echo", a=[1, "ü"])
    assert result.status == "ok"
    assert result.value["got"] == {"a": [1, "ü"]}
    assert result.value["cwd"] == tmp_path.name
    assert result.value["tz"] == "UTC"
    assert (tmp_path / "log.txt").read_text() == "to the log\n"


def test_the_environment_is_what_was_given(
    runtime: ForkRuntime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_API_KEY", "k")
    with ForkRuntime("bare") as fresh:  # a server that was started with the secret around
        result = call(fresh, tmp_path, "entry_echo")
    assert "GIVEN" in result.value["environment"]
    assert "SECRET_API_KEY" not in result.value["environment"]


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("entry_user_error", "failed", "Key 'x' is missing in a.yaml."),
        ("entry_crash", "failed", "ZeroDivisionError: by zero"),
        ("entry_exit", "failed", "It exited with code 7 and without a result."),
        ("entry_kill_itself", "killed", "SIGKILL"),
        ("entry_end_by_a_signal_without_a_name", "killed", str(signal.SIGRTMIN + 1)),
        ("entry_not_json", "failed", "result is not JSON"),
        ("entry_that_does_not_exist", "failed", "entry_that_does_not_exist"),
    ],
)
def test_a_child_that_fails_is_a_result(
    runtime: ForkRuntime, tmp_path: Path, name: str, status: str, message: str
) -> None:
    result = call(runtime, tmp_path, name)
    assert result.status == status
    assert message in result.message
    assert result.value is None


def test_a_child_over_its_time_is_stopped(runtime: ForkRuntime, tmp_path: Path) -> None:
    result = call(runtime, tmp_path, "entry_sleep", Limits(wall_seconds=0.3))
    assert (result.status, result.wall_seconds < 10) == ("timeout", True)


def test_a_file_over_its_size_is_refused(runtime: ForkRuntime, tmp_path: Path) -> None:
    result = call(runtime, tmp_path, "entry_fill_disk", Limits(file_bytes=1_000_000))
    assert result.status in ("failed", "killed")
    assert (tmp_path / "big").stat().st_size <= 1_000_000


def test_a_daemon_does_not_outlive_its_child(runtime: ForkRuntime, tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    assert call(runtime, tmp_path, "entry_daemon", pid_file=str(pid_file)).status == "ok"
    assert not psutil.pid_exists(int(pid_file.read_text()))


def test_a_server_that_is_killed_is_a_fault_of_ours(tmp_path: Path) -> None:
    with ForkRuntime("bare") as runtime:
        assert call(runtime, tmp_path, "entry_echo").status == "ok"
        runtime._servers["bare"].kill()
        runtime._servers["bare"].wait()
        with pytest.raises(RuntimeFaultError, match="does not answer"):
            call(runtime, tmp_path, "entry_echo")


def test_threads_that_warm_at_once_start_one_server(tmp_path: Path) -> None:
    """Two servers of one profile would fight for one socket, and one of them would never be ended."""
    runtime = ForkRuntime("bare")
    before = set(psutil.Process().children())
    with ThreadPoolExecutor(8) as pool:
        together = threading.Barrier(8)

        def warm() -> None:
            together.wait()
            runtime.warm("bare")

        for started in [pool.submit(warm) for _ in range(8)]:
            started.result()
    servers = set(psutil.Process().children()) - before
    assert len(servers) == 1
    assert call(runtime, tmp_path, "entry_echo").status == "ok"
    runtime.close()
    assert not any(server.is_running() for server in servers)


def test_sharing_leaves_the_environment_as_it_was(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("LOCKGATE_FORK_SERVERS", str(tmp_path))
    runtime = ForkRuntime("bare")
    with runtime.shared():
        assert os.environ["LOCKGATE_FORK_SERVERS"] == str(runtime.folder)
    assert os.environ["LOCKGATE_FORK_SERVERS"] == str(tmp_path)


def test_killing_the_owner_leaves_nothing(tmp_path: Path) -> None:
    """kill -9 of the harness while a child runs: server, supervisor and child are gone."""
    script = f"""
from pathlib import Path
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest
with ForkRuntime("bare") as runtime:
    print(runtime._servers["bare"].pid, runtime._folder, flush=True)
    folder = Path({str(tmp_path)!r})
    runtime.run(ChildRequest("tests.runtime.test_fork_server:entry_sleep", {{}}, folder, folder / "log"))
"""
    owner = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    pid, folder = owner.stdout.readline().split()
    server = psutil.Process(int(pid))
    deadline = time.monotonic() + 10
    while len(server.children(recursive=True)) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    family = [server, *server.children(recursive=True)]
    assert len(family) == 3
    owner.kill()
    owner.wait()
    owner.stdout.close()
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    assert not Path(folder).exists()
